"""One schema as a document: every subschema with its place, and every reference with its target.

``Document`` looks at each subschema once. It checks what the keywords hold, collects identifiers and anchors, and
resolves every reference; nothing is ever fetched, so a reference to anything outside is refused. A cycle of references
with no property or item in it would never end and is refused as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from schema_builder.cycles import find_endless
from schema_builder.dialect import Dialect, Holds, includes, keyword_rules, subschema_keywords
from schema_builder.errors import Failure
from schema_builder.limits import (
    MAX_DIFFERENT_OBJECTS,
    MAX_DIFFERENT_SCHEMAS,
    MAX_PATTERN_PROPERTIES,
    MAX_SCHEMA_DEPTH,
    MAX_SCHEMA_NODES,
    Budget,
)
from schema_builder.links import LINK_KEYWORD, link_failures
from schema_builder.meta_schemas import find_meta_schema
from schema_builder.patterns import PatternRefused, compile_pattern
from schema_builder.places import Place, Unresolvable, follow, joined, pointer_of

if TYPE_CHECKING:
    from schema_builder.sharing import Words

__all__ = ["Document"]

IN_PLACE: Final = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies")
"""Keywords whose subschemas look at the same instance as the schema itself."""

_RULES: Final = "x-kubernetes-validations"
_LOOKED_AT: Final = frozenset(
    {"$dynamicRef", "$ref", "$schema", "pattern", "patternProperties", "writeOnly", _RULES, LINK_KEYWORD}
)
"""Keywords of which more is to be known than that their values are right."""


class Document:
    """A schema whose references are resolved; never changed once it is made.

    The document owns its schema: without ``$schema``, keywords that are null are dropped from it, as Go's decoder does
    for Kubernetes.

    Args:
        root: The schema.
        dialect: What it is written in.
        path: JSON pointer of the schema in what holds it.
        budget: What it may use up together with other schemas.
        meta_schemas: Whether references may name the dialect's meta-schemas.
        known: Subschemas that were accepted before, by identity: there is nothing to be seen inside.

    Attributes:
        root: The schema itself.
        dialect: What it is written in.
        failures: What is wrong with it, with pointers from ``path``; a document with failures is good for nothing else.
        dynamic: Whether ``$dynamicRef`` occurs.
        sensitive: Whether ``writeOnly`` occurs.
        links: Pointers of the subschemas that have ``x-kindgraph-ref``.
        ruled: The subschemas that have rules in CEL.
    """

    def __init__(
        self,
        root: Any,
        *,
        dialect: Dialect,
        path: str = "",
        budget: Budget | None = None,
        meta_schemas: bool = False,
        known: Mapping[int, Words] = MappingProxyType({}),
    ) -> None:
        self.root = root
        self.dialect = dialect
        self.failures: list[Failure] = []
        self.dynamic = False
        self.sensitive = False
        self.links: list[str] = []
        self.ruled: list[dict[str, Any]] = []
        self._path = path
        self._meta_schemas = meta_schemas
        self._holders = subschema_keywords(dialect)
        self._rules = keyword_rules(dialect)
        self._places: dict[int, Place] = {}
        self._resources: dict[str, Place] = {}
        self._anchors: dict[tuple[str, str], Place] = {}
        self._dynamic_anchors: dict[tuple[str, str], Place] = {}
        self._references: list[tuple[Place, str]] = []
        self._budget = budget or Budget()
        self._known = known
        self._cut = False
        self._scan(Place(root, (), "", 0))
        self._resources.setdefault("", self._places.get(id(root), Place(root, (), "", 0)))
        self._check_references()

    @property
    def refers(self) -> bool:
        """Tell whether there are references."""
        return bool(self._references)

    def place(self, schema: Any) -> Place:
        """Return where a subschema (an object) of this document stands."""
        return self._places[id(schema)]

    def base(self, schema: Any) -> str:
        """Return the URI of the schema resource that a subschema belongs to."""
        place = self._places.get(id(schema))
        return place.base if place else ""

    def pointer(self, schema: Any) -> str:
        """Return the JSON pointer of a subschema, from ``path``."""
        place = self._places.get(id(schema))
        return pointer_of(place.trail, prefix=self._path) if place else self._path

    def resolve(self, reference: str, *, base: str) -> Place:
        """Return what a reference from a schema resource names.

        Raises:
            Unresolvable: It names nothing inside this document.
        """
        uri, _, fragment = joined(base, reference).partition("#")
        resource = self._resources.get(uri) or self._find_meta_schema(uri)
        if resource is None:
            raise Unresolvable(f"refers to {reference[:200]}, which is not inside this schema; nothing is ever fetched")
        if not fragment:
            return resource
        fragment = unquote(fragment)
        if fragment.startswith("/"):
            return follow(resource, fragment, reference, places=self._places)
        anchor = self._anchors.get((uri, fragment))
        if anchor is None:
            raise Unresolvable(f"refers to {reference[:200]}, but the schema has no such anchor")
        return anchor

    def defaulted(self) -> list[dict[str, Any]]:
        """Return the subschemas that have a default."""
        return [place.schema for place in self._places.values() if "default" in place.schema]

    def dynamic_anchor(self, base: str, name: str) -> Place | None:
        """Return the subschema that a resource calls by a ``$dynamicAnchor``."""
        return self._dynamic_anchors.get((base, name))

    def dynamic_anchor_count(self, name: str) -> int:
        """Return how many resources have a ``$dynamicAnchor`` of this name."""
        return sum(anchor == name for _, anchor in self._dynamic_anchors)

    def subschemas(self, schema: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
        """Yield the direct subschemas of a schema, each with the tokens that lead to it."""
        for keyword, value in schema.items():
            holds = self._holders.get(keyword)
            if holds is None:
                continue
            if isinstance(value, list):
                yield from (((keyword, str(index)), item) for index, item in enumerate(value))
            elif holds is Holds.MAP or holds is Holds.DEPENDENCIES:
                yield from (((keyword, name), item) for name, item in value.items() if not isinstance(item, list))
            else:
                yield (keyword,), value

    def hides(self, schemas: Iterable[Any]) -> bool:
        """Tell whether anything below the schemas is write-only."""
        seen: set[int] = set()
        pending = list(schemas)
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if schema.get("writeOnly") is True:
                return True
            pending += self.in_place(schema)
            pending += (child for _, child in self.subschemas(schema))
        return False

    def _refuse(self, place: Place, keyword: str, message: str, *tokens: str) -> None:
        trail = place.trail
        for token in tokens or (keyword,):
            trail = (token, trail)
        self.failures.append(Failure(pointer_of(trail, prefix=self._path), keyword, message))

    def _scan(self, start: Place) -> None:
        pending = [start]
        while pending:
            place = pending.pop()
            schema = place.schema
            if not isinstance(schema, dict) or id(schema) in self._places:
                continue
            words = self._known.get(id(schema))
            if message := self._exceeded(schema, words):
                self.failures.append(Failure(self._path, "limit", message))
                self._cut = True
                return
            if place.depth > MAX_SCHEMA_DEPTH:
                self._refuse(place, "limit", f"is nested deeper than {MAX_SCHEMA_DEPTH} levels of schemas")
                self._cut = True
                return
            if words is not None:
                self._places[id(schema)] = place
                for pattern in words.patterns:
                    self._check_pattern(place, pattern, "pattern")
                continue
            if self.dialect is Dialect.OPENAPI and None in schema.values():
                _drop_nulls(schema)
            place = self._identify(place)
            self._places[id(schema)] = place
            unreadable = self._check(place)
            trail, base, depth = place.trail, place.base, place.depth + 1
            readable = schema
            if unreadable:
                readable = {keyword: value for keyword, value in schema.items() if keyword not in unreadable}
            for tokens, child in self.subschemas(readable):
                child_trail = trail
                for token in tokens:
                    child_trail = (token, child_trail)
                pending.append(Place(child, child_trail, base, depth))

    def _exceeded(self, schema: dict[str, Any], words: Words | None) -> str | None:
        """Count one more subschema; return which limit that exceeds."""
        budget = self._budget
        budget.nodes -= 1 if words is None else words.size
        if words is None:
            budget.different -= 1
            budget.objects -= bool(schema.get("properties"))
        if budget.nodes >= 0 and budget.different >= 0 and budget.objects >= 0:
            return None
        for left, most, what in (
            (budget.nodes, MAX_SCHEMA_NODES, "subschemas"),
            (budget.different, MAX_DIFFERENT_SCHEMAS, "different subschemas"),
            (budget.objects, MAX_DIFFERENT_OBJECTS, "different objects with properties"),
        ):
            if left < 0:
                return f"has, with the other schemas of the definition, more than {most} {what}"
        return None

    def _check(self, place: Place) -> set[str]:
        """Check the keywords of one subschema, and return those that no more can be read out of."""
        unreadable: set[str] = set()
        schema, rules = place.schema, self._rules
        for keyword, value in schema.items():
            rule = rules.get(keyword)
            if rule is not None and not rule[0](value):
                self._refuse(place, keyword, f"must be {rule[1]}")
                unreadable.add(keyword)
            elif keyword in _LOOKED_AT:
                self._look_at(place, keyword, value)
        return unreadable

    def _look_at(self, place: Place, keyword: str, value: Any) -> None:
        """Check and note a keyword of which more is to be known than that its value is right."""
        if keyword == "pattern":
            self._check_pattern(place, value, "pattern")
        elif keyword == "patternProperties":
            if len(value) > MAX_PATTERN_PROPERTIES:
                self._refuse(place, keyword, f"may hold at most {MAX_PATTERN_PROPERTIES} patterns")
                return
            for pattern in value:
                self._check_pattern(place, pattern, "patternProperties", pattern)
        elif keyword in {"$ref", "$dynamicRef"}:
            self._references.append((place, keyword))
            self.dynamic = self.dynamic or keyword == "$dynamicRef"
        elif keyword == _RULES and value:
            self.ruled.append(place.schema)
        elif keyword == "writeOnly" and value:
            self.sensitive = True
        elif keyword == LINK_KEYWORD:
            self.links.append(pointer_of(place.trail, prefix=self._path))
            for tokens, reason in link_failures(value):
                self._refuse(place, keyword, reason, keyword, *tokens)
        elif keyword == "$schema" and not includes(self.dialect, value):
            self._refuse(place, keyword, "names another dialect than that of the whole schema")

    def _check_pattern(self, place: Place, pattern: str, *tokens: str) -> None:
        budget = self._budget
        if pattern in budget.patterns or budget.program < 0:
            return
        budget.patterns.add(pattern)
        try:
            budget.program -= compile_pattern(pattern).program_size
        except PatternRefused as error:
            self._refuse(place, "pattern", str(error), *tokens)
            return
        if budget.program < 0:
            self._refuse(
                place, "pattern", "makes the patterns of this definition too large to compile together", *tokens
            )

    def _identify(self, place: Place) -> Place:
        schema = place.schema
        if self.dialect is Dialect.DRAFT_7:
            identifier = None if "$ref" in schema else schema.get("$id")
            if isinstance(identifier, str) and "#" in identifier:
                identifier, _, anchor = identifier.partition("#")
                if anchor:
                    self._anchors.setdefault((joined(place.base, identifier), anchor), place)
        else:
            identifier = schema.get("$id")
        if isinstance(identifier, str) and identifier:
            uri = joined(place.base, identifier).partition("#")[0]
            place = place._replace(base=uri)
            self._resources.setdefault(uri, place)
        if self.dialect is not Dialect.DRAFT_7:
            self._collect_anchors(place)
        return place

    def _collect_anchors(self, place: Place) -> None:
        anchor = place.schema.get("$anchor")
        if isinstance(anchor, str):
            self._anchors.setdefault((place.base, anchor), place)
        anchor = place.schema.get("$dynamicAnchor")
        if isinstance(anchor, str):
            self._anchors.setdefault((place.base, anchor), place)
            self._dynamic_anchors.setdefault((place.base, anchor), place)

    def _find_meta_schema(self, uri: str) -> Place | None:
        schema = find_meta_schema(uri, dialect=self.dialect) if self._meta_schemas else None
        if schema is None:
            return None
        self._scan(Place(schema, (), uri, 0))
        return self._resources.get(uri)

    def _check_references(self) -> None:
        checked = 0
        while checked < len(self._references) and not self._cut:
            place, keyword = self._references[checked]
            checked += 1
            try:
                target = self.resolve(place.schema[keyword], base=place.base)
            except Unresolvable as error:
                self._refuse(place, keyword, str(error))
                continue
            self._scan(target)
        if self._references and not self.failures:
            self._check_cycles()

    def in_place(self, schema: dict[str, Any]) -> Iterator[Any]:
        """Yield the subschemas that look at the same instance, those that references name among them."""
        for keyword in ("$ref", "$dynamicRef"):
            if keyword in schema:
                yield self.resolve(schema[keyword], base=self.base(schema)).schema
        if self.dialect is Dialect.DRAFT_7 and "$ref" in schema:
            return
        for keyword in IN_PLACE:
            if keyword not in self._holders or keyword not in schema:
                continue
            value = schema[keyword]
            if isinstance(value, list):
                yield from value
            elif self._holders[keyword] is Holds.SCHEMA:
                yield value
            else:
                yield from (item for item in value.values() if not isinstance(item, list))

    def _check_cycles(self) -> None:
        starts = (place.schema for place, _ in self._references)
        found = find_endless(starts, in_place=self.in_place, max_height=MAX_SCHEMA_DEPTH)
        if found is None:
            return
        message = f"is the start of more than {MAX_SCHEMA_DEPTH} references in a row"
        if found.is_cycle:
            message = "is part of a cycle of references with no property or item in it"
        keyword = next(name for name in ("$ref", "$dynamicRef", *IN_PLACE) if name in found.schema)
        self._refuse(self.place(found.schema), keyword, message)


def _drop_nulls(schema: dict[str, Any]) -> None:
    for keyword in [name for name, value in schema.items() if value is None and name not in {"const", "default"}]:
        del schema[keyword]
