"""The audits of npm ``graphql-http`` for GraphQL over HTTP: no MUST and no SHOULD missed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.transport.support import Shelf, serving

if TYPE_CHECKING:
    from tests.support.node import RunScript


async def test_every_audit_of_graphql_http_passes(node: RunScript) -> None:
    shelf = Shelf()
    async with serving(shelf.engine()) as served, node("audit.mjs", served.url) as script:
        results: list[dict[str, Any]] = json.loads(await script.output())
    assert len(results) > 50
    missed = [result for result in results if result["status"] != "ok"]
    assert missed == []
