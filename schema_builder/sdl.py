"""The SDL of a snapshot, in pieces: a server can write that of thousands of kinds without stopping for it.

It is what graphql-core prints of the lexicographically sorted schema, byte for byte, so equal sets of kinds have equal
SDL whatever order they came in. The types of a kind are built to be printed, and dropped again; their texts are kept,
packed, for as long as the kind is.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    print_type,
)
from graphql.pyutils import natural_comparison_key

from schema_builder.base import BASE, Operation
from schema_builder.packed import Packed

if TYPE_CHECKING:
    from schema_builder.compile import CompiledKind
    from schema_builder.snapshot import Snapshot

__all__ = ["kind_sdl", "print_sdl", "sdl"]

_PRINTED: Final[WeakKeyDictionary[CompiledKind, dict[str, Packed]]] = WeakKeyDictionary()
"""The texts of each kind's types, by the first name of those that stand together."""


class _Entry(NamedTuple):
    """A name in its place of the order, and how to print it. Names differ, so printers are never compared."""

    key: tuple[Any, ...]
    print: Callable[[], Iterator[str]]


Entries: TypeAlias = Iterator[_Entry]


def sdl(snapshot: Snapshot) -> str:
    """Return the whole SDL at once."""
    return "".join(print_sdl(snapshot))


def kind_sdl(kind: CompiledKind) -> str:
    """Return what one kind adds: its root fields, and then its types, each in their order."""
    roots = []
    for operation in Operation:
        fields = _field_entries(kind.root_field_names[operation], partial(_unbuilt_field, kind, operation))
        printed = "\n".join(text for entry in fields for text in entry.print())
        roots.append(f"extend type {operation.value} {{\n{printed}\n}}")
    types = (text for entry in _type_entries(kind) for text in entry.print())
    return "\n\n".join([*roots, *types]) + "\n"


def print_sdl(snapshot: Snapshot) -> Iterator[str]:
    """Yield the SDL in pieces: at most one type or root field each; empty ones while kinds are looked at."""
    separator = ""
    entries = [_shared_entries(snapshot), *map(_type_entries, snapshot.kinds.values())]
    for entry in _merged(entries):
        if entry is None:
            yield ""
            continue
        yield separator
        yield from entry.print()
        separator = "\n\n"
    yield "\n"


def _merged(sources: Iterable[Entries]) -> Iterator[_Entry | None]:
    """Merge sorted sources, as ``heapq.merge`` does; None after each source that was only begun."""
    heap: list[tuple[tuple[Any, ...], int, _Entry, Entries]] = []
    for number, source in enumerate(sources):
        first = next(source, None)
        if first is not None:
            heap.append((first.key, number, first, source))
        yield None
    heapq.heapify(heap)
    while heap:
        _, number, entry, source = heap[0]
        following = next(source, None)
        if following is None:
            heapq.heappop(heap)
        else:
            heapq.heapreplace(heap, (following.key, number, following, source))
        yield entry


def _sorted_names(names: Iterable[str]) -> list[tuple[tuple[Any, ...], str]]:
    return sorted((natural_comparison_key(name), name) for name in names)


def _shared_entries(snapshot: Snapshot) -> Entries:
    printers: dict[str, Callable[[], Iterator[str]]] = {
        name: partial(iter, (text,)) for name, text in _shared_texts().items()
    }
    for operation in Operation:
        if BASE.root_fields[operation] or snapshot.kinds:
            printers[operation.value] = partial(_print_root, operation, snapshot)
    for key, name in _sorted_names(printers):
        yield _Entry(key, printers[name])


def _type_entries(kind: CompiledKind) -> Entries:
    ordered = _sorted_names(kind.type_names)
    for _, group in groupby(ordered, key=lambda entry: entry[1].startswith(kind.name)):
        entries = list(group)
        run = _Run(kind, [name for _, name in entries])
        for index, (key, _name) in enumerate(entries):
            yield _Entry(key, partial(run.print, index))


