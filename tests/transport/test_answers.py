"""Answers of subscriptions are completed and encoded once for all who asked alike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from app.transport.answers import Answers
from app.transport.parameters import GraphQLRequest
from schema_builder.backend import EventType, Resource, WatchEvent
from tests.transport.support import Shelf

if TYPE_CHECKING:
    from app.transport.plans import Plan

WATCH = """
    subscription($where: WidgetFilter, $version: String, $named: Boolean!) {
        watchWidgets(where: $where, resourceVersion: $version) {
            type
            object { kind metadata { name @include(if: $named) } }
        }
    }
"""


async def planned(shelf: Shelf, **variables: Any) -> Plan:
    prepared = await shelf.engine().prepare(GraphQLRequest(WATCH, {"named": True, **variables}))
    return prepared.plan


def event(position: int | None, *, of: EventType = EventType.ADDED, name: str = "a") -> WatchEvent:
    return WatchEvent(of, position, Resource("Widget", {"name": name}, {}))


class Counted:
    """A completion that counts its calls."""

    def __init__(self, size: int = 1) -> None:
        self.calls = 0
        self._size = size

    def __call__(self, _: WatchEvent) -> Any:
        self.calls += 1
        return {"call": self.calls, "text": "x" * self._size}


def answered(answers: Answers, plan: Any, complete: Counted, to: WatchEvent) -> int:
    result = answers.find(plan, to) or answers.keep(plan, to, data={"watchWidgets": complete(to)})
    call: int = orjson.loads(result.encode())["data"]["watchWidgets"]["call"]
    return call


async def test_those_who_filter_and_begin_differently_share_their_answers() -> None:
    engine = Shelf().engine()
    requests = [
        GraphQLRequest(WATCH, {"named": True}),
        GraphQLRequest(WATCH, {"named": True, "where": {"port": 5}}),
        GraphQLRequest(WATCH, {"named": True, "version": "7"}),
    ]
    plans = [(await engine.prepare(request)).plan for request in requests]
    complete = Counted()
    assert [answered(engine.answers, plan, complete, event(5)) for plan in plans] == [1, 1, 1]


async def test_what_is_selected_otherwise_is_answered_otherwise() -> None:
    engine = Shelf().engine()
    plans = [(await engine.prepare(GraphQLRequest(WATCH, {"named": named}))).plan for named in (True, False)]
    complete = Counted()
    assert [answered(engine.answers, plan, complete, event(5)) for plan in plans] == [1, 2]


async def test_those_who_may_see_different_things_share_nothing() -> None:
    plan, answers = await planned(Shelf()), Answers()
    for rights in ("reader", "owner", None):
        assert answers.find(plan, event(5), rights=rights) is None
        answers.keep(plan, event(5), data={"seen by": rights}, rights=rights)
    for rights in ("reader", "owner", None):
        found = answers.find(plan, event(5), rights=rights)
        assert found is not None
        assert orjson.loads(found.encode()) == {"data": {"seen by": rights}}


async def test_those_who_come_back_share_with_those_who_stayed() -> None:
    """Over the real field: what says where a watch begins, and what it is told beside changes, is no part of it."""
    shelf = Shelf()
    engine, seen = shelf.engine(), list[bytes]()

    async def watch(variables: dict[str, Any]) -> None:
        subscription = await engine.subscribe(GraphQLRequest(WATCH, {"named": True, **variables}))
        async for answer in subscription.events():
            seen.append(answer.result.encode())
            break

    watches = [asyncio.create_task(watch(variables)) for variables in ({}, {"version": "7"}, {"where": {"port": 1}})]
    await shelf.watched(3)
    shelf.added(shelf.put("a"))
    await asyncio.gather(*watches)
    assert len(seen) == 3
    assert len(engine.answers) == 1


async def test_every_event_has_its_own_answer() -> None:
    plan, answers, complete = await planned(Shelf()), Answers(), Counted()
    events = [event(5), event(5, of=EventType.LEFT), event(6), event(5)]
    assert [answered(answers, plan, complete, one) for one in events] == [1, 2, 3, 1]


async def test_the_initial_state_is_shared_with_nobody() -> None:
    plan, answers, complete = await planned(Shelf()), Answers(), Counted()
    initial = [event(None, name="a"), event(None, name="b")]
    assert [answered(answers, plan, complete, one) for one in initial] == [1, 2]


async def test_answers_are_bounded_in_number_and_bytes() -> None:
    plan, answers, complete = await planned(Shelf()), Answers(), Counted()
    for position in range(1_001):
        answered(answers, plan, complete, event(position))
    assert answered(answers, plan, complete, event(1_000)) == 1_001
    assert answered(answers, plan, complete, event(0)) == 1_002
    large = Counted(size=6_000_000)
    for position in (1, 2, 3):
        answered(answers, plan, large, event(position, of=EventType.MODIFIED))
    assert answered(answers, plan, large, event(3, of=EventType.MODIFIED)) == 3
    assert answered(answers, plan, large, event(1, of=EventType.MODIFIED)) == 4
