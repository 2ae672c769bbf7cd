"""Semantic versions (``semver isSemver major minor patch``), and comparisons of all types that have an order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from cel_expr_python import cel

from schema_builder.rules.functions import quantities
from schema_builder.rules.functions.declaring import OPAQUE, Declarations, comparisons, make, member, plain, text_of

__all__ = ["declarations"]

_KIND: Final = "semver"
_NUMBER: Final = r"(0|[1-9][0-9]{0,17})"
_SHAPE: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
    r"(?:-((?:0|[1-9][0-9]{0,17}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]{0,17}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)


def declarations() -> Declarations:
    """Return the functions of this family, and ``compareTo``, ``isLessThan`` and ``isGreaterThan`` of quantities."""
    kinds = cel.Type
    flagged = (kinds.STRING, kinds.BOOL)
    return {
        "semver": [
            *plain("semver", _semver, (kinds.STRING,), OPAQUE),
            *plain("semver", _semver, flagged, OPAQUE),
        ],
        "isSemver": [
            *plain("isSemver", _is_semver, (kinds.STRING,), kinds.BOOL),
            *plain("isSemver", _is_semver, flagged, kinds.BOOL),
        ],
        **{
            name: member(name, lambda one, index=index: _parts(one)[0][index], (OPAQUE,), kinds.INT)
            for index, name in enumerate(("major", "minor", "patch"))
        },
        **comparisons(_compare),
    }


def _compare(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    if quantities.KIND in one:
        return quantities.compare(one, other)
    mine, theirs = _parts(one), _parts(other)
    return (mine > theirs) - (mine < theirs)


@lru_cache(maxsize=1024)  # the library keeps each result that is new
def _semver(text: str, lenient: bool = False) -> dict[str, str]:
    wanted = _normalized(text) if lenient else text
    if _SHAPE.fullmatch(wanted) is None:
        raise ValueError("no semantic version, such as 1.2.3 or 1.2.3-rc.1")
    return make(_KIND, wanted.partition("+")[0])


def _is_semver(text: str, lenient: bool = False) -> bool:
    return _SHAPE.fullmatch(_normalized(text) if lenient else text) is not None


def _normalized(text: str) -> str:
    """Return a version without the ``v`` before it and leading zeros, and with the parts that it lacks."""
    numbers, mark, rest = re.fullmatch(r"v?([0-9.]*)([-+]?)(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    parts = [part.lstrip("0") or "0" for part in numbers.split(".")] if numbers else []
    return ".".join([*parts, *["0"] * (3 - len(parts))]) + mark + rest


def _parts(one: Mapping[str, Any]) -> tuple[list[int], bool, list[tuple[int, int, str]]]:
    """Return what orders versions: the three numbers, whether it is a release, the identifiers of a pre-release."""
    match = _SHAPE.fullmatch(text_of(one, _KIND))
    if match is None:
        raise ValueError("no semantic version")
    numbers = [int(part) for part in match.group(1, 2, 3)]
    identifiers = match.group(4).split(".") if match.group(4) else []
    ordered = [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in identifiers]
    return numbers, not identifiers, ordered
