"""The database goes away while something is to be collected."""

from __future__ import annotations

import asyncio

from pydantic import SecretStr

from app.settings import Settings
from tests.garbage.support import World
from tests.support.replica_set import running_replica_set
from tests.support.serving import running_server


async def test_what_is_to_be_collected_is_collected_when_the_database_is_back() -> None:
    with running_replica_set(size=1) as database:
        settings = Settings(mongo_uri=SecretStr(database.uri), port=0, drain_seconds=5, collector_lease_seconds=1)
        async with running_server(settings) as server:
            world = World(server)
            await world.define()
            owner, other = await world.create("owner"), await world.create("other")
            for number in range(12):
                await world.create(f"child{number}", owners=[owner])
            await world.create("shared", owners=[owner, other])
            await world.create("held", owners=[other], blocks=True, finalizers=["example.org/held"])
            await world.delete("other", propagation="FOREGROUND")
            await world.delete("owner")
            member = database.primary()
            await asyncio.to_thread(member.kill)
            await asyncio.to_thread(member.start)
            await asyncio.to_thread(database.await_whole)
            await world.until_only("other", "held")
            await world.patch("held", {"finalizers": []})
            await world.until_only()
