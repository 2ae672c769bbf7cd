"""The test kit itself."""

from __future__ import annotations

import asyncio

import pytest

from app.process.in_process import EmbeddedServers
from controllers import Context, Controller, Requeue, Resource
from controllers.testing import ControllerKit, FakeClock
from tests.controllers.conftest import WIDGET


async def test_a_kit_waits_for_what_is_stored_and_says_what_is_left(mongo_uri: str) -> None:
    controller = Controller("Widget", resync_seconds=None)
    blocked = asyncio.Event()

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> Requeue | None:
        if resource.name == "slow":
            await blocked.wait()
        ctx.status(seen=min(resource.status.get("seen", 0) + 1, 3))
        return Requeue(after=60)

    with EmbeddedServers(mongo_uri=mongo_uri) as servers:
        async with servers.server() as url, ControllerKit.running(controller, url=url) as kit:
            await kit.define(WIDGET)
            await kit.apply("Widget", "slow")
            with pytest.raises(AssertionError, match=r"not settled after 0.5 s: widget: .*'running': 1"):
                await kit.settled(patience_seconds=0.5)
            blocked.set()
            await kit.settled()
            found = await kit.get("Widget", "slow")
            assert found is not None
            assert found.status["seen"] == 3  # each write of status is a change, too
            await kit.delete("Widget", "slow")
            await kit.settled()
            assert len(kit.runtime("widget").informers[0].store) == 0


def test_time_passes_in_order() -> None:
    clock = FakeClock()
    called: list[tuple[str, float]] = []
    clock.call_later(3, lambda: called.append(("three", clock.now())))
    clock.call_later(1, lambda: clock.call_later(1, lambda: called.append(("two", clock.now()))))
    clock.call_later(2.5, lambda: called.append(("never", clock.now()))).cancel()
    clock.advance(10)
    assert called == [("two", 2), ("three", 3)]
    assert clock.now() == 10
    assert clock.next_due() is None
