"""Whatever is written, whenever a watch begins and wherever it reads from: it brings what the database committed.

The truth is what the oplog says, read without any of the code under test; each watch is compared with it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from bson.timestamp import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.resources.keys import namespace_range
from app.watch.limits import WatchLimits
from schema_builder.backend import EventType, WatchEvent
from schema_builder.conditions import Comparison, Field
from tests.watch.world import Kind, Tape, World, opened, running

if TYPE_CHECKING:
    from app.store.mongo import Store

NAMES, NAMESPACES = ("a", "b"), ("blue", "red")
LONG = WatchLimits(bookmark_seconds=0.02)
SHORT = WatchLimits(bookmark_seconds=0.02, history_events=3, queue_events=8)
"""Of a server whose history holds little: most of what is older than a moment comes from the oplog."""


class Write(NamedTuple):
    """One thing done; a size of None deletes, a name of None deletes all of a namespace at once."""

    kind: int
    namespace: str
    name: str | None
    size: int | None
    tier: str | None


class Spec(NamedTuple):
    """What a watch asks for; ``begin`` is a place in the history, from the newest to the oldest."""

    kinds: tuple[int, ...]
    namespace: str | None
    name: str | None
    more_than: int | None
    selector: str | None
    begin: int


class Commit(NamedTuple):
    """One change as the oplog has it: a state is ``(size, tier)``."""

    position: int
    kind: int
    namespace: str
    name: str
    before: tuple[int, str | None] | None
    after: tuple[int, str | None] | None


writes = st.one_of(
    st.builds(
        Write, st.integers(0, 1), st.sampled_from(NAMESPACES), st.sampled_from(NAMES), st.integers(0, 9),
        st.sampled_from([None, "web", "db"]),
    ),
    st.builds(Write, st.integers(0, 1), st.sampled_from(NAMESPACES), st.sampled_from(NAMES), st.none(), st.none()),
    st.builds(Write, st.integers(0, 1), st.sampled_from(NAMESPACES), st.none(), st.none(), st.none()),
)  # fmt: skip
specs = st.builds(
    Spec,
    st.sampled_from([(0,), (1,), (0, 1)]),
    st.sampled_from([None, *NAMESPACES]),
    st.sampled_from([None, *NAMES]),
    st.one_of(st.none(), st.integers(0, 9)),
    st.sampled_from([None, "tier=web", "tier in (web, db)", "!tier"]),
    st.integers(0, 20),
)


@dataclass
class Laws:
    """Two servers of one database; a third one is started for every example."""

    runner: asyncio.Runner
    store: Store
    servers: list[World]
    next_key: Iterator[int] = field(default_factory=lambda: iter(range(2000, 9000)))


@pytest.fixture(scope="module")
def laws(mongo_uri: str) -> Iterator[Laws]:
    database = f"test_{secrets.token_hex(8)}"
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def begin() -> Laws:
            store = await stack.enter_async_context(opened(mongo_uri, database))
            servers = [await stack.enter_async_context(running(World(store, limits))) for limits in (LONG, SHORT)]
            return Laws(runner, store, servers)

        made = runner.run(begin())
        yield made
        runner.run(made.store.client.drop_database(database))
        runner.run(stack.aclose())


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(writes, min_size=3, max_size=14), st.lists(specs, min_size=1, max_size=4))
def test_every_watch_brings_what_was_committed_exactly_once_and_in_order(
    laws: Laws, done: list[Write], asked: list[Spec]
) -> None:
    laws.runner.run(_check(laws, done, asked))


async def _check(laws: Laws, done: list[Write], asked: list[Spec]) -> None:
    kinds = [(Kind(f"Part{key}"), key) for key in (next(laws.next_key), next(laws.next_key))]
    for server in laws.servers:
        _serve(server, kinds)
    start = await laws.store.latest_position()
    live = [(spec, _watch(server, kinds, spec, start)) for spec in asked for server in laws.servers]
    heard = [asyncio.create_task(tape.next()) for _, tape in live]
    await asyncio.sleep(0)
    for write in done:
        await _write(laws.servers[0], kinds, write)
    last = await laws.store.latest_position()
    commits = await _truth(laws.store, laws.servers[0], kinds, start)

    async with running(World(laws.store, LONG)) as later:
        _serve(later, kinds)
        for (spec, tape), first in zip(live, heard, strict=True):
            events = [await first]
            await _compare(spec, await _rest(tape, events, last), commits, start)
        for spec in asked:
            begin = [start, *(commit.position for commit in commits)][-1 - min(spec.begin, len(commits))]
            for server in (*laws.servers, later):
                resumed = _watch(server, kinds, spec, begin)
                await _compare(spec, await _rest(resumed, [await resumed.next()], last), commits, begin)
                await resumed.close()
        for _, tape in live:
            await tape.close()


def _serve(server: World, kinds: list[tuple[Kind, int]]) -> None:
    for kind, key in kinds:
        server.registry.serve(kind, key)


def _watch(server: World, kinds: list[tuple[Kind, int]], spec: Spec, position: int) -> Tape:
    where = None if spec.more_than is None else Field("spec", Field("size", Comparison("gt", spec.more_than)))
    return server.watch(
        *(kinds[number][0] for number in spec.kinds),
        namespace=spec.namespace,
        name=spec.name,
        where=where,
        label_selector=spec.selector,
        position=position,
        bookmarks=True,
    )


async def _write(server: World, kinds: list[tuple[Kind, int]], write: Write) -> None:
    kind = kinds[write.kind][0].name
    if write.name is None:
        keys = namespace_range(server.registry.keys[kind], write.namespace)
        await server.store.resources.delete_many({"_id": {"$gt": keys.after, "$lt": keys.before}})
    elif write.size is not None:
        labels = {} if write.tier is None else {"tier": write.tier}
        await server.put(write.name, {"size": write.size}, kind=kind, namespace=write.namespace, labels=labels)
    elif await server.store.find(f"{server.registry.keys[kind]} {write.namespace} {write.name}") is not None:
        await server.delete(write.name, kind=kind, namespace=write.namespace)


async def _truth(store: Store, server: World, kinds: list[tuple[Kind, int]], start: int) -> list[Commit]:
    """Read what was committed from the oplog."""
    numbers = {server.registry.keys[kind.name]: number for number, (kind, _) in enumerate(kinds)}
    after = Timestamp(start >> 32, start & 0xFFFF_FFFF)
    ns = f"{store.database.name}.resources"
    states: dict[str, tuple[int, str | None]] = {}
    found: list[Commit] = []
    async for entry in store.client["local"]["oplog.rs"].find({"ns": ns, "ts": {"$gt": after}}).sort("$natural", 1):
        key = entry["o"]["_id"] if "_id" in entry["o"] else entry["o2"]["_id"]
        storage, namespace, name = key.split(" ")
        if storage not in numbers:
            continue
        before = states.pop(key, None)
        if entry["op"] != "d":
            states[key] = entry["o"]["body"]["spec"]["size"], entry["o"]["metadata"]["labels"].get("tier")
        position = (entry["ts"].time << 32) | entry["ts"].inc
        found.append(Commit(position, numbers[storage], namespace, name, before, states.get(key)))
    return found


async def _rest(tape: Tape, events: list[WatchEvent], last: int) -> list[WatchEvent]:
    """Read on until a bookmark says that all up to a position has been brought."""
    while events[-1].type is not EventType.BOOKMARK or (events[-1].position or 0) < last:
        events.append(await tape.next())
    return events


async def _compare(spec: Spec, events: list[WatchEvent], commits: list[Commit], begin: int) -> None:
    positions = [event.position for event in events]
    assert positions == sorted(positions), "a bookmark promised what came later"
    brought = [_told(event) for event in events if event.type is not EventType.BOOKMARK]
    assert brought == [one for commit in commits if commit.position > begin and (one := _expected(spec, commit))]


def _told(event: WatchEvent) -> tuple[Any, ...]:
    assert event.resource is not None
    metadata = event.resource.metadata
    return (
        event.type.value,
        event.position,
        metadata["namespace"],
        metadata["name"],
        *map(_state, (event.resource, event.previous)),
    )


def _state(resource: Any) -> tuple[int, str | None] | None:
    return None if resource is None else (resource.body["spec"]["size"], resource.metadata["labels"].get("tier"))


def _expected(spec: Spec, commit: Commit) -> tuple[Any, ...] | None:
    in_scope = (
        commit.kind in spec.kinds and spec.namespace in (None, commit.namespace) and spec.name in (None, commit.name)
    )
    had, has = _takes(spec, commit.before), _takes(spec, commit.after)
    if not in_scope or not (had or has):
        return None
    where = commit.position, commit.namespace, commit.name
    if commit.after is None:
        return "DELETED", *where, commit.before, None
    kind = ("MODIFIED" if had else "ADDED") if has else "LEFT"
    return kind, *where, commit.after, commit.before


def _takes(spec: Spec, state: tuple[int, str | None] | None) -> bool:
    if state is None:
        return False
    size, tier = state
    by_label = {None: True, "tier=web": tier == "web", "tier in (web, db)": tier in ("web", "db"), "!tier": not tier}
    return (spec.more_than is None or size > spec.more_than) and by_label[spec.selector]
