"""Which places of a body have rules: the parts of a schema that lead to one, and nothing else.

Rules may stand wherever a schema certainly applies to what is there: below ``properties``, ``items``,
``additionalProperties``, ``patternProperties``, ``prefixItems``, ``allOf`` and references. In an alternative, a
condition or a negation a rule would not say what holds, so it is refused there, as in Kubernetes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from schema_builder.rules.conversion import Converter
from schema_builder.rules.correlation import keys_of
from schema_builder.rules.rule import KEYWORD, Rule, compile_rule

if TYPE_CHECKING:
    from schema_builder.references import Document
    from schema_builder.rules.correlation import ListKeys

__all__ = ["CERTAIN", "ITEMS", "Plan", "build_plan", "children_of"]

_PROPERTIES: Final = ("properties", "patternProperties")
ITEMS: Final = ("items", "additionalItems", "prefixItems")
CERTAIN: Final = frozenset({*_PROPERTIES, *ITEMS, "additionalProperties", "allOf", "$ref"})
_DEFINITIONS: Final = frozenset({"$defs", "definitions"})


class Plan:
    """One place of a body that has rules, or leads to some; places may lead back to themselves.

    Attributes:
        rules: The rules of the place itself.
        properties: Places of declared properties.
        patterns: Places of properties whose names match a pattern.
        values: The place of properties that are not declared.
        declared: Names of declared properties: ``values`` is not theirs.
        items: The place of items.
        prefix: Places of the first items, by index.
        keys: How items of the list before and after a change belong together; None where they do not.
        beside: Places of ``allOf`` and references: they are this place too.
        convert: Converts values of the place; None where JSON and CEL agree.
    """

    __slots__ = (
        "beside",
        "convert",
        "declared",
        "items",
        "keys",
        "patterns",
        "prefix",
        "properties",
        "rules",
        "values",
    )

    def __init__(self, schema: Mapping[str, Any], *, convert: Callable[[Any], Any] | None) -> None:
        self.rules: tuple[Rule, ...] = tuple(compile_rule(entry) for entry in schema.get(KEYWORD, ()))
        self.convert = convert if self.rules else None
        self.declared: Mapping[str, Any] = schema.get("properties", {})
        self.keys: ListKeys | None = keys_of(schema)
        self.properties: dict[str, Plan] = {}
        self.patterns: list[tuple[str, Plan]] = []
        self.values: Plan | None = None
        self.items: Plan | None = None
        self.prefix: dict[int, Plan] = {}
        self.beside: list[Plan] = []


def build_plan(document: Document) -> Plan | None:
    """Return the plan of a document without failures, or None where it has no rules."""
    if not document.ruled:
        return None
    edges = {id(schema): (schema, list(children_of(document, schema))) for schema in _certain(document)}
    leading = _leading(edges)
    if id(document.root) not in leading:
        return None
    converter = Converter(document)
    plans = {key: Plan(schema, convert=converter.of(schema)) for key, (schema, _) in edges.items() if key in leading}
    for key, plan in plans.items():
        for keyword, name, child in edges[key][1]:
            if keyword in CERTAIN and id(child) in plans:
                _attach(plan, keyword, name, plans[id(child)])
    return plans[id(document.root)]


def _certain(document: Document) -> list[dict[str, Any]]:
    """Return the schemas that certainly apply to what stands at their places."""
    found: dict[int, dict[str, Any]] = {}
    pending = [document.root]
    while pending:
        schema = pending.pop()
        if isinstance(schema, dict) and id(schema) not in found:
            found[id(schema)] = schema
            pending += (child for keyword, _, child in children_of(document, schema) if keyword in CERTAIN)
    return list(found.values())


def children_of(document: Document, schema: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield (keyword, name or index, subschema) of what is below a schema, or beside it."""
    if "$ref" in schema:
        yield "$ref", None, document.resolve(schema["$ref"], base=document.base(schema)).schema
    for (keyword, *name), child in document.subschemas(schema):
        if keyword not in _DEFINITIONS:
            yield keyword, name[0] if name else None, child


def _leading(edges: Mapping[int, tuple[dict[str, Any], list[tuple[str, Any, Any]]]]) -> set[int]:
    """Return the schemas that have rules or lead to some."""
    parents: dict[int, list[int]] = {}
    for key, (_, children) in edges.items():
        for keyword, _, child in children:
            if keyword not in CERTAIN:
                continue
            parents.setdefault(id(child), []).append(key)
    leading: set[int] = set()
    pending = [key for key, (schema, _) in edges.items() if schema.get(KEYWORD)]
    while pending:
        key = pending.pop()
        if key not in leading:
            leading.add(key)
            pending += parents.get(key, ())
    return leading


def _attach(plan: Plan, keyword: str, name: Any, child: Plan) -> None:
    match keyword:
        case "properties":
            plan.properties[name] = child
        case "patternProperties":
            plan.patterns.append((name, child))
        case "additionalProperties":
            plan.values = child
        case "prefixItems":
            plan.prefix[int(name)] = child
        case "items" if name is not None:
            plan.prefix[int(name)] = child
        case "items" | "additionalItems":
            plan.items = child
        case _:
            plan.beside.append(child)
