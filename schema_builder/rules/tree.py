"""The syntax tree of a compiled expression: what its cost and what it reads are judged by.

The library gives the tree as protocol buffers (``cel.expr.CheckedExpr`` of the CEL specification, in an ``Any``). Only
what is asked of it is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Call", "Comprehension", "Constant", "Expr", "Items", "Name", "Select", "read_tree"]


class Constant(NamedTuple):
    """A literal; ``text`` is its value where that is a string."""

    size: int
    text: str | None


class Name(NamedTuple):
    """A variable."""

    name: str


class Select(NamedTuple):
    """``operand.field``; of ``has(operand.field)``, ``test``."""

    operand: Expr
    field: str
    test: bool


class Call(NamedTuple):
    """A function or operator; the target of a member function is its first argument."""

    function: str
    arguments: tuple[Expr, ...]


class Items(NamedTuple):
    """A list, or a map with its keys and values in turn."""

    items: tuple[Expr, ...]


class Comprehension(NamedTuple):
    """A loop, as macros write it."""

    variable: str
    second: str
    over: Expr
    total: str
    start: Expr
    condition: Expr
    step: Expr
    result: Expr


Expr = Constant | Name | Select | Call | Items | Comprehension

_CHECKED, _VALUE = 4, 2
_VARINT, _FIXED64, _BYTES = 0, 1, 2
_EMPTY = Constant(0, None)


def read_tree(serialized: bytes) -> Expr:
    """Return the tree of an expression that the library has serialized."""
    return _expression(_last(_last(serialized, _VALUE), _CHECKED))


def _expression(data: bytes) -> Expr:
    for number, value in _fields(data):
        match number:
            case 3:
                return _constant(value)
            case 4:
                return Name(_last(value, 1).decode())
            case 5:
                test = any(number == 3 and value for number, value in _fields(value))
                return Select(_expression(_last(value, 1)), _last(value, 2).decode(), test)
            case 6:
                return _call(value)
            case 7:
                return Items(tuple(_expression(item) for number, item in _fields(value) if number == 1))
            case 8:
                entries = [entry for number, entry in _fields(value) if number == 2]
                return Items(tuple(part for entry in entries for part in _entry(entry)))
            case 9:
                return _comprehension(value)
    return _EMPTY


def _constant(data: bytes) -> Constant:
    for number, value in _fields(data):
        if number == 6:
            return Constant(len(value), value.decode())
        if number == 7:
            return Constant(len(value), None)
    return Constant(8, None)


def _call(data: bytes) -> Call:
    function, target, arguments = "", [], []
    for number, value in _fields(data):
        if number == 1:
            target.append(_expression(value))
        elif number == 2:
            function = value.decode()
        elif number == 3:
            arguments.append(_expression(value))
    return Call(function, (*target, *arguments))


def _entry(data: bytes) -> Iterator[Expr]:
    for number, value in _fields(data):
        if number == 2:
            yield Constant(len(value), value.decode())
        elif number in {3, 4}:
            yield _expression(value)


def _comprehension(data: bytes) -> Comprehension:
    parts: dict[int, bytes] = dict(_fields(data))

    def part(number: int) -> Expr:
        return _expression(parts.get(number, b""))

    names = {number: parts.get(number, b"").decode() for number in (1, 3, 8)}
    return Comprehension(names[1], names[8], part(2), names[3], part(4), part(5), part(6), part(7))


def _last(data: bytes, wanted: int) -> bytes:
    found = b""
    for number, value in _fields(data):
        if number == wanted:
            found = value
    return found


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a message: numbers as integers, texts and messages as bytes."""
    position, end = 0, len(data)
    while position < end:
        key, position = _varint(data, position)
        kind = key & 7
        if kind == _VARINT:
            value, position = _varint(data, position)
            yield key >> 3, value
        elif kind == _BYTES:
            length, position = _varint(data, position)
            yield key >> 3, data[position : position + length]
            position += length
        else:
            length = 8 if kind == _FIXED64 else 4
            yield key >> 3, data[position : position + length]
            position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7
