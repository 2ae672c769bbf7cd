"""Filters that a document must pass, and such that it must not: one of each for every leaf of it."""

from typing import NamedTuple

from graphql import GraphQLEnumType, get_named_type, get_nullable_type

from tests.corpus.translation import entries_input, flat, input_names

FAR = 1_000_003


class LeafFilter(NamedTuple):
    """What one leaf can be asked.

    Attributes:
        path: Where the leaf is, for messages.
        passing: A filter that the document passes, by the leaf's value.
        failing: One that it does not pass, by a value that is nowhere near; None where there is no other value.
        typed: Whether values can be compared at all: of JSON, only existence can be asked.
        far: No other item of a list will have the value of ``failing`` by accident.
    """

    path: str
    passing: dict
    failing: dict | None
    typed: bool
    far: bool = True


def leaf_filters(value, filter_type, *, path=""):
    """Yield the filters of all leaves of a value, as inputs of a filter type."""
    filter_type = get_nullable_type(filter_type)
    fields = filter_type.fields
    if "_and" not in fields:
        yield from _of_leaf(value, fields, path)
    elif isinstance(value, list):
        for at, item in enumerate(value):
            for one in leaf_filters(item, filter_type, path=f"{path}/{at}"):
                yield one if one.far or len(value) == 1 else one._replace(failing=None)
    elif isinstance(value, dict):
        for original, name in input_names(filter_type).items():
            if value.get(original) is not None:
                beside = entries_input(filter_type, original)
                inner = _of_property(value[original], fields, name, beside, f"{path}/{original}")
                yield from (_within(one, field) for field, one in inner)


def _of_property(value, fields, name, beside, path):
    if beside is None:
        yield from ((name, one) for one in leaf_filters(value, fields[name].type, path=path))
        return
    for map_ in flat([value]):
        for key, item in map_.items():
            entry = {"key": key, "value": item}
            found = leaf_filters(entry, fields[beside].type, path=path)
            yield from ((beside, _keyed(one, key)) for one in found)


def _keyed(leaf, key):
    """Return the filter of a value, asked of the entry with one key."""
    here = {"key": {"eq": key}}
    return leaf._replace(passing={**here, **leaf.passing}, failing=leaf.failing and {**here, **leaf.failing})


def _within(leaf, name):
    return leaf._replace(passing={name: leaf.passing}, failing=leaf.failing and {name: leaf.failing})


def _of_leaf(value, fields, path):
    if "eq" not in fields:
        yield LeafFilter(path, {"exists": True}, {"exists": False}, typed=False, far=False)
        return
    type_ = get_named_type(fields["eq"].type)
    values = list(flat([value]))
    for item in values:
        if item is not None:
            other = _other(item, values, type_)
            far = not isinstance(other, bool) and not isinstance(type_, GraphQLEnumType)
            yield LeafFilter(path, {"eq": item}, None if other is None else {"eq": other}, typed=True, far=far)


def _other(item, values, type_):
    """Return a value of the type that is not among some."""
    if isinstance(type_, GraphQLEnumType):
        candidates = list(type_.values)
    elif type_.name == "DateTime":
        candidates = ["1901-02-03T04:05:06Z"]
    elif isinstance(item, bool):
        candidates = [not item]
    elif isinstance(item, str):
        candidates = [f"{item}~"]
    else:
        candidates = [item - FAR if item > 0 else item + FAR]
    return next((one for one in candidates if one not in values), None)
