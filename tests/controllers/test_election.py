"""Who works, and that it is never two."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry

from controllers import Context, Controller, Resource
from controllers.client import Client
from controllers.election import PAUSED, Elector, LeaseTerms
from controllers.process import ControllerProcess
from controllers.resource import Key
from controllers.resources import Resources
from controllers.testing import FakeClock
from tests.support.proxy import Proxy

if TYPE_CHECKING:
    from controllers.clock import Clock

LEASE = Key("default", "widgets")


class Candidate:
    """One process that wants the lease, as far as it is concerned."""

    def __init__(self, identity: str, *, resources: Resources, clock: Clock) -> None:
        self.changes: list[bool] = []
        self.elector = Elector(
            LeaseTerms(LEASE, identity=identity, lease_seconds=15),
            resources=resources,
            clock=clock,
            status=lambda: {"queueDepth": 1, "host": identity},
            on_change=lambda: self.changes.append(self.elector.holds),
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Elector]:
        task = asyncio.create_task(self.elector.run())
        try:
            yield self.elector
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], *, step: Callable[[], Any] = lambda: None) -> None:
    async with asyncio.timeout(30):
        while not condition():
            step()
            await asyncio.sleep(0.01)


async def test_a_holder_that_is_cut_off_stops_before_another_begins(
    kindgraph_server: str, resources: Resources
) -> None:
    clock = FakeClock()
    async with Proxy(kindgraph_server) as proxy, Client(proxy.url) as cut_off:
        first = Candidate("first", resources=Resources(cut_off), clock=clock)
        second = Candidate("second", resources=resources, clock=clock)
        held: list[tuple[bool, bool]] = []

        def pass_time() -> None:
            clock.advance(0.2)
            held.append((first.elector.holds, second.elector.holds))

        async with first.running():
            await until(lambda: first.elector.holds)
            async with second.running():
                stored = await resources.find("Lease", LEASE)
                assert stored is not None
                assert stored.spec["holderIdentity"] == "first"
                proxy.to("http://127.0.0.1:1")
                proxy.cut()
                await until(lambda: second.elector.holds, step=pass_time)
                taken = await resources.find("Lease", LEASE)
    assert (True, True) not in held
    assert (False, False) in held
    assert first.changes == [True, False]
    assert taken is not None
    assert taken.spec["holderIdentity"] == "second"
    assert taken.spec["leaseTransitions"] == 1


async def test_a_lease_that_is_released_is_taken_at_the_next_look(resources: Resources) -> None:
    clock = FakeClock()
    first, second = (Candidate(name, resources=resources, clock=clock) for name in ("first", "second"))
    async with first.running():
        await until(lambda: first.elector.holds)
    async with second.running() as elector:
        await asyncio.sleep(0)
        await first.elector.release()
        assert not first.elector.holds
        await until(lambda: elector.holds, step=lambda: clock.advance(0.2))
        assert clock.now() < 15
        await until(lambda: second.changes == [True])


async def test_one_of_two_processes_works_and_the_other_takes_over_with_everything_known(
    kindgraph_server: str, resources: Resources
) -> None:
    worked: list[tuple[str, str]] = []

    def controller(identity: str) -> Controller:
        one = Controller("Widget", lease_seconds=3, resync_seconds=None)

        @one.reconcile
        async def reconcile(resource: Resource, ctx: Context) -> None:
            worked.append((identity, resource.name))

        return one

    async with Client(kindgraph_server) as client:
        stops = {name: asyncio.Event() for name in ("first", "second")}
        processes = {
            name: ControllerProcess([controller(name)], client=client, registry=CollectorRegistry(), identity=name)
            for name in stops
        }
        await resources.apply("Widget", {"metadata": {"name": "a"}})
        tasks = [asyncio.create_task(processes[name].run(stops[name])) for name in stops]
        await until(lambda: bool(worked))
        leader = worked[0][0]
        other = "second" if leader == "first" else "first"
        await until(lambda: processes[other].runtimes[0].synced)
        assert not processes[other].runtimes[0].works
        await resources.apply("Widget", {"metadata": {"name": "b"}})
        await until(lambda: len(worked) == 2)
        lease = await resources.find("Lease", Key("default", "widget"))
        assert lease is not None
        assert lease.status["kinds"] == ["Widget"]
        assert lease.status["paused"] is False
        stops[leader].set()
        await until(lambda: len(worked) == 4)
        stops[other].set()
        await asyncio.gather(*tasks)
    assert worked[:2] == [(leader, "a"), (leader, "b")]
    assert sorted(worked[2:]) == [(other, "a"), (other, "b")]


async def test_a_controller_is_paused_by_its_lease(kindgraph_server: str, resources: Resources) -> None:
    worked: list[str] = []
    controller = Controller("Widget", lease_seconds=1, resync_seconds=None)

    @controller.reconcile
    async def reconcile(resource: Resource, ctx: Context) -> None:
        worked.append(resource.name)

    async with Client(kindgraph_server) as client:
        stop = asyncio.Event()
        process = ControllerProcess([controller], client=client, registry=CollectorRegistry())
        running = asyncio.create_task(process.run(stop))
        runtime = process.runtimes[0]
        await until(lambda: runtime.works)
        key = Key("default", "widget")
        await resources.update("Lease", key, {"metadata": {"annotations": {PAUSED: "true"}}})
        await until(lambda: runtime.elector.paused)
        await resources.apply("Widget", {"metadata": {"name": "a"}})
        await until(lambda: len(runtime.queue) == 1)
        assert worked == []
        await resources.update("Lease", key, {"metadata": {"annotations": {PAUSED: None}}})
        await until(lambda: worked == ["a"])
        stop.set()
        await running
