"""The work queue, and how long failures wait."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controllers.limiter import Backoff, RetryLimiter, TokenBucket
from controllers.queue import Lane, QueueClosed, WorkQueue
from controllers.testing import FakeClock


async def taken(queue: WorkQueue[str], count: int) -> list[str]:
    return [await asyncio.wait_for(queue.get(), 5) for _ in range(count)]


async def test_a_key_is_in_the_queue_once() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    for key in ("a", "b", "a", "a"):
        queue.add(key)
    assert len(queue) == 2
    assert await taken(queue, 2) == ["a", "b"]


async def test_a_key_that_is_worked_on_is_done_once_more_and_by_nobody_else_meanwhile() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    queue.add("a")
    await taken(queue, 1)
    queue.add("a")
    queue.add("a")
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.done("a")
    assert await waiting == "a"
    queue.done("a")
    assert len(queue) == 0


async def test_what_changes_now_goes_before_the_backlog_and_does_not_starve_it() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    for number in range(4):
        queue.add(f"old{number}", Lane.BACKLOG)
    for number in range(20):
        queue.add(f"new{number}")
    order = await taken(queue, 24)
    assert order[:7] == [f"new{number}" for number in range(7)]
    assert order.index("old0") == 7
    assert order.index("old1") == 15


async def test_a_key_of_the_backlog_that_changes_goes_first() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    for key in ("a", "b", "c"):
        queue.add(key, Lane.BACKLOG)
    queue.add("c")
    assert (await taken(queue, 1)) == ["c"]
    assert len(queue) == 2


async def test_the_earlier_of_two_times_counts_and_taking_a_key_calls_off_what_was_planned() -> None:
    clock = FakeClock()
    queue: WorkQueue[str] = WorkQueue(clock)
    queue.add_after("a", 60)
    queue.add_after("a", 10)
    queue.add_after("a", 30)
    clock.advance(9)
    assert len(queue) == 0
    clock.advance(1)
    assert await taken(queue, 1) == ["a"]
    queue.done("a")
    queue.add_after("a", 10)
    queue.add("a")
    await taken(queue, 1)
    queue.done("a")
    clock.advance(100)
    assert len(queue) == 0


async def test_a_closed_queue_gives_out_nothing() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.close()
    with pytest.raises(QueueClosed):
        await waiting
    queue.add("a")
    assert len(queue) == 0


async def test_a_queue_that_is_held_keeps_its_keys() -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    queue.hold(True)
    queue.add("a")
    waiting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.hold(False)
    assert await waiting == "a"


@given(st.lists(st.tuples(st.sampled_from(["add", "back", "take", "done"]), st.sampled_from("abcd")), max_size=60))
async def test_no_key_that_was_added_is_lost_and_none_is_given_out_twice(steps: list[tuple[str, str]]) -> None:
    queue: WorkQueue[str] = WorkQueue(FakeClock())
    owed: set[str] = set()
    running: set[str] = set()
    for step, key in [*steps, *[("done", key) for key in "abcd"]]:
        if step in {"add", "back"}:
            queue.add(key, Lane.LIVE if step == "add" else Lane.BACKLOG)
            owed.add(key)
        elif step == "take" and owed - running:
            got = await queue.get()
            assert got in owed
            assert got not in running
            owed.discard(got)
            running.add(got)
        elif step == "done" and key in running:
            running.discard(key)
            queue.done(key)
    while owed:
        got = await queue.get()
        owed.remove(got)
        queue.done(got)
    assert len(queue) == 0


@given(st.integers(1, 10_000))
def test_delays_grow_to_a_bound(failures: int) -> None:
    backoff = Backoff(base_seconds=0.1, most_seconds=30, jitter=0)
    assert 0.1 <= backoff.delay(failures) <= backoff.delay(failures + 1) <= 30


def test_many_failing_keys_are_tried_again_at_a_bounded_rate() -> None:
    clock = FakeClock()
    bucket = TokenBucket(rate=10, burst=5, clock=clock)
    limiter = RetryLimiter(backoff=Backoff(base_seconds=0.01, jitter=0), bucket=bucket)
    delays = [limiter.failed(f"key{number}") for number in range(105)]
    assert max(delays[:5]) == 0.01
    assert delays[-1] == pytest.approx(10)
    limiter.forget("key0")
    assert limiter.failures("key0") == 0
    assert limiter.failures("key1") == 1
