"""The entries of maps: what a map of typed values has beside its ``JSON`` field.

GraphQL has no maps, so ``limits: {additionalProperties: {type: object, …}}`` is ``limits: JSON``, exactly as it is
written. Beside it stands ``limitsEntries: [KSpecLimitsEntry!]`` with ``key`` and ``value``: the same map, typed. Both
are read; inputs take either. Maps of strings are ``StringMap`` and have entries in filters alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from graphql import GraphQLError, GraphQLInputField

from schema_builder.errors import BadUserInput
from schema_builder.names import assign_companion_names
from schema_builder.types.leaves import list_core, place_of, unused_key

if TYPE_CHECKING:
    from schema_builder.structural import Node, Structure
    from schema_builder.types.context import KindContext
    from schema_builder.types.naming import NamedShape, Role

__all__ = [
    "STRING_ENTRY_FILTER",
    "EntriesField",
    "entries_inputs",
    "entries_names",
    "is_entries_key",
    "merge_entries",
    "object_entries",
    "section_entries",
]

STRING_ENTRY_FILTER: Final = "StringEntryFilter"
"""Maps of strings are read and written as ``StringMap``; only filters ask for their entries, and all have this type."""
_SUFFIX: Final = "Entries"
_KEY: Final = "\0entries of "
_BAD_USER_INPUT: Final = BadUserInput("").extensions
_INPUT_DESCRIPTION: Final = "The entries of `{}`: give them here or there, not in both."

_Places: TypeAlias = Iterable[tuple[str, "Structure", "Node"]]
"""Properties, or sections: original name, structure, node."""


class EntriesField(NamedTuple):
    """The field of a map's entries.

    Attributes:
        name: The field's.
        map_name: The field's of the map itself.
        original: The map's original name.
        key: Under which its coerced value is found: the name of no property.
        type: Its GraphQL type.
        lists: How many lists the map is in.
        deprecated: Why the map is, or None.
    """

    name: str
    map_name: str
    original: str
    key: str
    type: Any
    lists: int
    deprecated: str | None


def _entries_fields(
    context: KindContext, places: _Places, *, role: Role, names: Mapping[str, str]
) -> list[EntriesField]:
    """Return the fields of entries that an object has for one role, in the order of its maps.

    Args:
        context: What types are built from.
        places: The object's properties.
        role: What the fields are for.
        names: GraphQL names of all properties by their original ones.
    """
    maps = [
        (original, structure, node, type_)
        for original, structure, node in places
        if (type_ := context.entries_of(structure, node, role)) is not None
    ]
    if not maps:
        return []
    companions = entries_names(names, [one[0] for one in maps])
    fields = []
    for original, structure, node, type_ in maps:
        core = list_core(structure, node)
        fields.append(
            EntriesField(
                name=companions[original],
                map_name=names[original],
                original=original,
                key=unused_key(_KEY + original, names),
                type=type_,
                lists=core[1] if core is not None else 0,
                deprecated=place_of(structure, node).deprecated,
            )
        )
    return fields


def entries_names(names: Mapping[str, str], maps: Iterable[str]) -> dict[str, str]:
    """Return the names of the fields that maps have for their entries, by the maps' original names.

    Args:
        names: GraphQL names of all properties of the object by their original ones.
        maps: Those that have entries.
    """
    return assign_companion_names(names, maps, suffix=_SUFFIX)


def is_entries_key(key: str) -> bool:
    """Tell whether entries are found under a key when they are coerced; such keys are for nobody to see."""
    return key.startswith(_KEY)


def section_entries(context: KindContext, role: Role) -> list[EntriesField]:
    """Return the fields of entries of sections that are maps as a whole."""
    places = ((name, structure, structure.root) for name, structure in context.sections.items())
    return _entries_fields(context, places, role=role, names=context.section_fields)


def object_entries(
    context: KindContext, shape: NamedShape, role: Role, *, names: Mapping[str, str]
) -> list[EntriesField]:
    """Return the fields of entries of a nested object."""
    places = ((name, shape.structure, node) for name, node in shape.node.properties.items())
    return _entries_fields(context, places, role=role, names=names)


def entries_inputs(fields: Iterable[EntriesField]) -> dict[str, GraphQLInputField]:
    """Return input fields for entries."""
    return {
        field.name: GraphQLInputField(
            field.type,
            description=_INPUT_DESCRIPTION.format(field.map_name),
            deprecation_reason=field.deprecated,
            out_name=field.key,
        )
        for field in fields
    }


def merge_entries(value: dict[str, Any], fields: Iterable[EntriesField]) -> dict[str, Any]:
    """Put coerced entries where the maps belong, by their original names; the argument is changed and returned.

    Raises:
        GraphQLError: A map is given twice, or a key of one, or a key without a value.
    """
    for field in fields:
        if field.key in value:
            entries = value.pop(field.key)
            if field.original in value:
                raise _refused(f"'{field.map_name}' is given twice, once as '{field.name}'.")
            value[field.original] = _map_of(entries, field, lists=field.lists)
    return value


def _map_of(entries: Any, field: EntriesField, *, lists: int) -> Any:
    if entries is None:
        return None
    if lists:
        return [_map_of(item, field, lists=lists - 1) for item in entries]
    found: dict[str, Any] = {}
    for entry in entries:
        key = entry["key"]
        if key in found:
            raise _refused(f"'{field.name}' has the key {key[:60]!r} twice.")
        if "value" not in entry:
            raise _refused(f"'{field.name}' has no value for the key {key[:60]!r}.")
        found[key] = entry["value"]
    return found


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message, extensions=_BAD_USER_INPUT)
