"""Alternatives that are told apart by a property: what becomes a GraphQL union.

    oneOf: [{properties: {type: {const: tcp}, …}, required: [type]},
            {properties: {type: {const: udp}, …}, required: [type]}]          the branches say so themselves
    oneOf: [{$ref: "#/$defs/Tcp"}, {$ref: "#/$defs/Udp"}]
    discriminator: {propertyName: type, mapping: {tcp: "#/$defs/Tcp"}}        OpenAPI says so beside them

``anyOf`` is read alike: values that differ make it exclusive. Branches that only constrain what is declared beside
them, as those of Kubernetes' structural schemas do, are no alternatives in shape and make no union.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schema_builder.constraints import merged_enum
from schema_builder.fragments import ANNOTATIONS, is_null_only
from schema_builder.structural import Union

if TYPE_CHECKING:
    from schema_builder.fragments import Reader
    from schema_builder.structural import Node

__all__ = ["Alternatives", "find_alternatives", "tagged_union"]

_MAX_BRANCHES: Final = 200
_MAX_FIELDS: Final = 20_000
"""Each branch repeats what is declared beside the branches; beyond this they are one merged shape."""


class Alternatives(NamedTuple):
    """Branches of one ``oneOf`` or ``anyOf``, and what tells them apart.

    Attributes:
        property: The discriminating property.
        branches: By its values, in the order of the schema.
        beside: Schemas that apply beside each branch, without the keyword that holds the branches.
    """

    property: str
    branches: Mapping[str, Any]
    beside: tuple[dict[str, Any], ...]


def tagged_union(
    found: Alternatives, members: Mapping[str, Node], *, shared: Node, intern: Callable[[Node], Node]
) -> Union:
    """Return the union of some members, which have the property that tells them apart as one shared node.

    Args:
        found: What they were made of.
        members: The node of each branch, by value.
        shared: The node of the property.
        intern: Returns the node that stands for equal ones.
    """
    tags: dict[int, str] = {}
    tagged: dict[str, Node] = {}
    for value, member in members.items():
        tag = tags.setdefault(id(found.branches[value]), value)
        properties = MappingProxyType({**member.properties, found.property: shared})
        tagged[value] = intern(replace(member, union=None, tag=(found.property, tag), properties=properties))
    return Union(found.property, MappingProxyType(tagged))


class _Group(NamedTuple):
    holder: dict[str, Any]
    keyword: str
    branches: Sequence[Any]


def find_alternatives(
    said: Sequence[dict[str, Any]],
    *,
    reader: Reader,
    adds_shape: Callable[[Any], bool],
    made: dict[tuple[int, str], dict[str, Any]],
) -> Alternatives | None:
    """Return the alternatives of an object, or None where nothing tells its branches apart.

    Args:
        said: Schemas that all apply to the object.
        reader: Reads them.
        adds_shape: Tells whether a schema says more of a value than which ones are allowed.
        made: Holds the schemas made here, so that equal questions get the same ones: they are known by identity.
    """
    for group in _groups(said, reader):
        beside = tuple(_without(schema, group, made) for schema in said)
        declared = {name for schema in beside for name in schema.get("properties", ())}
        if len(group.branches) * len(declared) > _MAX_FIELDS:
            continue
        read = [[one for one in reader.fragments([branch]) if isinstance(one, dict)] for branch in group.branches]
        named = _named(group, read, reader)
        if named is not None and all(_shows(named[0], (*fragments, *beside)) for fragments in read):
            return Alternatives(*named, beside)
        own = _own(read, beside, declared, adds_shape)
        found = _pinned(group, read, beside, reader) if own else None
        if found is not None and own != {found[0]}:
            return Alternatives(*found, beside)
    return None


def _groups(said: Sequence[dict[str, Any]], reader: Reader) -> Iterator[_Group]:
    for schema in said:
        for branches in reader.groups(schema):
            solid = [branch for branch in branches if not is_null_only(branch)]
            if 2 <= len(solid) <= _MAX_BRANCHES and all(isinstance(branch, dict) for branch in solid):
                keyword = next(name for name in ("anyOf", "oneOf") if schema.get(name) is branches)
                yield _Group(schema, keyword, solid)


def _without(schema: dict[str, Any], group: _Group, made: dict[tuple[int, str], dict[str, Any]]) -> dict[str, Any]:
    """Return what the holder of the branches says for each of them; what it says of the place is not theirs."""
    if schema is not group.holder:
        return schema
    dropped = {group.keyword, "$ref", "allOf", "discriminator", *ANNOTATIONS}
    kept = {name: value for name, value in schema.items() if name not in dropped}
    return made.setdefault((id(schema), group.keyword), kept)


def _properties(fragments: Sequence[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    for fragment in fragments:
        yield from fragment.get("properties", {}).items()


def _own(
    read: Sequence[Sequence[dict[str, Any]]],
    beside: Sequence[dict[str, Any]],
    declared: set[str],
    adds_shape: Callable[[Any], bool],
) -> set[str]:
    """Return the properties that branches bring with them, or say more of than what is declared beside."""
    closed = any(schema.get("additionalProperties") is False for schema in beside)
    properties = [one for fragments in read for one in _properties(fragments) if one[1] is not False]
    return {name for name, schema in properties if (adds_shape(schema) if name in declared else not closed)}


def _named(
    group: _Group, read: Sequence[Sequence[dict[str, Any]]], reader: Reader
) -> tuple[str, dict[str, Any]] | None:
    """Return the property that OpenAPI's ``discriminator`` names, and the branches by its values."""
    said = group.holder.get("discriminator")
    name = said.get("propertyName") if isinstance(said, dict) else None
    if not isinstance(said, dict) or not isinstance(name, str):
        return None
    mapping = said.get("mapping")
    targets = _mapped(mapping if isinstance(mapping, dict) else {})
    branches: dict[str, Any] = {}
    for branch, fragments in zip(group.branches, read, strict=True):
        pinned = _pins(fragments, reader).get(name)
        reference = branch.get("$ref")
        values = [pinned] if pinned is not None else []
        if not values and isinstance(reference, str):
            implied = reference.rpartition("/")[2]
            values = [*targets.get(reference, ()), *targets.get(implied, ())] or [implied]
        if not values or not branches.keys().isdisjoint(values):
            return None
        branches |= dict.fromkeys(values, branch)
    return name, branches


