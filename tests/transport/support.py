"""A small hand-made kind for tests of execution and transports: no database, the real protocols.

``Shelf`` is a snapshot and a backend in one: resources in a dict, watches fed by ``emit``.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx
import uvicorn
from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLFloat,
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLString,
    GraphQLUnionType,
)
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from app.process.http import HttpConnection
from app.process.websockets.connection import Connection
from app.transport.execution import Engine
from app.transport.http import HttpTransport
from app.transport.limits import TransportLimits
from app.transport.origins import Origins
from app.transport.websocket import WebSocketTransport
from schema_builder.backend import EventType, Page, Resource, WatchEvent
from schema_builder.plain import reads_key, reads_with

JSON = GraphQLScalarType("JSON")
COLOUR = GraphQLEnumType("Colour", {"RED": "RED", "BLUE": "BLUE"})
EVENT_TYPE = GraphQLEnumType("WatchEventType", {member.name: member.value for member in EventType})


def _named(value: Resource, *_: Any) -> str:
    return value.kind


META = GraphQLObjectType(
    "ObjectMeta",
    {
        "name": GraphQLField(GraphQLNonNull(GraphQLString), resolve=reads_key("name")),
        "namespace": GraphQLField(GraphQLString, resolve=reads_key("namespace")),
        "labels": GraphQLField(JSON, resolve=reads_key("labels")),
        "generation": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=reads_key("generation")),
    },
)
NODE = GraphQLInterfaceType("Node", {"id": GraphQLField(GraphQLNonNull(GraphQLID))}, resolve_type=_named)
RESOURCE = GraphQLInterfaceType(
    "Resource",
    {
        "id": GraphQLField(GraphQLNonNull(GraphQLID)),
        "kind": GraphQLField(GraphQLNonNull(GraphQLString)),
        "metadata": GraphQLField(GraphQLNonNull(META)),
    },
    resolve_type=_named,
)
PAGE_INFO = GraphQLObjectType(
    "PageInfo",
    {
        "hasNextPage": GraphQLField(GraphQLNonNull(GraphQLBoolean), resolve=reads_with(lambda page: page.has_next)),
        "endCursor": GraphQLField(
            GraphQLString, resolve=reads_with(lambda page: page.cursors[-1] if page.cursors else None)
        ),
    },
)


@dataclass(frozen=True)
class Handmade:
    """One kind as graphql-core types and root fields."""

    name: str
    fingerprint: str
    types: tuple[Any, ...]
    query: Mapping[str, GraphQLField]
    mutation: Mapping[str, GraphQLField]
    subscription: Mapping[str, GraphQLField]


def _spec(name: str, port_type: Any) -> GraphQLObjectType:
    limits: GraphQLObjectType = GraphQLObjectType(
        f"{name}SpecLimits",
        lambda: {
            "maxConns": GraphQLField(GraphQLInt, resolve=reads_key("maxConns")),
            "inner": GraphQLField(limits, resolve=reads_key("inner")),
        },
    )
    tcp = GraphQLObjectType(f"{name}SpecTcp", {"backlog": GraphQLField(GraphQLInt, resolve=reads_key("backlog"))})
    udp = GraphQLObjectType(f"{name}SpecUdp", {"ttl": GraphQLField(GraphQLInt, resolve=reads_key("ttl"))})
    transport = GraphQLUnionType(
        f"{name}SpecTransport",
        (tcp, udp),
        resolve_type=lambda value, *_: {"tcp": tcp.name, "udp": udp.name}[value["type"]],
    )
    return GraphQLObjectType(
        f"{name}Spec",
        {
            "host": GraphQLField(GraphQLString, resolve=reads_key("host")),
            "x_y": GraphQLField(GraphQLString, resolve=reads_key("x-y")),
            "port": GraphQLField(port_type, resolve=reads_key("port")),
            "weight": GraphQLField(GraphQLFloat, resolve=reads_key("weight")),
            "tls": GraphQLField(GraphQLBoolean, resolve=reads_key("tls")),
            "colour": GraphQLField(COLOUR, resolve=reads_key("colour")),
            "tags": GraphQLField(GraphQLList(GraphQLString), resolve=reads_key("tags")),
            "matrix": GraphQLField(GraphQLList(GraphQLList(GraphQLInt)), resolve=reads_key("matrix")),
            "limits": GraphQLField(limits, resolve=reads_key("limits")),
            "pools": GraphQLField(GraphQLList(limits), resolve=reads_key("pools")),
            "transport": GraphQLField(transport, resolve=reads_key("transport")),
            "extra": GraphQLField(JSON, resolve=reads_key("extra")),
        },
    )


def make_kind(name: str = "Widget", *, port_type: Any = GraphQLInt, more: Mapping[str, Any] | None = None) -> Handmade:
    """Build a kind; ``more`` adds fields of a type to the spec."""
    spec = _spec(name, port_type)
    spec_fields = {
        **spec.fields,
        **{key: GraphQLField(type_, resolve=reads_key(key)) for key, type_ in (more or {}).items()},
    }
    spec = GraphQLObjectType(f"{name}Spec", spec_fields)
    type_ = GraphQLObjectType(
        name,
        {
            "id": GraphQLField(
                GraphQLNonNull(GraphQLID), resolve=reads_with(lambda r: f"{r.kind}/{r.metadata['name']}")
            ),
            "kind": GraphQLField(GraphQLNonNull(GraphQLString), resolve=reads_with(lambda r: r.kind)),
            "metadata": GraphQLField(GraphQLNonNull(META), resolve=reads_with(lambda r: r.metadata)),
            "spec": GraphQLField(spec, resolve=reads_with(lambda r: r.body.get("spec"))),
            "raw": GraphQLField(GraphQLNonNull(JSON), resolve=reads_with(lambda r: {"metadata": r.metadata, **r.body})),
        },
        interfaces=(NODE, RESOURCE),
    )
    edge = GraphQLObjectType(
        f"{name}Edge",
        {
            "cursor": GraphQLField(GraphQLNonNull(GraphQLString), resolve=reads_with(lambda pair: pair[0])),
            "node": GraphQLField(type_, resolve=reads_with(lambda pair: pair[1])),
        },
    )
    connection = GraphQLObjectType(
        f"{name}Connection",
        {
            "edges": GraphQLField(
                GraphQLList(edge),
                resolve=reads_with(lambda page: list(zip(page.cursors, page.resources, strict=True))),
            ),
            "nodes": GraphQLField(GraphQLList(type_), resolve=reads_with(lambda page: page.resources)),
            "pageInfo": GraphQLField(GraphQLNonNull(PAGE_INFO), resolve=reads_with(lambda page: page)),
            "totalCount": GraphQLField(GraphQLInt, resolve=reads_with(lambda page: page.total)),
        },
    )
    event = GraphQLObjectType(
        f"{name}Event",
        {
            "type": GraphQLField(GraphQLNonNull(EVENT_TYPE), resolve=reads_with(lambda e: e.type.value)),
            "resourceVersion": GraphQLField(
                GraphQLString,
                resolve=reads_with(lambda e: None if e.position is None else str(e.position)),
            ),
            "object": GraphQLField(type_, resolve=reads_with(lambda e: e.resource)),
        },
    )
    input_spec = GraphQLInputObjectType(
        f"{name}SpecInput",
        {
            "host": GraphQLInputField(GraphQLString),
            "port": GraphQLInputField(port_type),
            "extra": GraphQLInputField(JSON),
        },
    )
    input_type = GraphQLInputObjectType(
        f"Create{name}Input",
        {"name": GraphQLInputField(GraphQLNonNull(GraphQLString)), "spec": GraphQLInputField(input_spec)},
    )
    where = GraphQLInputObjectType(f"{name}Filter", {"port": GraphQLInputField(port_type)})

    async def get(_: Any, info: Any, **arguments: Any) -> Any:
        return await info.context.backend.get(info.context, name, **arguments)

    async def page(_: Any, info: Any, **arguments: Any) -> Any:
        return await info.context.backend.list(info.context, name, arguments)

    async def create(_: Any, info: Any, **arguments: Any) -> Any:
        return await info.context.backend.create(info.context, name, arguments["input"], dry_run=False)

    def watch(_: Any, info: Any, **arguments: Any) -> Any:
        return info.context.backend.watch(info.context, name, arguments)

    plural = f"{name[0].lower()}{name[1:]}s"
    names = {"name": GraphQLArgument(GraphQLNonNull(GraphQLString))}
    return Handmade(
        name,
        f"{name}:{port_type}:{sorted(more or ())}",
        (type_,),
        {
            plural[:-1]: GraphQLField(type_, args=names, resolve=get),
            plural: GraphQLField(connection, args={"first": GraphQLArgument(GraphQLInt)}, resolve=page),
        },
        {
            f"create{name}": GraphQLField(
                type_, args={"input": GraphQLArgument(GraphQLNonNull(input_type))}, resolve=create
            )
        },
        {
            f"watch{name}s": GraphQLField(
                event,
                args={
                    "where": GraphQLArgument(where),
                    "resourceVersion": GraphQLArgument(GraphQLString),
                    "sendInitialEvents": GraphQLArgument(GraphQLBoolean),
                },
                subscribe=watch,
                resolve=lambda value, *_: value,
            )
        },
    )


class HandmadeSnapshot:
    """What the engine asks of a snapshot."""

    def __init__(self, kinds: Mapping[str, Handmade]) -> None:
        self.kinds = kinds
        self.fingerprint = "|".join(sorted(kind.fingerprint for kind in kinds.values()))
        self.schema = GraphQLSchema(
            query=GraphQLObjectType("Query", {**_BASE_FIELDS, **_fields(kinds, "query")}),
            mutation=GraphQLObjectType("Mutation", {**_BASE_MUTATIONS, **_fields(kinds, "mutation")}),
            subscription=GraphQLObjectType("Subscription", {**_BASE_SUBSCRIPTIONS, **_fields(kinds, "subscription")}),
            types=[type_ for kind in kinds.values() for type_ in kind.types],
        )


def _fields(kinds: Mapping[str, Handmade], operation: str) -> dict[str, GraphQLField]:
    return {name: root for kind in kinds.values() for name, root in getattr(kind, operation).items()}


async def _fail(_: Any, info: Any, **__: Any) -> Any:
    raise info.context.backend.failure


async def _node(_: Any, info: Any, **arguments: Any) -> Any:
    return (await info.context.backend.nodes(info.context, [arguments["id"]]))[0]


async def _nodes(_: Any, info: Any, **arguments: Any) -> Any:
    return await info.context.backend.nodes(info.context, arguments["ids"])


async def _wait(_: Any, info: Any, **__: Any) -> str:
    await info.context.backend.gate.wait()
    return "waited"


async def _ticks(_: Any, info: Any, **__: Any) -> AsyncIterator[Any]:
    for tick in range(3):
        yield {"ticks": tick}


_BASE_FIELDS = {
    "node": GraphQLField(NODE, args={"id": GraphQLArgument(GraphQLNonNull(GraphQLID))}, resolve=_node),
    "nodes": GraphQLField(
        GraphQLNonNull(GraphQLList(NODE)),
        args={"ids": GraphQLArgument(GraphQLNonNull(GraphQLList(GraphQLNonNull(GraphQLID))))},
        resolve=_nodes,
    ),
    "fail": GraphQLField(GraphQLString, resolve=_fail),
    "wait": GraphQLField(GraphQLString, resolve=_wait),
    "broken": GraphQLField(JSON, resolve=lambda *_: {1, 2}),
    "echo": GraphQLField(JSON, args={"value": GraphQLArgument(JSON)}, resolve=lambda _, __, value=None: value),
}
_BASE_MUTATIONS = {"fail": GraphQLField(GraphQLString, resolve=_fail)}
_BASE_SUBSCRIPTIONS = {"ticks": GraphQLField(GraphQLInt, subscribe=_ticks)}


@dataclass
class Shelf:
    """Snapshots and resources of hand-made kinds; implements what the hand-made resolvers call."""

    kinds: dict[str, Handmade] = field(default_factory=lambda: {"Widget": make_kind()})
    resources: dict[str, Resource] = field(default_factory=dict)
    failure: Exception = field(default_factory=lambda: RuntimeError("secret"))
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    position: int = 100

    def __post_init__(self) -> None:
        self.snapshot = HandmadeSnapshot(self.kinds)
        self.watches: list[asyncio.Queue[Any]] = []
        self.asked: list[Any] = []

    def define(self, kind: Handmade) -> None:
        self.kinds = {**self.kinds, kind.name: kind}
        self.snapshot = HandmadeSnapshot(self.kinds)

    def put(self, name: str, kind: str = "Widget", **spec: Any) -> Resource:
        resource = Resource(kind, {"name": name, "generation": 1, "labels": {}}, {"spec": spec})
        self.resources[f"{kind}/{name}"] = resource
        return resource

    def emit(self, event: Any) -> None:
        """Hand an event, a marker or an exception to every watch."""
        for queue in self.watches:
            queue.put_nowait(event)

    def added(self, resource: Resource) -> None:
        self.position += 1
        self.emit(WatchEvent(EventType.ADDED, self.position, resource))

    async def get(self, _scope: Any, kind: str, *, name: str) -> Resource | None:
        return self.resources.get(f"{kind}/{name}")

    async def list(self, _scope: Any, kind: str, _arguments: Any) -> Page:
        resources = [resource for resource in self.resources.values() if resource.kind == kind]
        return Page(resources, [str(at) for at in range(len(resources))], False, False, len(resources), self.position)

    async def nodes(self, _scope: Any, ids: Any) -> Any:
        return [self.resources.get(node_id) for node_id in ids]

    async def create(self, scope: Any, kind: str, body: Mapping[str, Any], *, dry_run: bool) -> Resource:
        resource = self.put(body["name"], kind, **body.get("spec", {}))
        self.added(resource)
        scope.committed(self.position)
        return resource

    async def watch(self, scope: Any, _kind: str, arguments: Mapping[str, Any]) -> AsyncIterator[Any]:
        self.asked.append((scope.resume_position, arguments))
        queue: asyncio.Queue[Any] = asyncio.Queue()
        self.watches.append(queue)
        try:
            while True:
                event = await queue.get()
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.watches.remove(queue)

    async def watched(self, count: int = 1) -> None:
        """Wait until so many watches run."""
        async with asyncio.timeout(5):
            while len(self.watches) != count:  # noqa: ASYNC110 - the other side of a socket
                await asyncio.sleep(0.001)

    def engine(self, *, refresh: Callable[[], Any] | None = None, **limits: Any) -> Engine:
        backend: Any = self
        source: Any = lambda: self.snapshot  # noqa: E731
        return Engine(source, backend, limits=TransportLimits(**limits), refresh=refresh)


@dataclass
class Served:
    """An engine that listens.

    Attributes:
        url: Of ``/graphql``.
        ws_url: The same for WebSocket.
        client: An HTTP client.
    """

    engine: Engine
    url: str
    client: httpx.AsyncClient

    @property
    def ws_url(self) -> str:
        return self.url.replace("http", "ws", 1)

    async def post(self, query: str, variables: Any = None, **headers: str) -> httpx.Response:
        return await self.client.post(self.url, json={"query": query, "variables": variables}, headers=headers)


class _Server(uvicorn.Server):
    """Stops when it is told to, not at its next tick; leaves signals to pytest."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.stop = asyncio.Event()
        self.force_exit = True

    async def main_loop(self) -> None:
        await self.stop.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def serving(engine: Engine, *, allowed_origins: tuple[str, ...] = ()) -> AsyncIterator[Served]:
    """Serve an engine on a free port of the running event loop."""
    application = Starlette(
        routes=[
            Route("/graphql", endpoint=HttpTransport(engine)),
            WebSocketRoute("/graphql", endpoint=WebSocketTransport(engine, origins=Origins(allowed_origins))),
        ]
    )
    config = uvicorn.Config(
        application,
        loop="uvloop",
        lifespan="off",
        log_config=None,
        http=HttpConnection,
        ws=Connection,
        ws_max_size=engine.limits.max_body_bytes,
        ws_ping_interval=engine.limits.keep_alive_seconds,
    )
    server = _Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with httpx.AsyncClient(timeout=10) as client:
            while not server.started:  # noqa: ASYNC110 - uvicorn has nothing to wait for
                await asyncio.sleep(0.005)
            yield Served(engine, f"http://127.0.0.1:{port}/graphql", client)
    finally:
        server.stop.set()
        await task
        listener.close()
