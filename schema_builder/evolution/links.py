"""Differences of references: what strings name, and what the deletion of that means.

Fields that come with a reference, and go with it, are differences for clients like those of any other field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schema_builder.evolution.change import Audience, Change, Severity
from schema_builder.links import LINK_KEYWORD, Link, OnDelete

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schema_builder.definition import Definition

__all__ = ["link_changes"]

_MEANS: Final = {
    OnDelete.NONE: "nothing happens to it",
    OnDelete.RESTRICT: "the deletion is refused",
    OnDelete.CASCADE: "it is deleted, too",
    OnDelete.SET_NULL: "the name is taken away",
}


def link_changes(before: Definition, after: Definition) -> Iterator[Change]:
    """Yield what references mean that they did not mean before."""
    known, present = _links(before), _links(after)
    for pointer, link in present.items():
        path, past = f"{pointer}/{LINK_KEYWORD}", known.get(pointer)
        if past is not None and (past.kind, past.namespace_from) != (link.kind, link.namespace_from):
            message = f"names {_target(link)} rather than {_target(past)}"
            yield Change(path, "REFERENCE_CHANGED", Audience.CLIENTS, Severity.DANGEROUS, message)
        on_delete = OnDelete.NONE if past is None else past.on_delete
        if link.on_delete is not on_delete:
            message = f"when the {link.kind} that a resource names is deleted, {_MEANS[link.on_delete]}"
            yield Change(f"{path}/onDelete", "ON_DELETE_CHANGED", Audience.RESOURCES, Severity.DANGEROUS, message)


def _links(definition: Definition) -> dict[str, Link]:
    return {link.pointer: link for links in definition.links.values() for link in links}


def _target(link: Link) -> str:
    return link.kind + (f" in the namespace of {link.namespace_from}" if link.namespace_from else "")
