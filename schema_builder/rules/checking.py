"""What is wrong with the rules of a schema: with each of them, with their places, with all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from schema_builder.errors import Failure
from schema_builder.limits import MAX_RULES_LENGTH
from schema_builder.places import tokens_of
from schema_builder.rules.correlation import keys_of
from schema_builder.rules.plan import CERTAIN, ITEMS, children_of
from schema_builder.rules.rule import KEYWORD, entry_failures
from schema_builder.rules.text import names_old_self
from schema_builder.rules.typing import SchemaFields

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["rule_failures"]


def rule_failures(document: Document) -> list[Failure]:
    """Return what is wrong with the rules of a document that has no other failures."""
    ruled = document.ruled
    failures = [
        failure
        for schema in ruled
        for index, entry in enumerate(schema[KEYWORD])
        for failure in entry_failures(
            entry,
            path=f"{document.pointer(schema)}/{KEYWORD}/{index}",
            properties=None if "$ref" in schema or "allOf" in schema else schema.get("properties"),
            place=SchemaFields(document, schema),
        )
    ]
    if failures or not ruled:
        return failures
    texts = {entry["rule"] for schema in ruled for entry in schema[KEYWORD]}
    if sum(map(len, texts)) > MAX_RULES_LENGTH:
        message = f"the rules are, together, longer than {MAX_RULES_LENGTH} characters"
        return [Failure(document.pointer(document.root), KEYWORD, message)]
    return _misplaced(document)


def _misplaced(document: Document) -> list[Failure]:
    """Return the rules that stand where it is uncertain that they apply, or what ``oldSelf`` would be."""
    failures: dict[str, Failure] = {}
    seen: set[tuple[int, bool, bool]] = set()
    leading = None if document.refers else _leading(document)
    pending = [(document.root, True, True)]
    while pending:
        schema, certain, correlated = pending.pop()
        if not isinstance(schema, dict) or (id(schema), certain, correlated) in seen:
            continue
        seen.add((id(schema), certain, correlated))
        for failure in _misplaced_at(document, schema, certain=certain, correlated=correlated):
            failures.setdefault(failure.path, failure)
        keyed = keys_of(schema) is not None
        pending += (
            (child, certain and keyword in CERTAIN, correlated and (keyed or keyword not in ITEMS))
            for keyword, _, child in children_of(document, schema)
            if leading is None or id(child) in leading
        )
    return list(failures.values())


def _leading(document: Document) -> set[int]:
    """Return the schemas that hold one with rules, and those themselves, of a document without references."""
    leading: set[int] = set()
    for schema in document.ruled:
        value: Any = document.root
        for token in tokens_of(document.place(schema).trail):
            value = value[int(token)] if isinstance(value, list) else value[token]
            leading.add(id(value))
    return leading


def _misplaced_at(document: Document, schema: dict[str, Any], *, certain: bool, correlated: bool) -> Iterator[Failure]:
    if certain and correlated:
        return
    for index, entry in enumerate(schema.get(KEYWORD, ())):
        path = f"{document.pointer(schema)}/{KEYWORD}/{index}"
        if not certain:
            yield Failure(path, KEYWORD, "cannot stand below an alternative, a condition or a negation")
        elif names_old_self(entry["rule"]) and entry.get("optionalOldSelf") is not True:
            message = "names oldSelf, but items of lists are known again only by x-kubernetes-list-map-keys"
            yield Failure(f"{path}/rule", KEYWORD, message)
