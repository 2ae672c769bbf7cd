"""What a watch brings while the hub runs."""

from __future__ import annotations

import asyncio
import random

from app.errors import Forbidden
from app.resources.selectors import parse_selector
from schema_builder.backend import EventType
from schema_builder.conditions import Comparison, Field
from schema_builder.differences import changed_paths
from tests.watch.world import World, replay, told

BIG = Field("spec", Field("size", Comparison("gt", 10)))


async def test_a_change_is_delivered_with_both_states_and_the_position_of_its_commit(world: World) -> None:
    tape = world.watch(position=await world.store.latest_position())
    created = await world.put("a", {"size": 1})
    changed = await world.put("a", {"size": 2})
    deleted = await world.delete("a")

    added, modified, removed = await tape.take(3)

    assert [event.position for event in (added, modified, removed)] == [created, changed, deleted]
    assert [told(event) for event in (added, modified, removed)] == [
        ("ADDED", "a", {"size": 1}),
        ("MODIFIED", "a", {"size": 2}),
        ("DELETED", "a", {"size": 2}),
    ]
    assert added.previous is None
    assert changed_paths(modified.previous, modified.resource) == ["/spec/size"]
    assert removed.previous is None
    assert int(modified.resource.metadata["resourceVersion"]) < changed


async def test_without_a_position_the_first_event_is_a_bookmark_with_the_one_it_starts_at(world: World) -> None:
    before = await world.put("a")
    tape = world.watch(bookmarks=True)
    bookmark = await tape.next()
    after = await world.put("b")

    assert bookmark.type is EventType.BOOKMARK
    assert before <= bookmark.position < after
    assert (await tape.next()).position == after


async def test_a_resource_that_leaves_or_enters_the_filter_is_told_with_its_other_state(world: World) -> None:
    tape = world.watch(where=BIG, position=await world.store.latest_position())
    await world.put("a", {"size": 1})
    await world.put("a", {"size": 11})
    await world.put("a", {"size": 12})
    await world.put("a", {"size": 2})
    await world.put("a", {"size": 3})
    await world.put("a", {"size": 13})
    last = await world.delete("a")

    events = await tape.until(last)

    assert [told(event) for event in events] == [
        ("ADDED", "a", {"size": 11}),
        ("MODIFIED", "a", {"size": 12}),
        ("LEFT", "a", {"size": 2}),
        ("ADDED", "a", {"size": 13}),
        ("DELETED", "a", {"size": 13}),
    ]
    assert [event.previous and event.previous.body["spec"]["size"] for event in events] == [1, 11, 12, 3, None]


async def test_scope_and_labels_decide_what_is_seen(world: World) -> None:
    start = await world.store.latest_position()
    everywhere = world.watch(position=start)
    one_namespace = world.watch(position=start, namespace="red")
    one_name = world.watch(position=start, name="a")
    labelled = world.watch(position=start, label_selector="tier in (web), !old")
    await world.put("a")
    await world.put("a", namespace="red")
    await world.put("b", namespace="red", labels={"tier": "web"})
    await world.put("b", namespace="red", labels={"tier": "web", "old": "yes"})
    last = await world.put("a", labels={"tier": "web"})

    def names(events: list) -> list:
        return [(event.type.value, event.resource.metadata["namespace"], told(event)[1]) for event in events]

    assert len(await everywhere.until(last)) == 5
    assert [event[1:] for event in names(await one_namespace.take(3))] == [("red", "a"), ("red", "b"), ("red", "b")]
    assert [event[1:] for event in names(await one_name.until(last))] == [
        ("default", "a"),
        ("red", "a"),
        ("default", "a"),
    ]
    assert names(await labelled.until(last)) == [
        ("ADDED", "red", "b"),
        ("LEFT", "red", "b"),
        ("ADDED", "default", "a"),
    ]
    assert parse_selector("tier in (web), !old").matches({"tier": "web"})


async def test_the_state_comes_first_where_it_is_asked_for(world: World) -> None:
    for number in range(5):
        await world.put(f"r{number}", {"size": number * 5})
    tape = world.watch(send_initial_events=True, where=BIG)

    *initial, synced = await tape.take(3)
    last = await world.put("r0", {"size": 50})

    assert [(event.type.value, event.position, told(event)[1], event.previous) for event in initial] == [
        ("ADDED", None, "r3", None),
        ("ADDED", None, "r4", None),
    ]
    assert synced.type is EventType.SYNCED
    assert synced.position < last
    assert (await tape.next()).position == last


