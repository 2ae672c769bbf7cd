"""Ratcheting: what was wrong before a write, and is as it was, is not held against the write.

A schema may change under resources that are stored. They stay as they are, and whoever writes one has to put right what
he touches, and nothing else. The rule follows Kubernetes' CRD ratcheting (KEP-4008); unlike there, a field that is
missing counts as untouched while it is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import identical, pointer_token
from schema_builder.merging import item_key, key_defaults
from schema_builder.structural import MISSING, ListType, NodeKind

if TYPE_CHECKING:
    from schema_builder.errors import Failure
    from schema_builder.structural import Node, Structure

__all__ = ["held_failures"]

_RULES: Final = "x-kubernetes-validations"
"""A keyword of which one place can break several: they are told apart by their messages."""


def held_failures(
    failures: Iterable[Failure],
    *,
    body: Mapping[str, Any],
    previous: Mapping[str, Any],
    previous_failures: Iterable[Failure],
    sections: Mapping[str, Structure],
) -> list[Failure]:
    """Return the failures of a body that its write has to answer for.

    A failure is passed over where the value at its path is the previous one, and failed alike. Items of lists are
    those of before if their keys are equal (``x-kubernetes-list-type: map``), else by their index or their whole value.

    Args:
        failures: All that is wrong with the body.
        body: Its sections by name.
        previous: The stored body.
        previous_failures: All that is wrong with that one.
        sections: The structure of each section.
    """
    known: dict[str, set[tuple[str, str]]] = {}
    for failure in previous_failures:
        known.setdefault(failure.path, set()).add(_what(failure))

    def is_old(failure: Failure) -> bool:
        tokens = [_name_of(token) for token in failure.path.split("/")[1:]]
        if not tokens:
            return _what(failure) in known.get("", ()) and identical(body, previous)
        structure = sections.get(tokens[0])
        node = None if structure is None else structure.root
        step = _Step(body.get(tokens[0], MISSING), previous.get(tokens[0], MISSING), node, f"/{_token(tokens[0])}")
        ends = _ends(step, tokens[1:], structure)
        return any(_what(failure) in known.get(end.path, ()) and _same(end.new, end.old) for end in ends)

    return [failure for failure in failures if not (known and is_old(failure))]


class _Step:
    """One place of a body beside the same place of the previous one, whose path it has."""

    __slots__ = ("new", "node", "old", "path")

    def __init__(self, new: Any, old: Any, node: Node | None, path: str) -> None:
        self.new = new
        self.old = old
        self.node = node
        self.path = path


def _ends(step: _Step, tokens: Sequence[str], structure: Structure | None) -> Iterator[_Step]:
    """Yield what a path may lead to, with the path that it had before."""
    if not tokens:
        yield step
        return
    for following in _next(step, tokens[0], structure):
        yield from _ends(following, tokens[1:], structure)


def _next(step: _Step, token: str, structure: Structure | None) -> Iterator[_Step]:
    node = None if step.node is None or structure is None else structure.resolve(step.node)
    if isinstance(step.new, list):
        if token.isdecimal() and int(token) < len(step.new) and isinstance(step.old, list):
            item = step.new[int(token)]
            for index in _same_items(item, int(token), step.old, node, structure):
                yield _Step(item, step.old[index], None if node is None else node.items, f"{step.path}/{index}")
        return
    new = step.new.get(token, MISSING) if isinstance(step.new, Mapping) else MISSING
    old = step.old.get(token, MISSING) if isinstance(step.old, Mapping) else MISSING
    child = None if node is None else node.properties.get(token) or node.values
    yield _Step(new, old, child, f"{step.path}/{_token(token)}")


def _same_items(item: Any, index: int, old: list[Any], node: Node | None, structure: Structure | None) -> Iterator[int]:
    keyed = node is not None and node.kind is NodeKind.LIST and node.list_type is ListType.MAP and bool(node.list_keys)
    if keyed and node is not None and node.items is not None and structure is not None:
        keys = key_defaults(node, node.items, structure)
        key = item_key(item, keys)
        yield from (at for at, one in enumerate(old) if item_key(one, keys) == key)
        return
    if index < len(old):
        yield index
    yield from (at for at, one in enumerate(old) if at != index and identical(one, item))


def _same(new: Any, old: Any) -> bool:
    if new is MISSING or old is MISSING:
        return new is old
    return identical(new, old)


def _what(failure: Failure) -> tuple[str, str]:
    return failure.keyword, failure.message if failure.keyword == _RULES else ""


def _token(name: str) -> str:
    return pointer_token(name)


def _name_of(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
