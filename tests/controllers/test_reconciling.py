"""What a reconcile is called for, and what comes of it."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from controllers import Context, Controller, Requeue, Resource

if TYPE_CHECKING:
    from controllers.resources import Resources
    from controllers.testing import ControllerKit

Run = Callable[..., Awaitable["ControllerKit"]]


async def test_a_reconcile_sees_each_resource_and_writes_its_status_once(
    resources: Resources, run_controllers: Run
) -> None:
    controller = Controller("Widget", workers=4)

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        ctx.status(seen=resource.spec["size"])
        ctx.condition("Ready", True, "Counted", f"{resource.spec['size']} pieces")

    kit = await run_controllers(controller)
    for number in range(5):
        await kit.apply("Widget", f"w{number}", spec={"size": number})
    await kit.settled()
    for number in range(5):
        found = await kit.get("Widget", f"w{number}")
        assert found is not None
        assert found.status["seen"] == number
        assert found.status["observedGeneration"] == 1
        assert found.condition("Ready")["status"] == "True"


async def test_what_fails_is_tried_again_later_each_time(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget")
    tries: list[float] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> Requeue | None:
        tries.append(kit.clock.now())
        if len(tries) < 4:
            raise RuntimeError("not yet")
        return None

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a", spec={"size": 1})
    await kit.settled()
    assert len(tries) == 1
    await kit.advance(10)
    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert len(pauses) == 3
    assert pauses == sorted(pauses)


async def test_a_reconcile_may_ask_to_be_called_again(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget", resync_seconds=None)
    calls: list[Any] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> Requeue:
        calls.append(kit.clock.now())
        return Requeue(after=60)

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a", spec={"size": 1})
    await kit.settled()
    await kit.advance(150)
    assert calls == [0, 60, 120]
