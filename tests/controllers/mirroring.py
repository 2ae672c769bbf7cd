"""A controller that makes a Gadget of each Widget, of the same name and size, and nothing else."""

from __future__ import annotations

from controllers import Backoff, Context, Controller, Key, Resource

controller = Controller(
    "Widget",
    name="mirror",
    workers=4,
    lease_seconds=2,
    backoff=Backoff(base_seconds=0.05, most_seconds=1),
    retries_per_second=100,
)
controller.watches("Gadget", lambda gadget: [gadget.key])


@controller.reconcile
async def reconcile(resource: Resource, ctx: Context) -> None:
    await ctx.apply(
        {"kind": "Gadget", "metadata": {"name": resource.name}, "spec": {"size": resource.spec["size"]}}, owned=False
    )


@controller.gone
async def gone(key: Key, ctx: Context) -> None:
    await ctx.delete("Gadget", key.name, key.namespace)
