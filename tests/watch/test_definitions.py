"""What a change of a definition means to those who watch its kind, and to nobody else."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

from app.errors import KindRemoved
from app.resources.keys import storage_key
from app.watch.limits import WatchLimits
from tests.watch.world import Kind, World, running, told

if TYPE_CHECKING:
    from app.store.mongo import Store


async def test_the_registry_hears_of_a_definition_before_anybody_sees_a_later_change(world: World) -> None:
    every = await world.watch_all(position=world.hub.position).started()
    defined = await world.define("Part", "1", key=1005)
    created = await world.put("p", key=storage_key(1005))

    events = await every.take(3)

    assert world.registry.told == [("changed", "Part")]
    assert [event.position for event in events] == [defined, defined, created]
    assert [told(event)[:2] for event in events] == [("ADDED", "Part"), ("KIND_CHANGED", "Part"), ("ADDED", "p")]
    assert events[2].resource.kind == "Part"


async def test_a_changed_kind_is_marked_at_the_position_of_its_definition(world: World) -> None:
    start = await world.define("Widget", "1", key=1001)
    assert await world.hub.wait_for(start, timeout_seconds=5)
    tape = await world.watch(position=start).started()
    other = await world.watch(world.gadget, position=start).started()
    await world.put("a")
    changed = await world.define("Widget", "2", key=1001)
    await world.put("b")
    await world.put("g", kind="Gadget")

    events = await tape.take(3)

    assert [told(event)[:2] for event in events] == [("ADDED", "a"), ("KIND_CHANGED", "Widget"), ("ADDED", "b")]
    assert events[1].position == changed
    assert events[1].kind.fingerprint == "2"
    assert told(await other.next())[:2] == ("ADDED", "g")


async def test_a_definition_written_without_another_shape_marks_nothing(world: World) -> None:
    await world.define("Widget", "1", key=1001)
    tape = world.watch(Kind("Widget"), position=await world.store.latest_position())
    await world.define("Widget", "1", key=1001)
    await world.put("a")
    assert told(await tape.next())[:2] == ("ADDED", "a")


async def test_a_watch_opened_on_the_newest_kind_is_not_told_of_its_past(world: World) -> None:
    start = await world.store.latest_position()
    await world.define("Widget", "2", key=1001)
    last = await world.define("Widget", "3", key=1001)
    await world.put("a")
    assert await world.hub.wait_for(last, timeout_seconds=5)
    tape = world.watch(world.registry.kinds["Widget"], position=start)
    assert told(await tape.next())[:2] == ("ADDED", "a")


async def test_a_removed_kind_ends_its_watches_after_every_deletion(world: World) -> None:
    await world.define("Widget", "1", key=1001)
    await world.put("a")
    start = await world.put("b")
    assert await world.hub.wait_for(start, timeout_seconds=5)
    tape = await world.watch(position=start).started()
    both = await world.watch(world.gadget, world.widget, position=start).started()
    every = await world.watch_all(position=start).started()
    other = await world.watch(world.gadget, position=start).started()
    key = world.registry.keys["Widget"]
    for name in ("a", "b"):
        await world.delete(name, key=key)
    removed = await world.undefine("Widget")
    await world.put("g", kind="Gadget")

    assert [told(event)[:2] for event in await tape.take(2)] == [("DELETED", "a"), ("DELETED", "b")]
    error = await tape.end()
    assert isinstance(error, KindRemoved)
    assert error.extensions["resourceVersion"] == str(removed)
    assert isinstance(await both.end(), KindRemoved)
    assert [told(event)[:2] for event in await every.take(4)] == [
        ("DELETED", "a"),
        ("DELETED", "b"),
        ("DELETED", "Widget"),
        ("ADDED", "g"),
    ]
    assert told(await other.next())[:2] == ("ADDED", "g")
    assert isinstance(await world.watch(position=start).end(), KindRemoved)


async def test_a_registry_that_is_ahead_of_the_hub_does_not_lose_the_last_deletions(world: World) -> None:
    await world.define("Widget", "1", key=1001)
    start = await world.put("a")
    assert await world.hub.wait_for(start, timeout_seconds=5)
    every = await world.watch_all(position=start).started()
    key = world.registry.keys.pop("Widget")
    del world.registry.kinds["Widget"]
    await world.delete("a", key=key)
    assert told(await every.next())[:2] == ("DELETED", "a")


async def test_a_kind_defined_again_never_sees_its_predecessor(store: Store) -> None:
    async with running(World(store, WatchLimits())) as world:
        await world.define("Widget", "1", key=1001)
        start = await world.put("old")
        await world.delete("old")
        removed = await world.undefine("Widget")
        await world.define("Widget", "1", key=1009)
        created = await world.put("new", key=storage_key(1009))
        assert await world.hub.wait_for(created, timeout_seconds=5)
        successor = world.registry.kinds["Widget"]
        assert isinstance(await world.watch(successor, position=start).end(), KindRemoved)
        tape = world.watch(successor, position=removed)
        assert told(await tape.next())[:2] == ("ADDED", "new")

    async with running(World(store, WatchLimits())) as later:
        successor = later.registry.serve(Kind("Widget"), 1009)
        error = await later.watch(successor, position=start).end()
        assert isinstance(error, KindRemoved)
        assert error.extensions["resourceVersion"] == str(removed)
        assert told(await later.watch(successor, position=removed).next())[:2] == ("ADDED", "new")


async def test_all_kinds_cannot_be_resumed_over_changes_of_a_kind_that_is_gone(store: Store) -> None:
    async with running(World(store, WatchLimits())) as world:
        start = await store.latest_position()
        await world.put("a", key="0000zz")
    async with running(World(store, WatchLimits())) as later:
        assert (await later.watch_all(position=start).end()).code.value == "EXPIRED"


async def test_the_schema_is_told_at_once(world: World) -> None:
    changes = world.watches.schema_changes(SimpleNamespace())  # type: ignore[arg-type]
    assert (await anext(changes))["kinds"] == ["Gadget", "ResourceDefinition", "Widget"]
    await changes.aclose()


async def test_a_watch_whose_kind_changed_while_it_was_opened_is_told_first(world: World) -> None:
    start = await world.define("Widget", "2", key=1001)
    assert await world.hub.wait_for(start, timeout_seconds=5)
    tape = await world.watch(world.widget, position=start).started()
    await world.put("a")
    assert [told(event)[:2] for event in await tape.take(2)] == [("KIND_CHANGED", "Widget"), ("ADDED", "a")]
