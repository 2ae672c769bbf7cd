"""What a kind's definition says about the body of its resources, ready to be asked on every write."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import orjson

from schema_builder.defaulting import complete, default_of
from schema_builder.dialect import detect_dialect
from schema_builder.differences import pointer_token
from schema_builder.errors import Failure, Invalid
from schema_builder.limits import MAX_BODY_DEPTH, bounded, measure
from schema_builder.linking import Found, SectionLinks
from schema_builder.links import OnDelete
from schema_builder.merging import merge_applied, merge_patch
from schema_builder.pruning import hides_values, redact, unknown_fields
from schema_builder.ratcheting import held_failures
from schema_builder.references import Document
from schema_builder.rules.kind_rules import KindRules, named
from schema_builder.structural import EMPTY, MISSING, Node, NodeKind, Structure
from schema_builder.validation.compiler import compile_document
from schema_builder.validation.messages import Suggestions

if TYPE_CHECKING:
    from schema_builder.definition import Definition

__all__ = ["BodySchema"]

_ANYTHING: Final = Structure(root=Node(NodeKind.JSON, nullable=True))
_STATUS: Final = "status"
_SPEC: Final = "spec"

Validator = Callable[[Any], list[Failure]]


class BodySchema:
    """The sections of a kind's bodies: ``spec``, ``status`` and extra fields.

    Validators are compiled when the first resource is written, so a kind that only is defined costs no more than its
    trees. All methods take and return plain data and never change their arguments.

    Attributes:
        sections: The structure of each section; status is JSON where the definition says nothing about it.
        required: Sections that a resource must have: a spec that has required fields without default, unless its schema
            says ``nullable`` (a Kubernetes CRD whose root does not require ``spec`` is read so).
        has_write_only: Whether any place is write-only.
        has_rules: Whether there are rules in CEL: asking them may take long, whatever the size of a body.
    """

    def __init__(self, definition: Definition) -> None:
        self.sections: Mapping[str, Structure] = MappingProxyType(
            {**definition.sections, _STATUS: definition.sections.get(_STATUS, _ANYTHING)}
        )
        self._definition = definition
        self._documents: dict[str, Document] = {}
        self._validators: dict[str, Validator] = {}
        self._rules: KindRules | None = None
        self._hidden = frozenset(name for name, section in definition.sections.items() if hides_values(section))
        self.has_write_only = bool(self._hidden)
        self.has_rules = definition.has_rules
        self.required = self._required_sections()

    @cached_property
    def links(self) -> Mapping[str, SectionLinks]:
        """Return where resources name others, by section; empty for a kind without links."""
        return {name: SectionLinks(self.sections[name]) for name in self._definition.links}

    def links_of(self, section: str) -> SectionLinks | None:
        """Return where a section names other resources, None where it names none."""
        return self.links.get(section)

    @cached_property
    def links_key(self) -> str:
        """Return what tells where resources name others with consequences; empty where they do not."""
        if not any(link.on_delete is not OnDelete.NONE for one in self._definition.links.values() for link in one):
            return ""
        skeletons = {name: links.skeleton() for name, links in self.links.items()}
        return hashlib.sha256(orjson.dumps(skeletons, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]

    def held(self, body: Mapping[str, Any], *, namespace: str | None) -> Iterator[Found]:
        """Yield what a body names with consequences; paths begin with the section."""
        if self.links_key:
            for section, links in self.links.items():
                for found in links.found(body.get(section), namespace=namespace, beside=body):
                    if found.link.on_delete is not OnDelete.NONE:
                        yield found._replace(path=(section, *found.path))

    def complete(self, body: Mapping[str, Any], *, previous: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return a body without the nulls that its schema forbids and with its defaults; idempotent.

        A spec that is null is absent, whatever its schema says.

        Args:
            body: Sections by name.
            previous: The stored body that this one replaces; read-only fields, which no input holds, are kept from it.
        """
        with _BoundedDepth():
            completed: dict[str, Any] = {}
            for name, value in body.items():
                section = self.sections.get(name)
                if section is None:
                    completed[name] = value
                elif value is not None or (section.root.nullable and name != _SPEC):
                    before = previous.get(name) if previous else None
                    completed[name] = complete(value, node=section.root, structure=section, previous=before)
            for name, section in self._definition.sections.items():
                if name not in completed and name != _STATUS:
                    default = default_of(section.root, structure=section)
                    if default is not MISSING and default is not None:
                        completed[name] = complete(default, node=section.root, structure=section)
            return completed

    def failures(
        self,
        body: Mapping[str, Any],
        *,
        previous: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] = EMPTY,
        max_depth: int = MAX_BODY_DEPTH,
    ) -> list[Failure]:
        """Return all that is wrong with a whole body, sorted; paths begin with the section (``/spec/port``).

        Args:
            body: Its sections by name.
            previous: The stored body that it replaces, for rules that compare the two; None where there is none. What
                was wrong with it already, and is untouched, is passed over (``schema_builder.ratcheting``).
            metadata: Of the resource: rules of the whole may ask for its ``name`` and ``namespace``.
            max_depth: How deep a section may be nested.
        """
        failures = self._shape_failures(body, max_depth=max_depth)
        if failures and previous is not None:
            failures = self._held(failures, body, previous, self._shape_failures(previous, max_depth=max_depth))
        failures += self._held_rules(body, previous, metadata, sections=self.sections, others=failures)
        return bounded(failures)

    def _shape_failures(self, body: Mapping[str, Any], *, max_depth: int) -> list[Failure]:
        """Return all that is wrong with a whole body but for rules, which may compare it with another."""
        suggestions = Suggestions()
        failures = [
            Failure(f"/{pointer_token(name)}", "unknownField", suggestions.unknown_field(name, known=self.sections))
            for name in body
            if name not in self.sections
        ]
        failures += [
            Failure(f"/{name}", "required", "is required: some of its fields have no default")
            for name in self.required
            if name not in body
        ]
        for name in self.sections:
            if name in body:
                failures += self._section_failures(name, body[name], max_depth=max_depth)
        return failures

    def status_failures(
        self,
        body: Mapping[str, Any],
        *,
        previous: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] = EMPTY,
    ) -> list[Failure]:
        """Return all that is wrong with the status of a body, sorted; an absent status is fine.

        Rules of the resource as a whole count: they may speak of status.
        """
        failures = self._section_failures(_STATUS, body[_STATUS]) if _STATUS in body else []
        if failures and previous is not None and _STATUS in previous:
            failures = self._held(failures, body, previous, self._section_failures(_STATUS, previous[_STATUS]))
        failures += self._held_rules(body, previous, metadata, sections=(_STATUS,), others=failures)
        return bounded(failures)

    def _held(
        self,
        failures: list[Failure],
        body: Mapping[str, Any],
        previous: Mapping[str, Any],
        previous_failures: list[Failure],
    ) -> list[Failure]:
        return held_failures(
            failures, body=body, previous=previous, previous_failures=previous_failures, sections=self.sections
        )

    def merge_patch(self, current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with a JSON merge patch (RFC 7386) of some of its sections."""
        with _BoundedDepth():
            merged: dict[str, Any] = merge_patch(current, patch)
            return merged

    def merge_apply(self, current: Mapping[str, Any], applied: Mapping[str, Any]) -> dict[str, Any]:
        """Return a body with an applied one merged into it, lists by their ``x-kubernetes-list-type``."""
        with _BoundedDepth():
            merged = dict(current)
            for name, value in applied.items():
                section = self.sections.get(name, _ANYTHING)
                if value is not None:
                    merged[name] = merge_applied(merged.get(name), value, node=section.root, structure=section)
                elif section.root.nullable:
                    merged[name] = None
            return merged

    def redact(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a body without write-only values: the same object where the kind has none."""
        if not self._hidden:
            return body
        return {
            name: redact(value, node=self.sections[name].root, structure=self.sections[name])
            if name in self._hidden
            else value
            for name, value in body.items()
            if not (name in self._hidden and self._is_hidden(self.sections[name]))
        }

    @staticmethod
    def _is_hidden(section: Structure) -> bool:
        return section.root.write_only or section.resolve(section.root).write_only

    def _required_sections(self) -> frozenset[str]:
        section = self._definition.sections.get(_SPEC)
        if section is None or default_of(section.root, structure=section) is not MISSING:
            return frozenset()
        if section.root.nullable:
            return frozenset()
        root = section.resolve(section.root)
        lacking = (name for name in root.required if default_of(root.properties[name], structure=section) is MISSING)
        return frozenset({_SPEC}) if any(lacking) else frozenset()

    def _section_failures(self, name: str, value: Any, *, max_depth: int = MAX_BODY_DEPTH) -> list[Failure]:
        path = f"/{pointer_token(name)}"
        oversized = measure(value, path=path, max_depth=max_depth)
        if oversized:
            return oversized
        section = self.sections[name]
        invalid = self._validator(name)(value)
        failures = [Failure(path + failure.path, failure.keyword, failure.message) for failure in invalid]
        forbidden = {failure.path for failure in failures}
        unknown = unknown_fields(value, node=section.root, structure=section, path=path, suggestions=Suggestions())
        return failures + [failure for failure in unknown if failure.path not in forbidden]

    def _held_rules(
        self,
        body: Mapping[str, Any],
        previous: Mapping[str, Any] | None,
        metadata: Mapping[str, Any],
        *,
        sections: Collection[str],
        others: list[Failure],
    ) -> list[Failure]:
        """Return the rules that a write breaks; those of untouched places that were broken before are passed over."""
        broken = self._broken_rules(body, previous, metadata, sections=sections, others=others)
        if not broken or previous is None:
            return broken
        before = self._broken_rules(previous, None, metadata, sections=sections, others=[])
        return self._held(broken, body, previous, before)

    def _broken_rules(
        self,
        body: Mapping[str, Any],
        previous: Mapping[str, Any] | None,
        metadata: Mapping[str, Any],
        *,
        sections: Collection[str],
        others: list[Failure],
    ) -> list[Failure]:
        if not self.has_rules:
            return []
        if self._rules is None:
            documents = {name: self._document(name) for name in self._definition.sections}
            self._rules = KindRules(documents, self._definition.rules)
        envelope = {"kind": self._definition.kind, "metadata": named(metadata)}
        before = None if previous is None else {**envelope, **previous}
        return list(self._rules.failures({**envelope, **body}, previous=before, sections=sections, others=others))

    def _validator(self, name: str) -> Validator:
        validator = self._validators.get(name)
        if validator is None:
            document = self._document(name)
            validator = self._validators[name] = compile_document(document)(document.root)
        return validator

    def _document(self, name: str) -> Document:
        document = self._documents.get(name)
        if document is None:
            schema = self._definition.schema_of(name)
            root = True if schema is None else schema
            document = self._documents[name] = Document(root, dialect=detect_dialect(root))
        return document


class _BoundedDepth:
    """Turns endless nesting, which only a body that was never measured can have, into a failure."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _type: object, error: BaseException | None, _traceback: object) -> None:
        if isinstance(error, RecursionError):
            message = f"is nested deeper than {MAX_BODY_DEPTH} levels"
            raise Invalid("The body cannot be read.", [Failure("", "depth", message)]) from None
