"""Parts of the hub that need no database."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.watch.history import History
from app.watch.lag import Lag
from app.watch.waiting import PositionWaiters


def _change(position: int, key: str = "k", weight: int = 1) -> Any:
    return SimpleNamespace(position=position, storage_key=key, weight=weight)


@given(
    keys=st.lists(st.sampled_from("abc"), max_size=40),
    max_events=st.integers(1, 20),
    max_bytes=st.integers(1, 60),
    weights=st.lists(st.integers(1, 10), min_size=40, max_size=40),
    wanted=st.none() | st.sets(st.sampled_from("abc")),
    since=st.integers(0, 45),
)
def test_a_history_has_all_changes_after_every_position_that_it_covers(
    keys: list[str], max_events: int, max_bytes: int, weights: list[int], wanted: set[str] | None, since: int
) -> None:
    history = History(start=0, max_events=max_events, max_bytes=max_bytes)
    changes = [_change(position, key, weights[position - 1]) for position, key in enumerate(keys, 1)]
    for change in changes:
        history.append(change)
    assert len(history) <= max_events
    assert history.bytes <= max_bytes
    assert history.end == len(changes)
    if history.covers(since):
        expected = [one for one in changes if one.position > since and (wanted is None or one.storage_key in wanted)]
        assert list(history.since(since, keys=wanted)) == expected


async def test_waiters_that_gave_up_are_forgotten() -> None:
    waiters = PositionWaiters()
    assert not any([await waiters.wait(1 << 62, timeout_seconds=0) for _ in range(500)])
    assert len(waiters) < 100
    patient = asyncio.gather(*(waiters.wait(position, timeout_seconds=5) for position in (3, 1, 2)))
    await asyncio.sleep(0)
    waiters.reached(2)
    waiters.reached(3)
    assert await patient == [True, True, True]


def test_lag_is_measured_from_the_newest_moment_whose_position_was_reached() -> None:
    lag = Lag()
    start = lag.seconds
    lag.saw(10, asked_at=-100.0)
    lag.saw(20, asked_at=-50.0)
    lag.reached(9)
    assert abs(lag.seconds - start) < 10
    lag.reached(10)
    before = lag.seconds
    lag.reached(25)
    assert 49 < before - lag.seconds < 51
