"""One of several server processes collects; another takes over when it is stopped, and when it dies."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any

from tests.garbage.support import TIMEOUT_SECONDS, World

if TYPE_CHECKING:
    from tests.support.serving import GraphqlClient, ServerProcess, StartServer

LEASE = """{ lease(name: "garbage-collector", namespace: "kindgraph-system") {
    spec { holderIdentity leaseTransitions } status { pid } } }"""


async def _holder(client: GraphqlClient, *, but: int = 0) -> dict[str, Any]:
    """Return the lease once it is held, by another than some process."""
    async with asyncio.timeout(TIMEOUT_SECONDS):
        while True:
            lease = (await client.graphql(LEASE))["lease"]
            if lease and lease["spec"]["holderIdentity"] and (lease["status"] or {}).get("pid") not in {None, but}:
                return dict(lease)
            await asyncio.sleep(0.1)


async def test_a_stopped_collector_is_replaced_and_does_no_harm_when_it_goes_on(
    start_server: StartServer, mongo_uri: str, database: str
) -> None:
    shared = {"mongo_uri": mongo_uri, "database": database, "collector_lease_seconds": "1"}
    processes: list[ServerProcess] = [start_server(**shared) for _ in range(2)]
    clients = {process.pid: process.graphql_client() for process in processes}
    by_pid = {process.pid: process for process in processes}
    first = World(clients[processes[0].pid])
    await first.define()
    owner, other = await first.create("owner"), await first.create("other")
    await first.create("child", owners=[owner])
    await first.create("shared", owners=[owner, other])
    leader = (await _holder(first.server))["status"]["pid"]
    follower = next(pid for pid in by_pid if pid != leader)
    world = World(clients[follower])

    by_pid[leader].send(signal.SIGSTOP)
    await world.delete("owner")
    await world.until_only("other", "shared")
    lease = await _holder(world.server, but=leader)
    assert lease["status"]["pid"] == follower
    assert lease["spec"]["leaseTransitions"] == 2
    again = await world.create("owner")
    await world.create("late", owners=[again])

    by_pid[leader].send(signal.SIGCONT)
    late = await World(clients[leader]).create("later", owners=[again, other])
    assert (await _holder(clients[leader]))["status"]["pid"] == follower
    assert set(await world.there()) == {"owner", "other", "shared", "late", "later"}
    assert late["ownerReferences"][0]["uid"] == again["uid"]

    by_pid[follower].stop(signal.SIGKILL)
    world = World(clients[leader])
    await world.delete("owner")
    await world.until_only("other", "shared", "later")
    assert (await _holder(world.server, but=follower))["spec"]["leaseTransitions"] == 3

    assert by_pid[leader].stop() == 0
    for client in clients.values():
        await client.client.aclose()
