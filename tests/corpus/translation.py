"""A document in the words of its kind's GraphQL types, and back: what a client does that knows nothing but the mapping.

Properties go by the GraphQL names that the mapping gives them; maps with typed values go as lists of their entries.
What has no type but ``JSON`` is counted.
"""

from collections import Counter
from typing import NamedTuple

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
)

ENTRIES = "Entries"
ENTRIES_KEY = "\0entries of "
EXTRA = "_extra"


class Writer:
    """Makes inputs of documents.

    Attributes:
        leaves: How many leaves went through a type of their own (``typed``), and how many as ``JSON``.
    """

    def __init__(self):
        self.leaves = Counter()

    def value(self, value, type_):
        """Return a value as an input of a type."""
        type_ = get_nullable_type(type_)
        if value is None:
            return None
        if isinstance(type_, GraphQLList) and isinstance(value, list):
            return [self.value(item, type_.of_type) for item in value]
        if isinstance(type_, GraphQLInputObjectType) and isinstance(value, dict):
            return self._object(value, type_)
        self.leaves["JSON" if get_named_type(type_).name == "JSON" else "typed"] += _leaf_count(value)
        return value

    def sections(self, body, type_, names):
        """Return the sections of a body as fields of an envelope (``CreateKInput`` and the like)."""
        result = {}
        for section, value in body.items():
            result |= self._field(value, type_, names[section], section)
        return result

    def _object(self, value, type_):
        names = input_names(type_)
        result, extra = {}, {}
        for original, item in value.items():
            if original in names:
                result |= self._field(item, type_, names[original], original)
            else:
                extra[original] = item
        if extra:
            assert EXTRA in type_.fields, f"{type_} has no field for {sorted(extra)}"
            result[EXTRA] = self.value(extra, type_.fields[EXTRA].type)
        return result

    def _field(self, value, type_, name, original):
        entries = entries_input(type_, original)
        if value is not None and entries is not None:
            return {entries: self._entries(value, type_.fields[entries].type)}
        return {name: self.value(value, type_.fields[name].type)}

    def _entries(self, value, type_):
        """Return a map as the list of its entries; a list of maps as a list of such lists."""
        items = get_nullable_type(get_nullable_type(type_).of_type)
        if isinstance(value, list):
            return [self._entries(item, items) for item in value]
        return [self._object({"key": key, "value": item}, items) for key, item in value.items()]


def input_names(type_):
    """Return the field of each property by its original name, which coerced values have."""
    originals = ((field.out_name or name, name) for name, field in type_.fields.items() if name != EXTRA)
    return {original: name for original, name in originals if not original.startswith("\0")}


def entries_input(type_, original):
    """Return the field of an input or filter type that takes the entries of a map, None where it has none."""
    keys = ENTRIES_KEY + original
    return next((name for name, field in type_.fields.items() if field.out_name == keys), None)


class OutputField(NamedTuple):
    """A field of an output type.

    Attributes:
        original: The property's original name; None for what stands beside properties.
        entries: The field of its entries beside it, None where there is none.
    """

    name: str
    original: str | None
    type: object
    entries: str | None


def output_fields(type_):
    """Yield the fields of an object type, but for those of entries, which stand beside their map."""
    maps = {_original(field): name for name, field in type_.fields.items() if _is_json(field)}
    beside = {}
    for name, field in type_.fields.items():
        map_name = maps.get(_original(field)) if _original(field) else name.removesuffix(ENTRIES)
        if not _is_json(field) and map_name != name and map_name in type_.fields and _is_json(type_.fields[map_name]):
            beside[map_name] = name
    for name, field in type_.fields.items():
        if name not in beside.values():
            yield OutputField(name, _original(field), field.type, beside.get(name))


def _original(field):
    """Return the property that a field reads, or None for a field that reads more than one."""
    return getattr(field.resolve, "key", None)


def _is_json(field):
    return get_named_type(field.type).name == "JSON"


def selection(values, type_):
    """Return the selection of every leaf of a type, and of the objects that some of the values have."""
    type_ = get_named_type(type_)
    if not isinstance(type_, GraphQLObjectType):
        return ""
    values = [value for value in flat(values) if isinstance(value, dict)]
    parts = []
    for field in output_fields(type_):
        inside = [value[field.original] for value in values if value.get(field.original) is not None]
        parts += selected(field, type_, inside)
    return f" {{ {' '.join(parts)} }}"


def selected(field, holder, inside):
    """Return the selections of a field, and of its entries, for the values that it has."""
    if isinstance(get_named_type(field.type), GraphQLObjectType):
        parts = [field.name + selection(inside, field.type)] if inside else []
    else:
        parts = [field.name]
    if field.entries is not None and inside:
        entries = [{"key": key, "value": item} for one in flat(inside) for key, item in one.items()]
        parts.append(field.entries + selection(entries, holder.fields[field.entries].type))
    return parts


def restored(answer, type_):
    """Return what an answer says, under original names; entries must say what the map beside them says."""
    type_ = get_nullable_type(type_)
    if answer is None:
        return None
    if isinstance(type_, GraphQLList):
        return [restored(item, type_.of_type) for item in answer]
    if isinstance(type_, GraphQLObjectType):
        result = {}
        for field in output_fields(type_):
            if answer.get(field.name) is None:
                continue
            if field.name == EXTRA:
                result |= answer[EXTRA]
            elif field.original is not None:
                result[field.original] = restored_field(answer, field, type_)
        return result
    return int(answer) if type_.name == "BigInt" else answer


def restored_field(answer, field, holder):
    """Return what an answer says of one field and of its entries."""
    value = restored(answer[field.name], field.type)
    if field.entries not in answer:
        return value
    entries = restored(answer[field.entries], holder.fields[field.entries].type)
    return _agreed(value, entries)


def _agreed(value, entries):
    """Return a map as its entries say it, which have the keys of the map, in their order."""
    if isinstance(value, list):
        return [_agreed(item, inner) for item, inner in zip(value, entries, strict=True)]
    assert list(value) == [entry["key"] for entry in entries]
    return {entry["key"]: entry.get("value") for entry in entries}


def flat(values):
    """Yield values, and those of lists in their place."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def _leaf_count(value):
    if isinstance(value, dict):
        return sum(map(_leaf_count, value.values()))
    return sum(map(_leaf_count, value)) if isinstance(value, list) else 1
