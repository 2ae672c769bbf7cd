"""A filter means the same in a watch and in a list, whatever is stored and however the watch came by it."""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import secrets
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.support.serving import running_server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.settings import Settings
    from tests.support.serving import RunningServer

FILTERS = 80
RESOURCES = 12
WRITES = 24
PATIENCE_SECONDS = 30

DEFINE = "mutation($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
REDEFINE = "mutation($input: ReplaceResourceDefinitionInput!) { replaceResourceDefinition(input: $input) { id } }"
APPLY = "mutation($input: ReplaceThingInput!) { replaceThing(input: $input) { id } }"
CREATE = "mutation($input: CreateThingInput!) { createThing(input: $input) { id } }"
DELETE = "mutation($name: String!) { deleteThing(name: $name) { id } }"
ARGUMENTS = "$where: ThingFilter, $selector: String, $version: String"
LISTS = """query($where: ThingFilter, $selector: String, $v0: String, $v1: String, $v2: String) {
    at0: things(where: $where, labelSelector: $selector, resourceVersion: $v0) { nodes { metadata { name } } }
    at1: things(where: $where, labelSelector: $selector, resourceVersion: $v1) { nodes { metadata { name } } }
    at2: things(where: $where, labelSelector: $selector, resourceVersion: $v2) { nodes { metadata { name } } }
}"""
WATCH = f"""subscription({ARGUMENTS}) {{
    watchThings(where: $where, labelSelector: $selector, resourceVersion: $version, bookmarks: false) {{
        type resourceVersion object {{ metadata {{ name }} }}
    }}
}}"""