def _mapped(mapping: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the values that a ``mapping`` has for each reference or name of a schema."""
    found: dict[str, list[str]] = {}
    for value, target in mapping.items():
        if isinstance(target, str):
            found.setdefault(target, []).append(value)
    return found


def _pinned(
    group: _Group,
    read: Sequence[Sequence[dict[str, Any]]],
    beside: Sequence[dict[str, Any]],
    reader: Reader,
) -> tuple[str, dict[str, Any]] | None:
    """Return the first property by name that every branch requires and gives a text of its own, and the branches."""
    common = {name for schema in beside for name in schema.get("required", ())}
    values: list[dict[str, str]] = []
    names: set[str] | None = None
    for fragments in read:
        required = common.union(name for fragment in fragments for name in fragment.get("required", ()))
        pins = {name: value for name, value in _pins(fragments, reader).items() if name in required}
        values.append(pins)
        names = set(pins) if names is None else names & set(pins)
        if not names:
            return None
    for name in sorted(names or ()):
        branches = {pins[name]: branch for pins, branch in zip(values, group.branches, strict=True)}
        if len(branches) == len(read) and all(_shows(name, (*fragments, *beside)) for fragments in read):
            return name, branches
    return None


def _pins(fragments: Sequence[dict[str, Any]], reader: Reader) -> dict[str, str]:
    """Return the properties of which only one value is allowed, a text."""
    found: dict[str, str] = {}
    for name, schema in _properties(fragments):
        if isinstance(schema, dict):
            allowed = merged_enum([one for one in reader.fragments([schema]) if isinstance(one, dict)])
            if allowed is not None and len(allowed) == 1 and isinstance(allowed[0], str):
                found[name] = allowed[0]
    return found


def _shows(name: str, schemas: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a property is one that everybody may read and write."""
    marks = [one for schema in schemas if isinstance(one := schema.get("properties", {}).get(name), dict)]
    return bool(marks) and not any(one.get("readOnly") is True or one.get("writeOnly") is True for one in marks)
