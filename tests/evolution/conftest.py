"""What tests of updates say to a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

UPDATE = """mutation($p: ResourceDefinitionPatch!, $dry: Boolean) {
    updateResourceDefinition(name: "Box", patch: $p, dryRun: $dry) {
        metadata { generation }
        status { lastChange { generation safe dangerous breaking differences { path change audience severity message }
            refusedResources { count checked resources { namespace name path message } } } }
    }
}"""


class Boxes:
    """A kind ``Box`` on a server, its schema changing."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server

    async def define(self, schema: Any, **more: Any) -> None:
        spec = {"kind": "Box", "plural": "boxes", "schema": schema, **more}
        await self.server.graphql(
            "mutation($s: ResourceDefinitionSpecInput!) { createResourceDefinition(input: {spec: $s}) { id } }",
            {"s": spec},
        )

    async def update(self, dry: bool = False, **spec: Any) -> dict[str, Any]:
        """Return the whole answer of an update of the definition."""
        return await self._answer(UPDATE, {"p": {"spec": spec}, "dry": dry})

    async def put(self, name: str, **spec: Any) -> None:
        await self.server.graphql(
            "mutation($i: CreateBoxInput!) { createBox(input: $i) { id } }",
            {"i": {"metadata": {"name": name}, "spec": spec}},
        )

    async def patch(self, name: str, patch: dict[str, Any]) -> dict[str, Any]:
        """Return the whole answer of a patch of a resource."""
        return await self._answer(
            "mutation($n: String!, $p: BoxPatch!) { updateBox(name: $n, patch: $p) { raw } }", {"n": name, "p": patch}
        )

    async def _answer(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        answer = await self.server.request(query, variables)
        while "behind the database" in str(answer.get("errors")):
            answer = await self.server.request(query, variables)
        return answer

    async def raw(self, name: str) -> Any:
        found = await self.server.graphql("query($n: String!) { box(name: $n) { raw } }", {"n": name})
        return found["box"]["raw"]


@pytest.fixture
def boxes(server: RunningServer) -> Boxes:
    """A server without any kind yet."""
    return Boxes(server)
