"""Brings the kinds of an addon into the server, and takes them away again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from controllers.addons.errors import AddonRefused
from controllers.addons.names import ADDON_LABEL
from controllers.errors import AlreadyExists, BadUserInput, Conflict, Invalid, LimitExceeded, NotFound, ServerError

if TYPE_CHECKING:
    from controllers.context import Context
    from controllers.resource import Resource
    from controllers.resources import Resources

__all__ = ["DEFINITION", "Definitions", "brought_by"]

DEFINITION: Final = "ResourceDefinition"
_REFUSALS: Final = (Invalid, BadUserInput, LimitExceeded, AlreadyExists)
_MAX_TOLD: Final = 10


def brought_by(context: Context, addon: str) -> Sequence[Resource]:
    """Return the definitions that an addon has brought, from memory."""
    return context.find(DEFINITION, "addon", addon)


class Definitions:
    """Writes the definitions of addons.

    Args:
        resources: The server.
    """

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._written: dict[str, tuple[str, Mapping[str, int]]] = {}

    async def install(self, addon: Resource, context: Context) -> None:
        """Have the server serve every kind of an addon as it says.

        Nothing is sent while nothing has changed since: neither what is asked for nor what is there.

        Raises:
            AddonRefused: The server refuses one, or one is not the addon's own.
            ControllerError: The server cannot be asked now.
        """
        wanted = addon.spec.get("definitions") or []
        text = json.dumps(wanted, sort_keys=True)
        there = {one.name: one.generation for one in brought_by(context, addon.name)}
        if wanted and self._written.get(addon.uid) == (text, there):
            return
        written: dict[str, int] = {}
        for number, spec in enumerate(wanted):
            try:
                definition = await self._write(spec, addon)
            except _REFUSALS as error:
                raise _refused(f"/spec/definitions/{number}", spec, error) from None
            written[definition.name] = definition.generation
        self._written[addon.uid] = (text, {**there, **written})

    def forget(self, uid: str) -> None:
        """Forget what was written for an addon."""
        self._written.pop(uid, None)

    async def _write(self, spec: Mapping[str, Any], addon: Resource) -> Resource:
        labels = {ADDON_LABEL: addon.name}
        try:
            body = {"metadata": {"labels": labels}, "spec": spec}
            return (await self._resources.create(DEFINITION, body)).resource
        except AlreadyExists as error:
            there = await self._there(spec)
            if there is None:
                raise error from None
        owner = there.labels.get(ADDON_LABEL)
        if owner != addon.name:
            whose = f"belongs to the addon {owner}" if owner else "was not brought by an addon"
            raise AddonRefused(
                f"the definition {there.name} is there already, and {whose}; to hand it over, set its label "
                f"{ADDON_LABEL} to {addon.name}",
                reason="DefinitionTaken",
            )
        if there.deleting:
            raise AddonRefused(f"the definition {there.name} is being deleted", reason="DefinitionDeleting")
        metadata = {
            name: there.metadata[name]
            for name in ("name", "labels", "annotations", "finalizers", "ownerReferences")
            if there.metadata.get(name)
        }
        return (await self._resources.replace(DEFINITION, {"metadata": metadata, "spec": spec})).resource

    async def _there(self, spec: Mapping[str, Any]) -> Resource | None:
        """Return the definition that has the name of another one."""
        names = [spec.get(one) for one in ("kind", "group", "graphqlName")]
        for one in await self._resources.list(DEFINITION):
            if [one.spec.get(name) for name in ("kind", "group", "graphqlName")] == names:
                return one
        return None

    async def remove(self, definition: Resource) -> None:
        """Delete a definition, and with it all resources of its kind."""
        try:
            await self._resources.delete(DEFINITION, definition.key)
        except (NotFound, Conflict):
            return

    async def count(self, definition: Resource) -> int:
        """Return how many resources of a kind there are."""
        try:
            kind = await self._resources.kinds.get(definition.name)
        except (NotFound, ServerError):
            return 0
        document = f"{{ result: {kind.names['plural']}(first: 0) {{ totalCount }} }}"
        return int((await self._resources.client.execute(document)).data["result"]["totalCount"])


def _refused(pointer: str, spec: Mapping[str, Any], error: ServerError) -> AddonRefused:
    told = [f"{one.get('path')}: {one.get('message')}" for one in error.failures[:_MAX_TOLD]] or [str(error)]
    return AddonRefused(f"{pointer} ({spec.get('kind')}): {'; '.join(told)}", reason="DefinitionRefused")
