"""What a reconcile says about its resource, collected and written at once.

Fields are a JSON merge patch. Conditions are merged into the list that is there, with the resource's version as a
precondition: where somebody else was faster, the list is read again and merged again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from controllers.conditions import with_condition

if TYPE_CHECKING:
    from controllers.kinds import Kind
    from controllers.resource import Resource

__all__ = ["StatusDraft", "merge_patched"]


class StatusDraft:
    """Changes of one status that wait to be written.

    Args:
        generation: The one that was looked at, also where the newest state has a later one.
    """

    def __init__(self, generation: int) -> None:
        self._generation = generation
        self._fields: dict[str, Any] = {}
        self._conditions: dict[str, dict[str, Any]] = {}

    def __bool__(self) -> bool:
        return bool(self._fields or self._conditions)

    def set(self, fields: Mapping[str, Any]) -> None:
        """Change fields."""
        self._fields = merge_patched(self._fields, fields, keep_nulls=True)

    def set_condition(self, condition: Mapping[str, Any]) -> None:
        """Set a condition."""
        self._conditions[condition["type"]] = dict(condition)

    def clear(self) -> None:
        """Forget all changes: they have been written."""
        self._fields = {}
        self._conditions = {}

    def patch(self, resource: Resource, kind: Kind, *, now: str) -> dict[str, Any]:
        """Return the merge patch that brings the status of a state to what was said; empty where it is there already.

        Args:
            resource: The state.
            kind: Its kind: what the status schema does not know is left out.
            now: The time of transitions.
        """
        patch = dict(self._fields)
        known = kind.status_properties()
        if known is None or "observedGeneration" in known:
            patch.setdefault("observedGeneration", self._generation)
        conditions = resource.status.get("conditions")
        properties = kind.status_properties("conditions")
        for condition in self._conditions.values():
            wanted = {"observedGeneration": self._generation, **condition}
            conditions = with_condition(conditions, wanted, now=now, known=properties)
        if self._conditions:
            patch["conditions"] = conditions
        return patch if merge_patched(resource.status, patch) != resource.status else {}

    @property
    def needs_version(self) -> bool:
        """Whether the patch depends on the state that it was made from."""
        return bool(self._conditions)


def merge_patched(value: Mapping[str, Any], patch: Mapping[str, Any], *, keep_nulls: bool = False) -> dict[str, Any]:
    """Return an object with a JSON merge patch (RFC 7386) applied.

    Args:
        value: What is there.
        patch: The changes.
        keep_nulls: The value is a patch itself: nulls stay in it.
    """
    result = dict(value)
    for name, change in patch.items():
        if change is None and not keep_nulls:
            result.pop(name, None)
        elif isinstance(change, Mapping):
            before = result.get(name)
            result[name] = merge_patched(before if isinstance(before, Mapping) else {}, change, keep_nulls=keep_nulls)
        else:
            result[name] = change
    return result
