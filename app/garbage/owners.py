"""Whether owners are there: never concluded from anything but a read that is at least as new as what names them."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.kinds.builtins import BUILTIN_NAMES, builtin_key
from app.resources.deletion import FOREGROUND
from app.resources.keys import resource_key
from app.store.definitions import definition_key
from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.definition import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.kinds.registry import Registry
    from app.store.sessions import WriteSession

__all__ = ["Owners", "Standing"]

_FIELDS: Final = ("metadata.uid", "metadata.ownerReferences", "metadata.namespace", "deleting")


class _Place(NamedTuple):
    """Where resources of a kind are."""

    storage: str
    namespaced: bool


class Standing(Enum):
    """What has become of an owner."""

    PRESENT = "present"
    WAITING = "waiting"
    """It is to go when those that it owns are gone."""
    ABSENT = "absent"
    """Nothing with its uid will ever be there again."""
    UNKNOWN = "unknown"
    """It has a namespace, and what names it has none: nobody can tell which one."""


class Owners:
    """Finds owners by the references to them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    async def standings(
        self, session: WriteSession, references: Sequence[Mapping[str, Any]], *, namespace: str | None
    ) -> dict[str, Standing]:
        """Return what has become of each owner, by uid.

        Args:
            session: Has read what names them, so that it sees whatever its writer saw.
            references: To the owners.
            namespace: Of what names them: owners are in the same, or in none.
        """
        keys = {one["uid"]: self.key_of(one, namespace=namespace) for one in references}
        found = await session.outlines([key for key in keys.values() if key is not None], _FIELDS)
        standings = {}
        for one in references:
            document = found.get(keys[one["uid"]] or "")
            if document is not None and document["metadata"]["uid"] == one["uid"]:
                standings[one["uid"]] = _standing(document)
            else:
                standings[one["uid"]] = await self._sought(session, one, namespace=namespace)
        return standings

    async def waiting_ancestors(
        self, session: WriteSession, metadata: Mapping[str, Any], *, most: int = 1_000
    ) -> set[str]:
        """Return the uids of those that wait for a resource to go: its owners, theirs, and so on.

        Args:
            session: Reads.
            metadata: Of the resource.
            most: More than so many are not looked for.
        """
        seen: set[str] = set()
        pending = [(one, metadata["namespace"]) for one in metadata["ownerReferences"]]
        while pending and len(seen) < most:
            keys = {
                key: one["uid"]
                for one, namespace in pending
                if one.get("blockOwnerDeletion") and (key := self.key_of(one, namespace=namespace)) is not None
            }
            pending = []
            for key, document in (await session.outlines(list(keys), _FIELDS)).items():
                uid = document["metadata"]["uid"]
                if uid == keys[key] and uid not in seen and document.get("deleting") == FOREGROUND:
                    seen.add(uid)
                    owner = document["metadata"]
                    pending += [(one, owner["namespace"]) for one in owner["ownerReferences"]]
        return seen

    def key_of(self, reference: Mapping[str, Any], *, namespace: str | None) -> str | None:
        """Return where an owner is, as far as this server knows; None where it cannot tell."""
        served = self._registry.find(reference["kind"])
        if served is None or (served.rules.namespaced and namespace is None):
            return None
        return _key(served.storage.key, reference, namespace if served.rules.namespaced else None)

    async def _sought(self, session: WriteSession, reference: Mapping[str, Any], *, namespace: str | None) -> Standing:
        """Look for an owner wherever its kind's resources are by the stored definitions: this server may be behind."""
        places = await _places(session, reference["kind"])
        if namespace is None and any(namespaced for _, namespaced in places):
            return Standing.UNKNOWN
        keys = [_key(storage, reference, namespace if namespaced else None) for storage, namespaced in places]
        found = await session.outlines(keys, _FIELDS) if keys else {}
        for document in found.values():
            if document["metadata"]["uid"] == reference["uid"]:
                return _standing(document)
        return Standing.ABSENT


async def _places(session: WriteSession, kind: str) -> list[_Place]:
    """Return where resources of a kind may be: also where a user's kind has the name of a built-in one."""
    key = definition_key(kind)
    stored = (await session.outlines([key], ("internal.storageKey", "body.spec.scope"))).get(key)
    places = [] if kind not in BUILTIN_NAMES else [_builtin_place(kind)]
    if stored is not None:
        scope = stored["body"]["spec"].get("scope")
        places.append(_Place(stored["internal"]["storageKey"], scope != Scope.CLUSTER))
    return places


def _builtin_place(kind: str) -> _Place:
    scope = BUILTIN_DEFINITIONS[BUILTIN_NAMES.index(kind)]["scope"]
    return _Place(builtin_key(kind), scope != Scope.CLUSTER)


def _key(storage: str, reference: Mapping[str, Any], namespace: str | None) -> str:
    return resource_key(storage, namespace=namespace, name=reference["name"])


def _standing(document: Mapping[str, Any]) -> Standing:
    return Standing.WAITING if document.get("deleting") == FOREGROUND else Standing.PRESENT
