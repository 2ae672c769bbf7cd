"""What each write means to one resource, in a few lines: the model that the server is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.faults.history import Action, State, Write

__all__ = ["Content", "content_of", "differing_paths", "meant", "merged"]


class Content(NamedTuple):
    """What a client decides of a resource."""

    labels: Mapping[str, Any]
    spec: Mapping[str, Any]
    status: Mapping[str, Any]


def content_of(state: State) -> Content:
    return Content(state.labels, state.spec, state.status)


def merged(old: Any, patch: Any) -> Any:
    """Return a value after a merge patch (RFC 7386)."""
    if not isinstance(patch, Mapping):
        return patch
    result = dict(old) if isinstance(old, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def meant(write: Write, before: State | None) -> Content | None:
    """Return what a write makes of a state, None where it leaves nothing.

    Raises:
        ValueError: The write is impossible on that state.
    """
    exists = before is not None
    if write.action is Action.CREATE if exists else write.action not in (Action.CREATE, Action.APPLY):
        raise ValueError(f"a {write.action} of what {'exists' if exists else 'does not exist'}")
    if write.action is Action.DELETE:
        return None
    old = Content({}, {}, {}) if before is None else content_of(before)
    match write.action:
        case Action.CREATE | Action.REPLACE:
            return Content(write.labels, write.spec, old.status)
        case Action.PATCH | Action.APPLY | Action.NOTHING:
            return Content(merged(old.labels, write.labels), merged(old.spec, write.spec), old.status)
        case _:
            return Content(old.labels, old.spec, merged(old.status, write.status))


def differing_paths(old: Any, new: Any, path: str = "") -> set[str]:
    """Return JSON pointers of the deepest places where two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return set().union(
            *(differing_paths(old.get(name), new.get(name), f"{path}/{_escaped(name)}") for name in {*old, *new})
        )
    return set() if type(old) is type(new) and old == new else {path}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
