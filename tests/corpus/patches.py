"""A patch that removes all that may be missing from a document."""

from typing import NamedTuple

from graphql import GraphQLInputObjectType, get_nullable_type

from tests.corpus.translation import entries_input, input_names


class Removal(NamedTuple):
    """What removing leaves of an object means.

    Attributes:
        patch: The input of the object's patch type; empty where nothing can be removed.
        rest: The object without what is removed.
        places: How many properties, lists and keys of maps are removed.
    """

    patch: dict
    rest: dict
    places: int


def removal(value, schema, patch_type, *, kept=(), path=""):
    """Return the removal of what an object may lack: leaves, whole lists, keys of maps, and what its objects may lack.

    Args:
        value: The object.
        schema: Of the object, as the CRD writes it: it says what is required.
        patch_type: Its patch.
        kept: JSON pointers of what is to be left alone, with all that it holds.
        path: The object's own pointer.
    """
    names, properties = input_names(patch_type), (schema or {}).get("properties") or {}
    patch, rest, places = {}, dict(value), 0
    for original, item in value.items():
        here = f"{path}/{original}"
        if original not in names or item is None or any(f"{here}/".startswith(f"{one}/") for one in kept):
            continue
        name = names[original]
        type_ = get_nullable_type(patch_type.fields[name].type)
        child = properties.get(original) or {}
        if (
            isinstance(item, dict)
            and (keys := _keys(item, entries_input(patch_type, original), name, type_)) is not None
        ):
            if item:
                patch |= keys
                rest[original], places = {}, places + len(item)
        elif isinstance(item, dict) and isinstance(type_, GraphQLInputObjectType):
            inner = removal(item, child, type_, kept=kept, path=here)
            if inner.patch:
                patch[name], rest[original], places = inner.patch, inner.rest, places + inner.places
        elif original not in ((schema or {}).get("required") or ()):
            patch[name], places = None, places + 1
            del rest[original]
    return Removal(patch, rest, places)


def _keys(map_, entries, name, type_):
    """Return the fields that remove every key of a map; None for what is no typed map."""
    if entries is not None:
        return {entries: [{"key": key, "value": None} for key in map_]}
    return {name: dict.fromkeys(map_)} if getattr(type_, "name", None) == "StringMapPatch" else None