class _Run:
    """Types of one kind that stand together, all but a few: built and printed once, kept packed for the next time.

    Whoever prints them does so in their order.
    """

    def __init__(self, kind: CompiledKind, names: list[str]) -> None:
        self._kind = kind
        self._names = names
        self._twin: CompiledKind | None = None
        self._texts: list[str] = []

    def print(self, index: int) -> Iterator[str]:
        """Yield the text of one type."""
        kept = _PRINTED.setdefault(self._kind, {})
        packed = kept.get(self._names[0])
        if index == 0:
            self._texts = [] if packed is None else packed.read()
        if index == len(self._texts):
            self._texts.append(self._printed(self._names[index]))
        yield self._texts[index]
        if index + 1 == len(self._names):
            if packed is None:
                kept[self._names[0]] = Packed.of_text(orjson.dumps(self._texts))
            self._twin, self._texts = None, []

    def _printed(self, name: str) -> str:
        self._twin = self._twin or self._kind.unbuilt()
        type_ = self._twin.type(name)
        _sort(type_)
        return print_type(type_)


def _print_root(operation: Operation, snapshot: Snapshot) -> Iterator[str]:
    """Print a root type field by field: each is printed as the only one of a type, whose frame is then left out."""
    empty = GraphQLObjectType(operation.value, {}, description=BASE.root_descriptions[operation])
    yield print_type(empty)
    separator = " {\n"
    shared = BASE.root_fields[operation]
    sources = [_field_entries(shared, shared.__getitem__)]
    for kind in snapshot.kinds.values():
        names = kind.root_field_names[operation]
        sources.append(_field_entries(names, partial(_unbuilt_field, kind, operation)))
    for entry in _merged(sources):
        if entry is not None:
            (printed,) = entry.print()
            yield separator + printed if separator != "\n" or not printed.lstrip().startswith('"') else f"\n\n{printed}"
            separator = "\n"
        else:
            yield ""
    yield "\n}"


@cache
def _shared_texts() -> Mapping[str, str]:
    types = {name: copy(type_) for name, type_ in BASE.types.items() if name not in GraphQLNamedType.reserved_types}
    for type_ in types.values():
        _sort(type_)
    return {name: print_type(type_) for name, type_ in types.items()}


def _unbuilt_field(kind: CompiledKind, operation: Operation, name: str) -> GraphQLField:
    return kind.unbuilt().field(operation, name)


def _field_entries(names: Iterable[str], get: Callable[[str], GraphQLField]) -> Entries:
    for key, name in _sorted_names(names):
        yield _Entry(key, partial(_print_field, name, get))


def _print_field(name: str, get: Callable[[str], GraphQLField]) -> Iterator[str]:
    lines = print_type(GraphQLObjectType("Frame", {name: _with_sorted_arguments(get(name))}))
    yield lines.removeprefix("type Frame {\n").removesuffix("\n}")


def _with_sorted_arguments(field: GraphQLField) -> GraphQLField:
    sorted_field = copy(field)
    sorted_field.args = _in_order(field.args)
    return sorted_field


def _sort(type_: GraphQLNamedType) -> None:
    """Put the members of a type that nobody else has into natural order."""
    match type_:
        case GraphQLObjectType() | GraphQLInterfaceType():
            type_.fields = _in_order(type_.fields)
            type_.interfaces = tuple(
                sorted(type_.interfaces, key=lambda interface: natural_comparison_key(interface.name))
            )
        case GraphQLUnionType():
            type_.types = tuple(sorted(type_.types, key=lambda member: natural_comparison_key(member.name)))
        case GraphQLInputObjectType():
            type_.fields = _in_order(type_.fields)
        case GraphQLEnumType():
            type_.values = _in_order(type_.values)


def _in_order(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: members[name] for name in sorted(members, key=natural_comparison_key)}
