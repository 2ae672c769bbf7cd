from __future__ import annotations

import asyncio

from app.services.gates import Gates


async def test_a_closing_gate_waits_for_those_inside_and_keeps_others_out() -> None:
    gates, seen = Gates(), []
    leave = asyncio.Event()

    async def passing(name: str, until: asyncio.Event | None = None) -> None:
        async with gates.passing("k"):
            seen.append(f"{name} in")
            if until is not None:
                await until.wait()
            seen.append(f"{name} out")

    async def closing(name: str) -> None:
        async with gates.closing("k"):
            seen.append(f"{name} closed")
            await asyncio.sleep(0)
            seen.append(f"{name} open")

    tasks = [asyncio.create_task(passing("a", leave))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(closing("x")), asyncio.create_task(closing("y"))]
    await asyncio.sleep(0)
    tasks.append(asyncio.create_task(passing("b")))
    async with gates.passing("other"):
        assert seen == ["a in"]
    leave.set()
    await asyncio.gather(*tasks)
    assert seen[:3] == ["a in", "a out", "x closed"]
    for name in "xy":
        assert seen.index(f"{name} open") == seen.index(f"{name} closed") + 1
    assert not gates._gates


async def test_who_gives_up_waiting_leaves_the_gate_as_it_was() -> None:
    gates, leave = Gates(), asyncio.Event()

    async def inside() -> None:
        async with gates.passing("k"):
            await leave.wait()

    async def close() -> None:
        async with gates.closing("k"):
            raise AssertionError("never inside")

    staying = asyncio.create_task(inside())
    await asyncio.sleep(0)
    giving_up = asyncio.create_task(close())
    await asyncio.sleep(0)
    giving_up.cancel()
    await asyncio.gather(giving_up, return_exceptions=True)
    async with gates.passing("k"):
        leave.set()
    await staying
    assert not gates._gates
