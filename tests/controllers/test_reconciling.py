"""What a reconcile is called for, and what comes of it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from controllers import (
    Context,
    Controller,
    Key,
    Permanent,
    Requeue,
    Resource,
    generation_changed,
    references,
)
from controllers.client import Client
from controllers.process import ControllerProcess

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


async def test_a_reconcile_never_sees_a_state_older_than_what_it_wrote(
    resources: Resources, run_controllers: Run
) -> None:
    controller = Controller("Widget", workers=4, resync_seconds=None)
    controller.owns("Gadget")
    late: list[str] = []
    written: dict[str, int] = {}

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        if resource.status.get("seen", 0) < written.get(resource.name, 0):
            late.append(resource.name)
        if not ctx.children("Gadget"):
            await ctx.create({"kind": "Gadget", "metadata": {"generateName": f"{resource.name}-"}, "spec": {}})
        if resource.status.get("seen", 0) < 5:
            written[resource.name] = resource.status.get("seen", 0) + 1
            ctx.status(seen=written[resource.name])
            await ctx.write_status()

    kit = await run_controllers(controller)
    for name in "abc":
        await kit.apply("Widget", name)
    await kit.settled()
    assert not late
    assert written == {"a": 5, "b": 5, "c": 5}
    assert len(await kit.resources.list("Gadget")) == 3


async def test_conditions_of_several_controllers_do_not_overwrite_each_other(
    resources: Resources, run_controllers: Run
) -> None:
    def counting(name: str) -> Controller:
        controller = Controller("Widget", name=name.lower(), predicate=generation_changed, resync_seconds=None)

        @controller.reconcile
        async def reconcile(resource: Resource, ctx: Context) -> None:
            ctx.condition(name, resource.spec["size"] > 1, "Counted", f"{resource.spec['size']} pieces")

        return controller

    kit = await run_controllers(*map(counting, ("Wide", "Deep", "High")))
    for size in (1, 2, 3):
        await kit.apply("Widget", "a", spec={"size": size})
    await kit.settled()
    found = await kit.get("Widget", "a")
    assert found is not None
    told = {one["type"]: (one["status"], one["message"]) for one in found.status["conditions"]}
    assert told == dict.fromkeys(("Wide", "Deep", "High"), ("True", "3 pieces"))
    assert "observedGeneration" not in found.status["conditions"][0]  # the schema has none there


async def test_a_finalizer_keeps_a_resource_until_it_was_cleaned_up(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget", finalizer="example.org/pools")
    steps: list[str] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        steps.append("reconcile")
        assert "example.org/pools" in resource.finalizers

    @controller.finalize
    async def finalize(resource: Resource, ctx: Context) -> Requeue | None:
        steps.append("finalize")
        return Requeue(after=5) if steps.count("finalize") < 2 else None

    @controller.gone
    async def gone(key: Key, ctx: Context) -> None:
        steps.append(f"gone {key}")

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a")
    await kit.settled()
    await kit.delete("Widget", "a")
    await kit.settled()
    assert await kit.get("Widget", "a") is not None
    await kit.advance(5)
    assert await kit.get("Widget", "a") is None
    assert [step for step in steps if step != "reconcile"] == ["finalize", "finalize", "gone default/a"]


async def test_children_are_owned_and_made_again_and_what_others_manage_is_left_alone(
    resources: Resources, run_controllers: Run
) -> None:
    controller = Controller("Widget")
    controller.owns("Gadget")

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        name = resource.spec["partOf"]
        await ctx.apply({"kind": "Gadget", "metadata": {"name": name}, "spec": {"size": resource.spec["size"]}})
        ctx.event("Applied", f"{name} is there")

    kit = await run_controllers(controller)
    owner = await kit.apply("Widget", "a", spec={"size": 1, "partOf": "g"})
    await kit.settled()
    child = await kit.get("Gadget", "g")
    assert child is not None
    assert child.controller_owner is not None
    assert child.controller_owner["uid"] == owner.uid
    await kit.resources.update("Gadget", child.key, {"spec": {"size": 7}})
    await kit.settled()
    child = await kit.get("Gadget", "g")
    assert child is not None
    assert child.spec == {"size": 1}
    await kit.apply("Widget", "b", spec={"size": 2, "partOf": "g"})
    await kit.settled()
    child = await kit.get("Gadget", "g")
    assert child is not None
    assert child.spec == {"size": 1}
    failures = kit.runtime(controller).failures
    assert "belongs to Widget a" in failures[-1].message
    events = await kit.resources.list("Event")
    assert [event.spec["note"] for event in events] == ["g is there"]
    assert events[0].spec["regarding"]["uid"] == owner.uid


async def test_what_is_referred_to_wakes_those_that_refer_to_it(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget", resync_seconds=None)
    controller.watches("Gadget", references("spec.partOf"))

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        gadget = await ctx.get("Gadget", resource.spec["partOf"])
        ctx.status(seen=0 if gadget is None else gadget.spec["size"])

    kit = await run_controllers(controller)
    for name, part in (("a", "g"), ("b", "g"), ("c", "h")):
        await kit.apply("Widget", name, spec={"partOf": part})
    await kit.settled()
    await kit.apply("Gadget", "g", spec={"size": 4})
    await kit.settled()
    seen = {widget.name: widget.status["seen"] for widget in await kit.resources.list("Widget")}
    assert seen == {"a": 4, "b": 4, "c": 0}


async def test_a_paused_resource_is_left_alone_until_it_goes_on(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget")
    calls: list[str] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        calls.append(resource.name)

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a", metadata={"annotations": {"kindgraph/paused": "true"}})
    await kit.settled()
    assert calls == []
    await kit.resources.update("Widget", Key("default", "a"), {"metadata": {"annotations": {"kindgraph/paused": None}}})
    await kit.settled()
    assert calls == ["a"]


async def test_what_takes_too_long_is_cancelled_and_tried_again_and_what_cannot_succeed_is_not(
    resources: Resources, run_controllers: Run
) -> None:
    controller = Controller("Widget", timeout_seconds=10, resync_seconds=None)
    hanging = asyncio.Event()
    calls: list[str] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        calls.append(f"{resource.name} {ctx.attempt}")
        if resource.name == "b":
            raise Permanent("never")
        if ctx.attempt == 1:
            hanging.set()
            await asyncio.Event().wait()

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a")
    await hanging.wait()
    kit.clock.advance(10)
    await kit.settled()
    await kit.apply("Widget", "b")
    await kit.settled()
    await kit.advance(60)
    assert calls == ["a 1", "b 1", "a 2"] or calls == ["a 1", "a 2", "b 1"]
    messages = [failure.message for failure in kit.runtime(controller).failures]
    assert messages == ["took longer than 10 s", "never"]


async def test_everything_is_reconciled_again_after_a_while(resources: Resources, run_controllers: Run) -> None:
    controller = Controller("Widget", resync_seconds=100)
    calls: list[str] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        calls.append(resource.name)

    kit = await run_controllers(controller)
    await kit.apply("Widget", "a")
    await kit.settled()
    await kit.advance(89)
    assert calls == ["a"]
    await kit.advance(22)
    assert calls == ["a", "a"]


async def test_a_cluster_scoped_owner_is_found_from_its_children(resources: Resources, run_controllers: Run) -> None:
    await resources.create("ResourceDefinition", {"spec": {"kind": "Zone", "scope": "CLUSTER", "schema": {}}})
    controller = Controller("Zone", resync_seconds=None)
    controller.owns("Gadget")
    gone: list[Key] = []

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        await ctx.apply({"kind": "Gadget", "metadata": {"name": "g", "namespace": "n"}, "spec": {"size": 1}})
        ctx.status(children=len(ctx.children("Gadget")))

    @controller.gone
    async def forget(key: Key, ctx: Context) -> None:
        gone.append(key)

    kit = await run_controllers(controller)
    await kit.apply("Zone", "z")
    await kit.settled()
    zone = await kit.get("Zone", "z")
    assert zone is not None
    assert zone.status["children"] == 1
    assert gone == []


def test_a_controller_that_could_not_work_is_refused() -> None:
    controller = Controller("AppPool")
    assert controller.name == "app-pool"
    with pytest.raises(TypeError, match="must be an async function"):
        controller.reconcile(lambda resource, ctx: None)
    with pytest.raises(ValueError, match="finalize needs a finalizer"):
        controller.finalize(lambda resource, ctx: None)
    with pytest.raises(ValueError, match="no name for a controller"):
        Controller("Widget", name="Not a name")
    with pytest.raises(ValueError, match="has no reconcile"):
        ControllerProcess([controller], client=Client("http://127.0.0.1:1"))
