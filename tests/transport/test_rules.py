"""Rules in CEL, as clients meet them over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

KEYWORD = "x-kubernetes-validations"
DEFINE = "mutation($spec: CreateResourceDefinitionInput!) { createResourceDefinition(input: $spec) { id } }"
COUNT: dict[str, Any] = {"type": "integer", "format": "int32"}
SPEC = {
    "type": "object",
    "properties": {
        "min": COUNT,
        "max": COUNT,
        "zone": {"type": "string", KEYWORD: [{"rule": "self == oldSelf", "message": "cannot be moved"}]},
    },
    KEYWORD: [{"rule": "!has(self.min) || self.min <= self.max", "message": "min is above max", "fieldPath": ".min"}],
}
STATUS = {
    "type": "object",
    "properties": {"ready": {**COUNT, KEYWORD: [{"rule": "self >= oldSelf", "message": "goes down"}]}},
}
WHOLE = [{"rule": "!has(self.status) || self.status.ready <= self.spec.max", "message": "more than max"}]


def definition(**more: Any) -> dict[str, Any]:
    return {"spec": {"spec": {"kind": "Pool", "schema": SPEC, "statusSchema": STATUS, "rules": WHOLE, **more}}}


@pytest.fixture
async def pools(server: RunningServer) -> RunningServer:
    await server.graphql(DEFINE, definition())
    await server.graphql(
        'mutation { createPool(input: {metadata: {name: "a"}, spec: {min: 1, max: 3, zone: "x"}}) { id } }'
    )
    return server


async def failures(server: RunningServer, mutation: str) -> list[tuple[str, str]]:
    [error] = (await server.settled(f"mutation {{ {mutation} }}"))["errors"]
    assert error["extensions"]["code"] == "INVALID"
    assert {failure["keyword"] for failure in error["extensions"]["failures"]} == {KEYWORD}
    return [(failure["path"], failure["message"]) for failure in error["extensions"]["failures"]]


async def test_every_write_asks_the_rules(pools: RunningServer) -> None:
    wrong = 'metadata: {name: "a"}, spec: {min: 4, max: 3, zone: "y"}'
    above, moved = ("/spec/min", "min is above max"), ("/spec/zone", "cannot be moved")
    fresh = wrong.replace('"a"', '"b"')
    assert await failures(pools, f"createPool(input: {{{fresh}}}) {{ id }}") == [above]
    assert await failures(pools, f"applyPool(input: {{{fresh}}}) {{ id }}") == [above]
    assert await failures(pools, f"replacePool(input: {{{wrong}}}) {{ id }}") == [above, moved]
    assert await failures(pools, f"applyPool(input: {{{wrong}}}) {{ id }}") == [above, moved]
    assert await failures(pools, f"createPool(input: {{{fresh}}}, dryRun: true) {{ id }}") == [above]
    patch = 'updatePool(name: "a", patch: {spec: {zone: "y"}}) { id }'
    assert await failures(pools, patch) == [moved]


async def test_status_updates_ask_the_rules_of_status_and_of_the_whole(pools: RunningServer) -> None:
    update = 'updatePoolStatus(name: "a", status: {ready: %d}) { id }'
    await pools.graphql(f"mutation {{ {update % 2} }}")
    assert await failures(pools, update % 1) == [("/status/ready", "goes down")]
    assert await failures(pools, update % 4) == [("", "more than max")]
    assert await failures(pools, 'updatePool(name: "a", patch: {spec: {max: 1}}) { id }') == [("", "more than max")]


async def test_a_rule_that_cannot_be_compiled_refuses_the_definition(server: RunningServer) -> None:
    wrong = {"type": "object", "properties": {"a": {KEYWORD: [{"rule": "self.\nnothing() == 1"}]}}}
    [error] = (await server.settled(DEFINE, definition(schema=wrong, rules=[])))["errors"]
    [failure] = error["extensions"]["failures"]
    assert failure["path"] == f"/spec/schema/properties/a/{KEYWORD}/0/rule"
    assert failure["message"].startswith(
        "is no expression of CEL at line 2, column 8: undeclared reference to 'nothing'"
    )
