"""However a subscription ends, it says how, whether to retry, and from where to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.errors import Expired, Forbidden, KindRemoved, LimitExceeded, Unauthenticated, Unavailable
from tests.transport.support import Shelf
from tests.transport.test_subscriptions import Watching

if TYPE_CHECKING:
    from schema_builder.errors import KindgraphError


@pytest.mark.parametrize(
    ("end", "code", "retryable", "position"),
    [
        (Expired("too old"), "EXPIRED", False, None),
        (KindRemoved("gone", extensions={"resourceVersion": "107"}), "KIND_REMOVED", False, "107"),
        (LimitExceeded("too slow", retryable=True), "LIMIT_EXCEEDED", True, "101"),
        (Unavailable("draining"), "UNAVAILABLE", True, "101"),
        (Forbidden("not any more"), "FORBIDDEN", False, "101"),
        (Unauthenticated("not any more"), "UNAUTHENTICATED", False, "101"),
    ],
)
async def test_an_end_carries_its_code_and_the_position_to_go_on_from(
    end: KindgraphError, code: str, retryable: bool, position: str | None
) -> None:
    shelf = Shelf()
    async with Watching(shelf) as watching:
        shelf.added(shelf.put("a"))
        await watching.data()
        shelf.emit(end)
        error = await watching.end()
    assert error["extensions"] == {"code": code, "retryable": retryable, "resourceVersion": position}


async def test_a_watch_that_was_asked_to_begin_at_a_position_that_expired_names_none() -> None:
    shelf = Shelf()
    query = 'subscription { watchWidgets(resourceVersion: "7") { type } }'
    async with Watching(shelf, query) as watching:
        shelf.emit(Expired("too old"))
        assert (await watching.end())["extensions"]["resourceVersion"] is None


async def test_a_watch_that_ends_before_its_first_event_goes_on_from_where_it_was_to_begin() -> None:
    shelf = Shelf()
    query = 'subscription { watchWidgets(resourceVersion: "7") { type } }'
    async with Watching(shelf, query) as watching:
        shelf.emit(Unavailable("draining"))
        assert (await watching.end())["extensions"]["resourceVersion"] == "7"
