"""A server that goes and comes back in the middle of a watch."""

from __future__ import annotations

import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

from playwright.sync_api import Page, expect

from tests.e2e.conftest import serve
from tests.e2e.support import Kindgraph, check_accessibility

if TYPE_CHECKING:
    from tests.support.serving import ServerProcess

OpenPage = Callable[..., Page]


def test_a_restart_is_told_and_caught_up_with(
    open_page: OpenPage, kindgraph: Kindgraph, process: ServerProcess, mongo_uri: str
) -> None:
    kindgraph.define()
    kindgraph.create("before")
    page = open_page("/resources/Box")
    expect(page.get_by_role("row").filter(has_text="before")).to_be_visible()
    port = int(process.url.rsplit(":", 1)[1])
    database = process.environment["KINDGRAPH_DATABASE"]
    process.stop(signal.SIGKILL)
    expect(page.get_by_role("alert")).to_contain_text("The connection to the server is lost.")
    check_accessibility(page)
    again = serve(mongo_uri, database, port=port)
    try:
        assert again.url
        kindgraph.create("meanwhile")
        expect(page.get_by_role("row").filter(has_text="meanwhile")).to_be_visible(timeout=30_000)
        expect(page.get_by_role("alert")).to_have_count(0)
        kindgraph.update("before", spec={"port": 9})
        expect(page.get_by_role("row").filter(has_text="before")).to_contain_text("9")
    finally:
        again.stop(signal.SIGKILL)
