"""The metadata that a write asks for: read from its input, merged into what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.resources.times import format_time

__all__ = ["OWNER_FIELDS", "applied_metadata", "initial_metadata", "patched_metadata", "replaced_metadata"]

OWNER_FIELDS: Final = ("kind", "name", "uid", "controller", "blockOwnerDeletion")


def initial_metadata(
    given: Mapping[str, Any], *, name: Any, namespace: str | None, uid: str, now: Any
) -> dict[str, Any]:
    """Return the metadata of a resource that is created now."""
    return {
        "name": name,
        "namespace": namespace,
        "uid": uid,
        **_chosen(given),
        "generation": 1,
        "createdAt": format_time(now),
        "updatedAt": format_time(now),
        "deletionRequestedAt": None,
    }


def replaced_metadata(current: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata whose parts that clients choose are those given, and no others."""
    return {**current, **_chosen(given)}


def patched_metadata(current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata after a JSON merge patch of labels, annotations, finalizers and owners."""
    changed = dict(current)
    for name in ("labels", "annotations"):
        if name in patch:
            changed[name] = _merged(current[name], patch[name]) if patch[name] is not None else {}
    if "finalizers" in patch:
        changed["finalizers"] = list(patch["finalizers"] or ())
    if "ownerReferences" in patch:
        changed["ownerReferences"] = _owners(patch["ownerReferences"])
    return changed


def applied_metadata(current: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata after an apply: maps merge, finalizers are a set, owners a map by uid; nothing is removed."""
    changed = dict(current)
    for name in ("labels", "annotations"):
        changed[name] = _merged(current[name], _without_nulls(given.get(name)))
    wanted = list(given.get("finalizers") or ())
    changed["finalizers"] = [*current["finalizers"], *(item for item in wanted if item not in current["finalizers"])]
    owners = {_owner_key(owner): owner for owner in current["ownerReferences"]}
    owners.update({_owner_key(owner): owner for owner in _owners(given.get("ownerReferences"))})
    changed["ownerReferences"] = list(owners.values())
    return changed


def _chosen(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "labels": _without_nulls(given.get("labels")),
        "annotations": _without_nulls(given.get("annotations")),
        "finalizers": list(given.get("finalizers") or ()),
        "ownerReferences": _owners(given.get("ownerReferences")),
    }


def _without_nulls(entries: Mapping[str, Any] | None) -> dict[str, Any]:
    return {key: value for key, value in (entries or {}).items() if value is not None}


def _merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    return _without_nulls({**current, **changes})


def _owners(given: Sequence[Any] | None) -> list[Any]:
    return [
        {name: owner[name] for name in OWNER_FIELDS if owner.get(name) is not None}
        if isinstance(owner, Mapping)
        else owner
        for owner in given or ()
    ]


def _owner_key(owner: Any) -> Any:
    return owner.get("uid") if isinstance(owner, Mapping) else id(owner)
