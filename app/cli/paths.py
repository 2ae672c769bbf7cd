r"""Paths of table columns: where in a resource a column's value stands.

The path of a column is a dotted path of original names, ``spec.host``, or any of the Kubernetes JSONPath forms that
CRDs use for printer columns:

    status.conditions[?(@.type=="Ready")].status      metadata.labels["a.b/c"]      metadata.labels.a\.b/c
    spec.jobs[0].command                              status.addresses[*].value

A leading ``.`` or ``$`` is passed over.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["EveryItem", "Item", "Matching", "Path", "Property", "find_values", "parse_path", "write_path"]


@dataclass(frozen=True, slots=True)
class Property:
    """The value of one property."""

    name: str


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a list; negative counts from the end."""

    index: int


@dataclass(frozen=True, slots=True)
class EveryItem:
    """All items of a list or values of an object."""


@dataclass(frozen=True, slots=True)
class Matching:
    """The items of a list whose value at a path of properties equals a scalar (or does not)."""

    path: tuple[str, ...]
    value: Any
    equal: bool = True


Step = Property | Item | EveryItem | Matching
Path = tuple[Step, ...]

_NAME: Final = re.compile(r"(?:[^.\[\]\\]|\\.)+")
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_BRACKET: Final = re.compile(
    r"""\[\s*(?:
        (?P<index>-?\d{1,9})
      | (?P<every>\*)
      | '(?P<single>(?:[^'\\]|\\.)*)'
      | "(?P<double>(?:[^"\\]|\\.)*)"
      | \?\(\s*@\.(?P<path>[\w.-]+)\s*(?P<operator>==|!=)\s*
            (?:'(?P<value1>(?:[^'\\]|\\.)*)' | "(?P<value2>(?:[^"\\]|\\.)*)"
              | (?P<bare>true|false|null|-?\d{1,15}))\s*\)
    )\s*\]""",
    re.VERBOSE,
)


def parse_path(text: str) -> Path:
    """Read a path.

    Raises:
        ValueError: It is none, or of a form that is not supported.
    """
    at = 1 if text.startswith("$") else 0
    steps: list[Step] = []
    while at < len(text):
        if text[at] == "[":
            match = _BRACKET.match(text, at)
            if match is None:
                raise ValueError(f"cannot read the path {text!r} at {text[at:]!r}")
            steps.append(_bracket(match))
        else:
            if text[at] == ".":
                at += 1
            elif steps:
                raise ValueError(f"cannot read the path {text!r} at {text[at:]!r}")
            match = _NAME.match(text, at)
            if match is None:
                raise ValueError(f"cannot read the path {text!r} at {text[at:]!r}")
            steps.append(Property(_unescaped(match.group())))
        at = match.end()
    if not steps:
        raise ValueError("the path is empty")
    return tuple(steps)


def write_path(path: Path) -> str:
    """Return the one way to write a path that every other way of writing it comes down to."""
    return "".join(_written(step) for step in path).removeprefix(".")


def find_values(root: Any, path: Path) -> list[Any]:
    """Return what stands at a path: nothing, one value, or several where the path goes through items."""
    values = [root]
    for step in path:
        values = [found for value in values for found in _children(value, step)]
    return values


def _bracket(match: re.Match[str]) -> Step:
    groups = match.groupdict()
    if groups["index"] is not None:
        return Item(int(groups["index"]))
    if groups["every"]:
        return EveryItem()
    if groups["path"]:
        quoted = groups["value1"] if groups["value1"] is not None else groups["value2"]
        value = _unescaped(quoted) if quoted is not None else json.loads(groups["bare"])
        return Matching(tuple(groups["path"].split(".")), value, groups["operator"] == "==")
    return Property(_unescaped(groups["single"] if groups["single"] is not None else groups["double"]))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _written(step: Step) -> str:
    match step:
        case Property(name):
            quoted = name.replace("\\", "\\\\").replace('"', '\\"')
            return f".{name}" if _PLAIN.fullmatch(name) else f'["{quoted}"]'
        case Item(index):
            return f"[{index}]"
        case EveryItem():
            return "[*]"
        case Matching(path, value, equal):
            operator = "==" if equal else "!="
            return f"[?(@.{'.'.join(path)}{operator}{json.dumps(value, ensure_ascii=False)})]"


def _children(value: Any, step: Step) -> Iterator[Any]:
    match step:
        case Property(name) if isinstance(value, Mapping) and name in value:
            yield value[name]
        case Item(index) if _is_list(value) and -len(value) <= index < len(value):
            yield value[index]
        case EveryItem() if _is_list(value):
            yield from value
        case EveryItem() if isinstance(value, Mapping):
            yield from value.values()
        case Matching(path, wanted, equal) if _is_list(value):
            for item in value:
                found = find_values(item, tuple(Property(name) for name in path))
                if bool(found and found[0] == wanted) is equal:
                    yield item
        case _:
            return


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)
