"""Work in the background ends when it is asked to."""

from __future__ import annotations

import asyncio

from app.tasks import end_tasks


async def test_a_task_that_loses_a_cancellation_is_cancelled_again() -> None:
    lost: list[int] = []

    async def stubborn() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                if len(lost) == 2:
                    raise
                lost.append(1)

    async def failing() -> None:
        raise RuntimeError("before it was ended")

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(failing()), None]
    await asyncio.sleep(0)
    await end_tasks(tasks)
    assert all(task is None or task.done() for task in tasks)
    assert len(lost) == 2
