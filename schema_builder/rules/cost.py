"""What evaluating an expression may cost, reckoned before it is evaluated: the library can be bounded, but not stopped.

A unit is about 50 ns. The cost of a loop is that of its largest items, as many as fit into the list, and that of empty
ones for the rest: no other list of that size and length costs more, because no cost grows slower than the sizes that it
depends on. The library's own bound, 10,000 steps of all loops together, is the other bound of a loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from schema_builder.patterns import PatternRefused, compile_pattern
from schema_builder.rules.shape import NOTHING, Shape, anything, constant, merged
from schema_builder.rules.tree import Call, Comprehension, Constant, Expr, Items, Name, Select

__all__ = ["MAX_COST", "cost_of", "is_bearable", "largest_size"]

MAX_COST: Final = 2_000_000
"""Units of one evaluation: at worst nobody else runs for a tenth of a second, mostly for a fraction of it."""
SMALLEST: Final = 16
"""Characters: a rule that is too costly on less than that is of no use."""
_MAX_STEPS: Final = 10_000
_STEP: Final = 4
_CALLBACK: Final = 100
"""Units of a call of a function of ours."""
_PATTERN: Final = 400
"""Units of compiling a pattern, which the library does in each call; and of each instruction that it makes of it."""
_INSTRUCTION: Final = 30
_UNKNOWN_PATTERN: Final = 100_000
_CAP: Final = 10**18
_LARGEST: Final = 4 * 1024 * 1024
_LOGIC: Final = frozenset({"_&&_", "_||_", "!_", "@not_strictly_false", "@in", "_in_", "size", "type", "_==_", "_!=_",
                           "_<_", "_<=_", "_>_", "_>=_", "contains", "startsWith", "endsWith", "hasValue"})  # fmt: skip
_COMPARING: Final = frozenset({"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "_in_"})
_CHEAP: Final = frozenset({"_&&_", "_||_", "!_", "@not_strictly_false", "size", "type", "hasValue", "_-_", "_*_", "_/_",
                           "_%_", "-_", "dyn"})  # fmt: skip
_PART: Final = frozenset({"_[_]", "_[?_]", "_?._", "value", "orValue", "or", "optional.of", "optional.ofNonZeroValue"})
_NATIVE: Final = frozenset({
    "_+_", "_?_:_", "contains", "startsWith", "endsWith", "string", "int", "uint", "double", "bool", "bytes",
    "duration", "timestamp", "lowerAscii", "upperAscii", "trim", "substring", "charAt", "split", "join", "replace",
    "format", "reverse", "strings.quote", "cel.@mapInsert", "sets.contains", "sets.equivalent", "sets.intersects",
})  # fmt: skip


class _Price(NamedTuple):
    """What an expression costs and returns.

    Attributes:
        total: Units, whatever the number of steps.
        line: Units outside of loops.
        step: The most units of one step of any loop inside.
        shape: The bound of the value.
    """

    total: int
    line: int
    step: int
    shape: Shape


def cost_of(tree: Expr, variables: Mapping[str, Shape]) -> int:
    """Return an upper bound of the units that an evaluation takes."""
    price = _price(tree, variables)
    copied = sum(shape.size for shape in variables.values()) // 2
    return copied + _bound(price)


def is_bearable(tree: Expr, names: tuple[str, ...]) -> bool:
    """Tell whether an evaluation on the smallest variables is within ``MAX_COST``."""
    return cost_of(tree, dict.fromkeys(names, anything(SMALLEST))) <= MAX_COST


def largest_size(tree: Expr, names: tuple[str, ...]) -> int:
    """Return the largest size of variables (together) for which an evaluation surely is within ``MAX_COST``."""
    size = SMALLEST
    if not is_bearable(tree, names):
        return 0
    while size < _LARGEST and cost_of(tree, dict.fromkeys(names, anything(size * 2))) <= MAX_COST:
        size *= 2
    return size


def _bound(price: _Price) -> int:
    return min(price.total, price.line + _MAX_STEPS * price.step, _CAP)


def _price(expr: Expr, variables: Mapping[str, Shape]) -> _Price:
    match expr:
        case Constant(size, _):
            return _Price(1, 1, 0, constant(size))
        case Name(name):
            return _Price(1, 1, 0, variables.get(name, NOTHING))
        case Select(operand, _, test):
            inner = _price(operand, variables)
            return _sum(2, [inner], constant(5) if test else inner.shape.part)
        case Items(items):
            return _of_items([_price(item, variables) for item in items])
        case Call("matches", (text, pattern)):
            return _of_pattern(pattern, [_price(text, variables), _price(pattern, variables)])
        case Call(function, arguments):
            return _of_call(function, [_price(argument, variables) for argument in arguments])
        case Comprehension():
            return _of_loop(expr, variables)


def _sum(own: int, parts: list[_Price], shape: Shape) -> _Price:
    own = min(own, _CAP)
    total = min(own + sum(part.total for part in parts), _CAP)
    line = min(own + sum(part.line for part in parts), _CAP)
    return _Price(total, line, max((part.step for part in parts), default=0), shape)


def _of_items(parts: list[_Price]) -> _Price:
    item = NOTHING
    for part in parts:
        item = merged(item, part.shape)
    size = min(2 + sum(part.shape.size + 2 for part in parts), _CAP)
    return _sum(2 + 2 * len(parts), parts, Shape(size, len(parts), item, fixed=item.fixed))


def _of_call(function: str, parts: list[_Price]) -> _Price:
    shapes = [part.shape for part in parts]
    sizes = [shape.size for shape in shapes]
    together = sum(sizes)
    if function in _COMPARING:
        fixed = [shape.size for shape in shapes if shape.fixed]
        compared = max(fixed) if fixed and function != "@in" else together
        return _sum(2 + compared // 2, parts, constant(5))
    if function in _CHEAP:
        return _sum(1, parts, constant(8))
    if function in _PART:
        return _sum(2, parts, merged(shapes[0].part, shapes[-1]) if function.startswith("o") else shapes[0].part)
    if function == "_?_:_":
        return _sum(1, parts, merged(shapes[1], shapes[2]))
    if function == "_+_":
        item = None if shapes[0].item is None or shapes[1].item is None else merged(shapes[0].item, shapes[1].item)
        shape = Shape(min(together, _CAP), shapes[0].length + shapes[1].length, item, all(one.fixed for one in shapes))
        return _sum(2 + together // 8, parts, shape)
    return _of_function(function, parts, sizes)


def _of_function(function: str, parts: list[_Price], sizes: list[int]) -> _Price:
    together, product = sum(sizes), 1
    for size in sizes:
        product = min(product * (size + 1), _CAP)
    if function == "split":
        return _sum(5 + together // 2, parts, Shape(together * 4 + 8, sizes[0] + 1))
    if function in {"replace", "join"}:
        return _sum(5 + product // 8, parts, anything(product))
    if function.startswith("sets."):
        return _sum(5 + product // 4, parts, constant(5))
    if function == "format":
        size = together * 8 + 1_000 * (sizes[0] // 2 + 1)
        return _sum(20 + size // 8, parts, anything(size))
    if function in _LOGIC:
        return _sum(2 + together // 32, parts, constant(5))
    if function in _NATIVE:
        return _sum(5 + together // 4, parts, anything(together * 4 + 40))
    if function in {"find", "findAll"} and len(sizes) > 1:
        return _sum(_CALLBACK + sizes[0] * (sizes[1] // 32 + 1) // 4 + sizes[1] * 10, parts, anything(sizes[0] * 4))
    return _sum(_CALLBACK + together, parts, anything(together * 4 + 100))


def _of_pattern(pattern: Expr, parts: list[_Price]) -> _Price:
    """Return the price of a match; the library compiles the pattern in each call."""
    match pattern:
        case Constant(_, str(text)):
            units = _units_of_pattern(text)
        case _:
            units = _UNKNOWN_PATTERN
    matched = parts[0].shape.size * (parts[1].shape.size // 32 + 1) // 4
    return _sum(units + matched, parts, constant(5))


@lru_cache(maxsize=1024)
def _units_of_pattern(text: str) -> int:
    try:
        return _PATTERN + _INSTRUCTION * compile_pattern(text).program_size
    except PatternRefused:
        return _PATTERN


def _of_loop(loop: Comprehension, variables: Mapping[str, Shape]) -> _Price:
    over, start = _price(loop.over, variables), _price(loop.start, variables)
    count = over.shape.length
    part = over.shape.part
    large = -(-over.shape.size // max(part.size, 1)) if count else 0
    large = min(large, count)
    inside = {**variables, loop.total: constant(8)}
    big, small = (
        [_price(body, {**inside, loop.variable: item, loop.second: item}) for body in (loop.condition, loop.step)]
        for item in (part, NOTHING)
    )
    steps = large * (sum(one.total for one in big) + _STEP)
    steps += (count - large) * (sum(one.total for one in small) + _STEP)
    built = _built(loop, {**inside, loop.variable: part, loop.second: part}, large, count, start.shape)
    result = _price(loop.result, {**variables, loop.total: built})
    price = _sum(5, [over, start, result], result.shape)
    if not count:
        return price
    step = max(sum(one.line for one in big) + _STEP, *(one.step for one in big))
    return price._replace(total=min(price.total + steps, _CAP), step=max(price.step, step))


def _built(loop: Comprehension, inside: Mapping[str, Shape], large: int, count: int, start: Shape) -> Shape:
    """Return the bound of what a loop builds up: a list or map of what each step adds, else a number or truth value."""
    added = _added(loop.step, loop.total)
    if added is None:
        return merged(start, constant(8))
    count = min(count, _MAX_STEPS)
    item = NOTHING
    size = start.size
    for part in added:
        big = _price(part, inside).shape
        small = _price(part, {**inside, loop.variable: NOTHING, loop.second: NOTHING}).shape
        item = merged(item, big)
        size += min(large * big.size + max(count - large, 0) * small.size, count * big.size) + 2 * count
    return Shape(min(size, _CAP), start.length + count, item)


def _added(step: Expr, total: str) -> tuple[Expr, ...] | None:
    match step:
        case Call("_+_", (Name(name), Items(items))) if name == total:
            return items
        case Call("cel.@mapInsert", (Name(name), *entries)) if name == total:
            return tuple(entries)
        case Call("_?_:_", (_, *branches)):
            return next((found for one in branches if (found := _added(one, total)) is not None), None)
    return None
