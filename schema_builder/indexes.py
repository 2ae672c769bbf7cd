"""Declared indexes: which fields of a resource can be sorted by, and which must be unique."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from schema_builder.errors import Failure
from schema_builder.limits import MAX_INDEX_FIELDS, MAX_INDEXES, MAX_UNIQUE_INDEXES
from schema_builder.structural import Node, NodeKind, Structure

__all__ = ["IndexSpec", "can_be_indexed", "parse_indexes", "parse_path", "written_path"]

_SCALARS: Final = frozenset({NodeKind.STRING, NodeKind.INTEGER, NodeKind.NUMBER, NodeKind.BOOLEAN})

_METADATA: Final = (("metadata", "name"), ("metadata", "createdAt"))


class IndexSpec(NamedTuple):
    """One declared index.

    Attributes:
        fields: Paths of original names from the resource's root, such as ``(("spec", "region"), ("spec", "port"))``.
        unique: No two resources of a kind have the same values.
    """

    fields: tuple[tuple[str, ...], ...]
    unique: bool = False


def parse_path(text: str) -> tuple[str, ...]:
    r"""Return the names of a dotted path; a dot or backslash inside a name follows a backslash (``spec.a\\.b``)."""
    names = [""]
    escaped = False
    for character in text:
        if escaped or character not in "\\.":
            names[-1] += character
            escaped = False
        elif character == ".":
            names.append("")
        else:
            escaped = True
    return tuple(names)


def written_path(path: Sequence[str]) -> str:
    """Return the dotted path of names: what ``parse_path`` reads."""
    return ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in path)


def parse_indexes(
    declared: Any, *, sections: Mapping[str, Structure], unread: Collection[str] = ()
) -> tuple[tuple[IndexSpec, ...], list[Failure]]:
    """Return indexes as declared, and what is wrong with them: every field must be a scalar outside lists and maps.

    Args:
        declared: ``[{fields, unique}]``, or anything else that a client sent.
        sections: The structure of each section.
        unread: Sections whose schemas are wrong, so that nothing can be said about paths into them.
    """
    if declared is None:
        return (), []
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return (), [Failure("/spec/indexes", "type", "must be a list of {fields, unique}")]
    indexes: list[IndexSpec] = []
    failures: list[Failure] = []
    for position, index in enumerate(declared[: MAX_INDEXES + MAX_UNIQUE_INDEXES + 1]):
        path = f"/spec/indexes/{position}"
        wrong = _wrong_index(index, path) or _wrong_fields(index["fields"], f"{path}/fields", sections, unread)
        failures += wrong
        if not wrong:
            indexes.append(IndexSpec(tuple(parse_path(one) for one in index["fields"]), bool(index.get("unique"))))
    return tuple(indexes), [*failures, *_beyond_limits(declared)]


def _beyond_limits(declared: Sequence[Any]) -> Iterator[Failure]:
    """Yield the first index of each sort that there is no place for: all kinds share one collection's indexes."""
    for unique, most, sort in ((False, MAX_INDEXES, "indexes"), (True, MAX_UNIQUE_INDEXES, "unique indexes")):
        places = (
            place
            for place, index in enumerate(declared)
            if isinstance(index, Mapping) and bool(index.get("unique")) is unique
        )
        beyond = next(islice(places, most, None), None)
        if beyond is not None:
            yield Failure(f"/spec/indexes/{beyond}", "limit", f"is one too many: a kind has at most {most} {sort}")


def _wrong_index(index: Any, path: str) -> list[Failure]:
    if not isinstance(index, Mapping):
        return [Failure(path, "type", "must be an object {fields, unique}")]
    fields = index.get("fields")
    if not isinstance(fields, list | tuple) or not 0 < len(fields) <= MAX_INDEX_FIELDS:
        return [Failure(f"{path}/fields", "type", f"must be a list of 1 to {MAX_INDEX_FIELDS} paths such as spec.port")]
    if not isinstance(index.get("unique") or False, bool):
        return [Failure(f"{path}/unique", "type", "must be true or false")]
    if not all(isinstance(field, str) for field in fields) or len(set(fields)) < len(fields):
        return [Failure(f"{path}/fields", "type", "must be different paths such as spec.port")]
    return []


def _wrong_fields(
    fields: Sequence[str], path: str, sections: Mapping[str, Structure], unread: Collection[str]
) -> list[Failure]:
    paths = ((position, parse_path(field)) for position, field in enumerate(fields))
    reasons = ((position, _reason(names, sections)) for position, names in paths if names[0] not in unread)
    return [Failure(f"{path}/{position}", "index", reason) for position, reason in reasons if reason is not None]


def can_be_indexed(path: tuple[str, ...], sections: Mapping[str, Structure]) -> bool:
    """Tell whether an index could be declared on a path."""
    return _reason(path, sections) is None


def _reason(names: tuple[str, ...], sections: Mapping[str, Structure]) -> str | None:
    if names[0] == "metadata":
        return None if names in _METADATA else f"names none of {', '.join(map(written_path, _METADATA))}"
    section = sections.get(names[0])
    if section is None:
        return f"names no field with a schema; it must begin with one of {', '.join(sections) or 'spec'}"
    node: Node = section.resolve(section.root)
    for name in names[1:]:
        child = node.properties.get(name) if node.kind is NodeKind.OBJECT else None
        if child is None:
            return f"names no declared field: {name} is unknown"
        if node.write_only:
            break
        node = section.resolve(child)
    if node.write_only:
        return "names a write-only field"
    if node.kind not in _SCALARS:
        return "names no text, number or boolean outside lists and maps, which alone can be indexed"
    return None
