"""Functions of lists: ``isSorted sum min max indexOf lastIndexOf``."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from cel_expr_python import cel
from google.protobuf.duration_pb2 import Duration

from schema_builder.rules.functions.declaring import LIST, Declarations, member

__all__ = ["declarations"]


def declarations() -> Declarations:
    """Return the functions of this family."""
    return {
        "isSorted": member("isSorted", _is_sorted, (LIST,), cel.Type.BOOL),
        "sum": member("sum", _sum, (LIST,), cel.Type.DYN),
        "min": member("min", _extreme(min), (LIST,), cel.Type.DYN),
        "max": member("max", _extreme(max), (LIST,), cel.Type.DYN),
        "indexOf": member("indexOf", _index_of, (LIST, cel.Type.DYN), cel.Type.INT),
        "lastIndexOf": member("lastIndexOf", _last_index_of, (LIST, cel.Type.DYN), cel.Type.INT),
    }


def _is_sorted(items: Sequence[Any]) -> bool:
    return all(one <= other for one, other in pairwise(items))


def _sum(items: Sequence[Any]) -> Any:
    if items and all(isinstance(item, datetime.timedelta) for item in items):
        total = Duration()
        total.FromTimedelta(sum(items, datetime.timedelta()))
        return total
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        raise ValueError("sum wants numbers or durations")
    return sum(items)


def _extreme(choose: Callable[[Sequence[Any]], Any]) -> Callable[[Sequence[Any]], Any]:
    def extreme(items: Sequence[Any]) -> Any:
        if not items:
            raise ValueError(f"{choose.__name__} of an empty list")
        if any(item is None for item in items):
            raise ValueError(f"{choose.__name__} of a list with null")
        return choose(items)

    return extreme


def _index_of(items: Sequence[Any], wanted: Any) -> int:
    return next((index for index, item in enumerate(items) if _equal(item, wanted)), -1)


def _last_index_of(items: Sequence[Any], wanted: Any) -> int:
    return next((index for index in reversed(range(len(items))) if _equal(items[index], wanted)), -1)


def _equal(one: Any, other: Any) -> bool:
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)
