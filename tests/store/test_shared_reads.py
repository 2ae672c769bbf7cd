"""Reads that are shared are as new as one's own would be."""

from __future__ import annotations

import asyncio

import pytest

from app.store.shared_reads import SharedRead


class Counter:
    """A read that answers when it is let; numbers begin with 1."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = asyncio.Event()

    async def __call__(self) -> int:
        self.begun += 1
        mine = self.begun
        await self.gate.wait()
        return mine


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_those_who_ask_at_once_share_and_those_who_ask_later_get_a_later_read() -> None:
    counter = Counter()
    shared = SharedRead(counter)
    first = [asyncio.create_task(shared.get()) for _ in range(100)]
    await _turns()
    later = [asyncio.create_task(shared.get()) for _ in range(100)]
    await _turns()
    assert counter.begun == 1
    counter.gate.set()
    assert await asyncio.gather(*first) == [1] * 100
    assert await asyncio.gather(*later) == [2] * 100
    assert await shared.get() == 3


async def test_a_failure_is_of_those_who_shared_it_alone() -> None:
    failures = [ValueError("no")]

    async def read() -> int:
        if failures:
            raise failures.pop()
        return 1

    shared = SharedRead(read)
    answers = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [type(answer) for answer in answers] == [ValueError, ValueError]
    assert await shared.get() == 1


async def test_whoever_gives_up_spoils_it_for_nobody() -> None:
    counter = Counter()
    shared = SharedRead(counter)
    impatient, patient = asyncio.create_task(shared.get()), asyncio.create_task(shared.get())
    await _turns()
    impatient.cancel()
    counter.gate.set()
    assert await patient == 1
    with pytest.raises(asyncio.CancelledError):
        await impatient


async def test_a_read_that_hangs_holds_up_no_other() -> None:
    hung, counter = asyncio.Event(), Counter()
    counter.gate.set()

    async def read() -> int:
        if not hung.is_set():
            hung.set()
            await asyncio.Event().wait()
        return await counter()

    shared = SharedRead(read)
    stuck = asyncio.create_task(shared.get())
    await hung.wait()
    assert await shared.get() == 1
    await shared.close()
    stuck.cancel()
    await asyncio.gather(stuck, return_exceptions=True)
