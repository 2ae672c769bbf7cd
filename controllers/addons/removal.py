"""Takes an addon out of the system, once somebody has said what becomes of its kinds and their resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from controllers.addons.definitions import brought_by
from controllers.addons.reconciling import LEASE_INDEX
from controllers.controller import Requeue

if TYPE_CHECKING:
    from controllers.addons.definitions import Definitions
    from controllers.addons.reconciling import AddonState
    from controllers.context import Context
    from controllers.resource import Resource

__all__ = ["remove"]

_CONDITION: Final = "RemovalBlocked"
_LOOK_SECONDS: Final = 10.0


async def remove(addon: Resource, context: Context, *, state: AddonState, definitions: Definitions) -> Requeue | None:
    """Do the next step of a removal; None once nothing is left.

    Controllers work until the resources of their kinds are gone, as those may wait for what only they can do.
    """
    brought = [one for one in brought_by(context, addon.name) if not one.deleting]
    stored = {one.name: await definitions.count(one) for one in brought}
    choice = addon.spec.get("onRemoval")
    if choice != "RETAIN":
        await state.restore(addon)
    if choice is None and any(stored.values()):
        told = ", ".join(f"{count} of {name}" for name, count in sorted(stored.items()) if count)
        message = f"{told} are stored: set spec.onRemoval to RETAIN (they stay, and their kinds) or to DELETE"
        context.condition(_CONDITION, True, "ChooseOnRemoval", message)
        context.status(phase="Removing", message=message[:200])
        await state.tend(addon, context)
        return Requeue(after=_LOOK_SECONDS)
    if choice != "RETAIN":
        for definition in brought:
            await definitions.remove(definition)
        if brought_by(context, addon.name):
            message = (
                "the resources of its kinds are being deleted; see metadata.deletionBlockedBy of those that remain"
            )
            context.condition(_CONDITION, True, "DeletingResources", message)
            context.status(phase="Removing", message=message[:200])
            await state.tend(addon, context)
            return Requeue(after=_LOOK_SECONDS)
    await state.stop()
    for lease in context.find("Lease", LEASE_INDEX, addon.name):
        await context.delete("Lease", lease.name, lease.namespace)
    context.condition(_CONDITION, False, "Removed", "")
    definitions.forget(addon.uid)
    return None
