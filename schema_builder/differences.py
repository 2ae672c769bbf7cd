"""Whether two JSON values are the same, and what changed between two states of a resource, as JSON pointers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schema_builder.backend import Resource

__all__ = ["changed_paths", "identical", "pointer_token"]

_ALWAYS_CHANGED = frozenset({"resourceVersion", "updatedAt"})
"""Parts of metadata that every commit changes: naming them would say nothing."""


def pointer_token(name: str) -> str:
    """Escape one name for use in a JSON pointer (RFC 6901, section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def changed_paths(before: Resource, after: Resource) -> list[str]:
    """Return sorted JSON pointers, with original names, of the deepest places that differ.

    Objects are compared key by key; a list or scalar that differs is named whole.
    """
    old = {"metadata": _stable(before.metadata), **before.body}
    new = {"metadata": _stable(after.metadata), **after.body}
    return sorted(_differences("", old, new))


def _stable(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in metadata.items() if name not in _ALWAYS_CHANGED}


def _differences(path: str, old: Any, new: Any) -> Iterator[str]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in {*old, *new}:
            yield from _differences(f"{path}/{pointer_token(name)}", old.get(name), new.get(name))
    elif not identical(old, new):
        yield path


def identical(left: Any, right: Any) -> bool:
    """Tell whether two JSON values are the same; unlike ``==``, 1, 1.0 and true are three values."""
    if isinstance(left, Mapping):
        return (
            isinstance(right, Mapping)
            and left.keys() == right.keys()
            and all(identical(value, right[name]) for name, value in left.items())
        )
    if isinstance(left, list | tuple):
        return isinstance(right, list | tuple) and len(left) == len(right) and all(map(identical, left, right))
    if isinstance(left, int) and isinstance(right, int):
        # A stored integer may be of a subclass that tells its width.
        return isinstance(left, bool) == isinstance(right, bool) and left == right
    return type(left) is type(right) and bool(left == right)