async def test_kinds_share_one_stream_in_the_order_of_commits(world: World) -> None:
    start = await world.store.latest_position()
    both, every = world.watch(world.widget, world.gadget, position=start), world.watch_all(position=start)
    positions = [await world.put("a", kind=kind) for kind in ("Widget", "Gadget", "Gadget", "Widget")]

    assert [event.position for event in await both.take(4)] == positions
    assert [event.position for event in await every.take(4)] == positions


async def test_values_that_are_write_only_are_in_no_event(world: World) -> None:
    kind = type(world.widget)("Vault", secret="password")
    world.registry.serve(kind, 1003)
    tape = world.watch(kind, position=await world.store.latest_position())
    await world.put("a", {"password": "x", "user": "u"}, kind="Vault")
    assert told(await tape.next())[2] == {"user": "u"}


async def test_a_watch_from_the_version_of_an_object_begins_with_its_own_change(world: World) -> None:
    tape = world.watch(position=await world.store.latest_position())
    positions = [await world.put("a", {"size": size}) for size in range(3)]
    versions = [int(event.resource.metadata["resourceVersion"]) for event in await tape.take(3)]
    assert all(version < position for version, position in zip(versions, positions, strict=True))
    assert all(position <= version for position, version in zip(positions, versions[1:], strict=False))
    for number, version in enumerate(versions):
        again = world.watch(position=version)
        assert [event.position for event in await again.take(3 - number)] == positions[number:]


async def test_watches_that_lose_a_right_end_with_a_position_and_no_others(world: World) -> None:
    first = await world.put("a")
    await world.put("g", kind="Gadget")
    tapes = [world.watch(position=first - 1), world.watch(world.gadget, position=first - 1)]
    for tape in tapes:
        await tape.next()
    key = world.registry.keys["Widget"]
    await world.hub.end(Forbidden("no longer"), of=lambda selection: key in (selection.kinds or {}))
    end = await tapes[0].end()
    assert isinstance(end, Forbidden)
    assert not end.retryable
    assert first <= int(end.extensions["resourceVersion"]) <= world.hub.position
    last = await world.put("g", kind="Gadget")
    assert (await tapes[1].next()).position == last


async def test_a_rewrite_of_index_slots_is_no_event(world: World) -> None:
    await world.put("a")
    tape = world.watch(position=await world.store.latest_position())
    await world.store.resources.update_many({}, {"$set": {"x0": {"k": "1", "a": 1}}})
    document = await world.store.find(f"{world.registry.keys['Widget']} default a")
    assert document is not None
    await world.store.resources.replace_one({"_id": document["_id"]}, {**document, "x0": {"k": "2"}})
    last = await world.put("a", {"size": 1})
    assert [event.position for event in await tape.until(last)] == [last]


async def test_a_list_and_the_watch_from_it_meet_while_others_write(world: World) -> None:
    writing = asyncio.create_task(_write_at_random(world, 150))
    await asyncio.sleep(0)
    tapes = []
    for _ in range(10):
        position, state = await _list(world)
        tapes.append((world.watch(position=position), state))
        streamed = world.watch(send_initial_events=True)
        listed: dict = {}
        while (event := await streamed.next()).type is not EventType.SYNCED:
            listed[event.resource.metadata["name"]] = event.resource.body["spec"]
        tapes.append((streamed, listed))
    await writing
    last = await world.put("last", {"size": 0})
    final = await world.state()
    for tape, state in tapes:
        events = await tape.until(last)
        positions = [event.position for event in events]
        assert positions == sorted(set(positions))
        assert replay(events, state) == final


async def _list(world: World) -> tuple[int, dict]:
    documents, position, _ = await world.store.read(
        {"_id": {"$regex": f"^{world.registry.keys['Widget']} "}}, limit=500
    )
    return position, {document["metadata"]["name"]: document["body"]["spec"] for document in documents}


async def _write_at_random(world: World, count: int) -> None:
    chance = random.Random(7)

    async def write(writer: int) -> None:
        alive: set[str] = set()
        for number in range(count // 3):
            name = f"w{writer}-{chance.randrange(8)}"
            if name in alive and chance.random() < 0.3:
                await world.delete(name)
                alive.discard(name)
            else:
                await world.put(name, {"size": number})
                alive.add(name)

    await asyncio.gather(*(write(writer) for writer in range(3)))