ANY: dict[str, Any] = {"x-kubernetes-preserve-unknown-fields": True}
NAMES = ["text", "number", "small", "ratio", "flag", "at", "tags", "limits", "pools", "strings"]
OLDER = {"type": "object", "properties": dict.fromkeys(NAMES, ANY)}
LIMITS = {"type": "object", "properties": {"maxConns": {"type": "integer"}, "text": {"type": "string"}}}
NEWER = {
    "type": "object",
    "properties": {
        "text": {"type": ["string", "null"]},
        "number": {"type": "integer", "format": "int64"},
        "small": {"type": "integer", "format": "int32"},
        "ratio": {"type": "number"},
        "flag": {"type": "boolean"},
        "at": {"type": "string", "format": "date-time"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "limits": LIMITS,
        "pools": {"type": "array", "items": LIMITS},
        "strings": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}

TEXTS = ["", "a", "ab", "b", "A", "é", "😀", "a\n"]
NUMBERS = [0, 1, -1, 2**31, 2**53, 2**53 + 1, -(2**63), 2**63 - 1]
SMALLS = [0, 1, -5, 2**31 - 1]
RATIOS = [0, 0.5, 1, 1.0, -2.5, 1e300, 2**53]
MOMENTS = [
    "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.1234567Z", "2026-01-01T00:00:00.123456Z",
    "2025-12-31T23:59:59.999999-00:01", "2026-01-01T00:00:00.000Z",
]  # fmt: skip
LABELS = ["", "a", "b"]


class Draw:
    """Random resources and filters of one seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def some(self, values: Iterable[Any]) -> Any:
        return self._random.choice(list(values))

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def spec(self, *, of_any_type: bool) -> dict[str, Any]:
        """Return a spec: of the newer schema, or of the older one, under which everything may be anything."""
        limits = [{"maxConns": 1}, {"maxConns": 2**53 + 1, "text": "a"}, {"text": ""}, {}]
        right: dict[str, list[Any]] = {
            "text": [*TEXTS, None], "number": NUMBERS, "small": SMALLS, "ratio": RATIOS, "flag": [True, False],
            "at": MOMENTS, "tags": [[], ["a"], ["a", "b"], [""]], "limits": limits,
            "pools": [[], limits[:1], limits[:2], limits[1:]], "strings": [{}, {"k": "a"}, {"k": "b", "l": ""}],
        }  # fmt: skip
        wrong = [None, True, 0, 2**53 + 1, 1.5, "a", "", "2026-01-01T00:00:00Z", "nonsense", [], [None], [1, "a"],
                 [["a"]], {"maxConns": "1"}, [{"maxConns": [1]}, 5], {"k": 1}]  # fmt: skip
        spec = {}
        for name, values in right.items():
            if self.chance(0.7):
                spec[name] = self.some(wrong if of_any_type and self.chance(0.6) else values)
        return spec

    def labels(self) -> dict[str, str]:
        return {name: self.some(LABELS) for name in ("app", "env") if self.chance(0.6)}

    def selector(self) -> str | None:
        """Return a label selector, mostly none."""
        terms = ["app", "!app", "app=a", "env!=b", "app in (a, b)", "env notin (a)", "app=", "env==b"]
        return None if self.chance(0.7) else ",".join(self._random.sample(terms, self.some([1, 1, 2])))

    def where(self, depth: int = 3) -> dict[str, Any]:
        if depth and self.chance(0.45):
            operator = self.some(["_and", "_or", "_not"])
            if operator == "_not":
                return {"_not": self.where(depth - 1)}
            return {operator: [self.where(depth - 1) for _ in range(self.some([0, 1, 2, 3]))]}
        if self.chance(0.1):
            return {"metadata": {"name": self.leaf(["r1", "r2", "r"], ["eq", "ne", "startsWith"])}}
        return {"spec": self.fields()}

    def fields(self) -> dict[str, Any]:
        comparing = ["eq", "ne", "lt", "lte", "gt", "gte"]
        numbers = [*NUMBERS, *map(str, NUMBERS)]
        limits = {"maxConns": lambda: self.leaf(numbers, comparing), "text": self.text}
        choices: dict[str, Any] = {
            "text": self.text,
            "number": lambda: self.leaf(numbers, comparing),
            "small": lambda: self.leaf(SMALLS, comparing),
            "ratio": lambda: self.leaf(RATIOS, comparing),
            "flag": lambda: self.leaf([True, False], ["eq", "ne"], lists=False),
            "at": lambda: self.leaf(MOMENTS, comparing),
            "tags": lambda: {"contains": self.some(TEXTS)},
            "limits": lambda: {(name := self.some(limits)): limits[name]()},
            "pools": lambda: {(name := self.some(limits)): limits[name]()},
            "stringsEntries": lambda: {"key": {"eq": self.some("kl")}, "value": self.text()},
        }
        return {name: choices[name]() for name in self._random.sample(sorted(choices), self.some([1, 1, 2]))}

    def text(self) -> dict[str, Any]:
        return self.leaf(TEXTS, ["eq", "ne", "lt", "gte", "startsWith", "contains"])

    def leaf(self, operands: list[Any], operators: list[str], *, lists: bool = True) -> dict[str, Any]:
        match self.some(["compare"] * 6 + ["exists", "null"] + ["in", "notIn"] * lists):
            case "exists":
                return {"exists": self.chance(0.5)}
            case "null":
                return {self.some(["eq", "ne"]): None}
            case "in" | "notIn" as operator:
                return {operator: [self.some(operands) for _ in range(self.some([0, 1, 3]))]}
        chosen = self._random.sample(operators, self.some([1, 1, min(2, len(operators))]))
        return {operator: self.some(operands) for operator in chosen}


class Watched:
    """What the watches of many filters on one socket have told, as states by position."""

    def __init__(self, socket: ClientConnection, filters: list[dict[str, Any]]) -> None:
        self._socket = socket
        self._filters = filters
        self.events: list[list[tuple[int, str, str]]] = [[] for _ in filters]

    async def begin(self, version: str) -> None:
        for number, variables in enumerate(self._filters):
            payload = {"query": WATCH, "variables": {**variables, "version": version}}
            await self._socket.send(json.dumps({"id": str(number), "type": "subscribe", "payload": payload}))

    async def read(self, position: int) -> None:
        """Read until the last watch, which takes everything, has told the change of a position."""
        while not self.events[-1] or self.events[-1][-1][0] < position or not await self._is_silent():
            await self._read()

    async def _is_silent(self) -> bool:
        """Tell whether nothing is under way: what was sent before an answer comes before it."""
        await self._socket.send('{"type": "ping"}')
        while (message := await self._read())["type"] != "pong":
            pass
        return bool(message)

    async def _read(self) -> dict[str, Any]:
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self._socket.recv(), PATIENCE_SECONDS))
        assert message["type"] in {"next", "pong"}, message
        if message["type"] == "next":
            event = message["payload"]["data"]["watchThings"]
            name = event["object"]["metadata"]["name"]
            self.events[int(message["id"])].append((int(event["resourceVersion"]), event["type"], name))
        return message


async def _committed(server: RunningServer, mutation: str, variables: dict[str, Any]) -> int:
    answer = await server.settled(mutation, variables)
    assert "errors" not in answer, answer
    return int(answer["extensions"]["resourceVersion"])


async def _write_under_older_schema(server: RunningServer, draw: Draw) -> str:
    """Write what the newer schema forbids, then bring that in force; return the position."""
    await server.graphql(DEFINE, {"input": {"spec": {"kind": "Thing", "schema": OLDER}}})
    for number in range(RESOURCES):
        metadata = {"name": f"r{number}", "labels": draw.labels()}
        spec = draw.spec(of_any_type=True)
        await _committed(server, CREATE, {"input": {"metadata": metadata, "spec": spec}})
    spec = {"kind": "Thing", "schema": NEWER, "allowBreaking": True}
    return str(await _committed(server, REDEFINE, {"input": {"metadata": {"name": "Thing"}, "spec": spec}}))


async def _change(server: RunningServer, draw: Draw, alive: set[int]) -> int:
    number = draw.some(range(RESOURCES))
    if number in alive and draw.chance(0.2):
        alive.discard(number)
        return await _committed(server, DELETE, {"name": f"r{number}"})
    metadata = {"name": f"r{number}", "labels": draw.labels()}
    resource = {"metadata": metadata, "spec": draw.spec(of_any_type=False)}
    mutation = APPLY if number in alive else CREATE
    alive.add(number)
    return await _committed(server, mutation, {"input": resource})


@pytest.mark.parametrize("seed", [secrets.randbits(32)], ids=["drawn"])
async def test_every_watch_tells_what_the_list_of_its_filter_answers(server_settings: Settings, seed: int) -> None:
    draw = Draw(seed)
    filters = [{"where": draw.where(), "selector": draw.selector()} for _ in range(FILTERS - 1)]
    filters.append({"where": {}, "selector": None})
    settings = server_settings.model_copy(update={"max_connection_operations": FILTERS})
    subprotocols = [Subprotocol("graphql-transport-ws")]
    async with running_server(settings) as server, connect(server.ws_url, subprotocols=subprotocols) as socket:
        await socket.send('{"type": "connection_init"}')
        await socket.recv()
        begin = await _write_under_older_schema(server, draw)
        live = Watched(socket, filters)
        await live.begin(begin)
        alive = set(range(RESOURCES))
        positions = [await _change(server, draw, alive) for _ in range(WRITES)]
        await live.read(max(positions))
        states = [int(begin), positions[WRITES // 2], max(positions)]
        for variables, events in zip(filters, live.events, strict=True):
            before, *later = await _names(server, variables, states)
            for listed, position in zip(later, states[1:], strict=True):
                assert _after(before, events, position) == listed, (seed, variables, position)


def _after(before: set[str], events: list[tuple[int, str, str]], position: int) -> set[str]:
    names = set(before)
    for _, kind, name in itertools.takewhile(lambda event: event[0] <= position, events):
        assert (name in names) == (kind != "ADDED"), (kind, name)
        (names.add if kind in {"ADDED", "MODIFIED"} else names.discard)(name)
    return names


async def _names(server: RunningServer, variables: dict[str, Any], positions: list[int]) -> list[set[str]]:
    """Return which resources the list of a filter answers at some positions."""
    versions = {f"v{number}": str(position) for number, position in enumerate(positions)}
    data = await server.graphql(LISTS, {**variables, **versions})
    return [{node["metadata"]["name"] for node in data[f"at{number}"]["nodes"]} for number in range(len(positions))]
