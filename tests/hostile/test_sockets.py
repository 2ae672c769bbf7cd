"""Event streams and WebSockets in hostile hands."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tests.hostile.arena import Arena, checked

SUBPROTOCOL = "graphql-transport-ws"
INIT = '{"type": "connection_init"}'
WATCH = "subscription {watchTargets {type}}"


@contextlib.contextmanager
def websocket(arena: Arena, *, init: bool = True) -> Iterator[ClientConnection]:
    url = f"ws://{arena.host}:{arena.port}/graphql"
    with connect(url, subprotocols=[SUBPROTOCOL], max_size=None, compression=None, close_timeout=1) as client:
        if init:
            client.send(INIT)
            assert json.loads(client.recv(timeout=5)) == {"type": "connection_ack"}
        yield client


def subscribe(number: object, query: str = WATCH, **variables: object) -> str:
    return json.dumps({"type": "subscribe", "id": str(number), "payload": {"query": query, "variables": variables}})


def closed_with(client: ClientConnection) -> int | None:
    """Return the close code, once the server has closed."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            client.recv(timeout=5)
    return client.close_code


@pytest.mark.parametrize(
    "message",
    [
        "", "garbage", "null", "[]", "{}", "1", '{"type": null}', '{"type": "__proto__"}', '{"type": ["ping"]}',
        '{"type": "connection_init"', '{"type": "start", "id": "1"}', '{"type": "subscribe"}',
        '{"type": "subscribe", "id": ""}', '{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "1", "payload": {}}', '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{a}", "variables": []}}',
        '{"type": "subscribe", "id": "' + "x" * 5_000 + '", "payload": {"query": "{a}"}}',
        '{"type": "complete"}', '{"type": "ping", "payload": 1}', '{"type": "next", "id": "1"}', INIT,
        "[" * 100_000, '{"type": "ping", "payload": {"a": ' + "[" * 2_000_000, "\0",
        '{"type": "ping", "payload": {"a": [' + "[]," * 1_000_000 + "1]}}",
        b"\x00\x01\x02", INIT.encode(),
    ],
    ids=range(28),
)  # fmt: skip
def test_a_message_that_is_none_closes_its_connection_alone(arena: Arena, message: str | bytes):
    with websocket(arena) as other, arena.watched(), websocket(arena) as client:
        client.send(message)
        assert closed_with(client) in {4400, 4429, 1009}
        other.send('{"type": "ping"}')
        assert json.loads(other.recv(timeout=5)) == {"type": "pong"}


@pytest.mark.parametrize(
    ("frame", "codes"),
    [
        (b"\x81\xfe\xff\xff\x00\x00\x00\x00", {1006, 1000, 1002, 1001}),
        (b"\x81\xff" + b"\xff" * 8 + b"\0" * 4, {1002, 1009}),
        (b"\x81\xff\x00\x00\x00\x00\x7f\xff\xff\xff" + b"\0" * 4, {1009}),
        (b"\xf1\x80\x00\x00\x00\x00", {1002}),
        (b"\x83\x80\x00\x00\x00\x00", {1002}),
        (b"\x81\x02hi", {1002}),
        (b"\x80\x80\x00\x00\x00\x00", {1002}),
        (b"\x89\xfe\x01\x00" + b"\0" * 260, {1002}),
        (Frame(Opcode.TEXT, b"\xff\xfe\xed\xa0\x80").serialize(mask=True), {1007}),
        (Frame(Opcode.CLOSE, b"\x00").serialize(mask=True), {1002}),
    ],
    ids=["half", "endless", "huge", "reserved", "opcode", "unmasked", "continuation", "large ping", "UTF-8", "close"],
)
def test_a_frame_that_is_none_closes_its_connection(arena: Arena, frame: bytes, codes: set[int]):
    with arena.watched(), websocket(arena) as client:
        client.socket.sendall(frame)
        if 1006 in codes:
            client.socket.shutdown(socket.SHUT_WR)
        closed_with(client)
        assert client.close_code in {*codes, 1006}


def test_a_giant_message_closes_its_connection(arena: Arena):
    with arena.watched(), websocket(arena) as client:
        with contextlib.suppress(ConnectionClosed):
            client.send('{"type": "ping", "payload": {"a": "' + "x" * 10_000_000 + '"}}')
        assert closed_with(client) in {1009, 1006}


def test_pings_by_the_thousand_are_answered(arena: Arena):
    with arena.watched(), websocket(arena) as client:
        for _ in range(5):
            for _ in range(200):
                client.send('{"type": "ping"}')
            for _ in range(200):
                assert json.loads(client.recv(timeout=5)) == {"type": "pong"}


def test_ten_thousand_subscriptions_on_a_socket_are_too_many(arena: Arena):
    with websocket(arena) as client:
        sender = threading.Thread(target=lambda: [client.send(subscribe(number)) for number in range(10_000)])
        sender.start()
        message = json.loads(client.recv(timeout=30))
        while message["type"] != "error":
            message = json.loads(client.recv(timeout=30))
        assert message["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        sender.join()


def test_a_hundred_subscriptions_come_and_go_unnoticed(arena: Arena):
    with arena.watched(), websocket(arena) as client:
        for number in range(300):
            client.send(subscribe(number))
            client.send(json.dumps({"type": "complete", "id": str(number)}))
        client.send('{"type": "ping"}')
        while json.loads(client.recv(timeout=5))["type"] != "pong":
            pass


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("subscription {watchEverything {type}}", {}),
        ("subscription {a: watchTargets {type} b: watchTargets {type}}", {}),
        ("subscription($v: String) {watchTargets(resourceVersion: $v) {type}}", {"v": "$gt"}),
        ("subscription($v: String) {watchTargets(resourceVersion: $v) {type}}", {"v": "9" * 1_000_000}),
        ("subscription($v: String) {watchTargets(resourceVersion: $v) {type}}", {"v": "1"}),
        ("subscription($s: String) {watchTargets(labelSelector: $s) {type}}", {"s": "(" * 1_000_000}),
        (
            "subscription($w: TargetFilter) {watchTargets(where: $w) {type}}",
            {"w": {"_or": [{"spec": {"count": {"eq": number}}} for number in range(10_000)]}},
        ),
        ("subscription($k: [String!]) {watchResources(kinds: $k) {type}}", {"k": ["x"] * 50_000}),
        ("subscription($k: [String!]) {watchResources(kinds: $k) {type}}", {"k": ["x" * 4_000_000]}),
        ("{" * 100_000, {}),
    ],
    ids=range(10),
)
def test_a_hostile_subscription_is_refused(arena: Arena, query: str, variables: dict):
    with arena.watched(), websocket(arena) as client:
        client.send(subscribe(1, query, **variables))
        message = json.loads(client.recv(timeout=10))
        assert message["type"] == "error", message
        text = json.dumps({"errors": message["payload"]})
    assert "INTERNAL" not in {error["extensions"]["code"] for error in message["payload"]}
    assert "Traceback" not in text


def test_a_client_that_never_reads_stops_nobody(arena: Arena):
    query = "{targets(first: 0) {totalCount} a: __schema {types {name fields {name description}}}}"
    with websocket(arena) as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        with arena.watched():
            for number in range(200):
                client.send(subscribe(number, query))
            time.sleep(0.5)


@pytest.mark.parametrize(
    "headers",
    [
        {"Last-Event-ID": "$gt"},
        {"Last-Event-ID": "-1"},
        {"Last-Event-ID": "9" * 1_000},
        {"Last-Event-ID": "\xff"},
        {"Last-Event-ID": "1e9"},
    ],
)
def test_a_position_that_is_none_begins_no_stream(arena: Arena, headers: dict):
    body = json.dumps({"query": WATCH}).encode()
    answer = arena.strike_body(body, headers={**headers, "Accept": "text/event-stream"})
    assert answer.status == 400
    answer.refused("BAD_USER_INPUT")


@pytest.mark.parametrize("query", ["", "{", "subscription {a}", "mutation {a}", "{" * 900_000], ids=range(5))
def test_a_hostile_stream_tells_and_ends(arena: Arena, query: str):
    body = json.dumps({"query": query}).encode()
    answer = arena.strike_body(body, headers={"Accept": "text/event-stream"})
    events = answer.text
    assert "event: complete" in events
    data = next(line for line in events.splitlines() if line.startswith("data: {"))
    errors = json.loads(data.removeprefix("data: "))["errors"]
    assert all(error["extensions"]["code"].startswith("GRAPHQL_") for error in errors)


def test_streams_that_are_left_at_once_are_forgotten(arena: Arena):
    body = json.dumps({"query": WATCH}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nHost: {arena.host}\r\nContent-Type: application/json\r\n"
        f"Accept: text/event-stream\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    with arena.watched():
        for number in range(200):
            with socket.create_connection((arena.host, arena.port), timeout=5) as client:
                client.sendall((head + body)[: len(head) + len(body) - number % 3])
                if number % 3 == 0:
                    client.recv(10)
    assert checked(arena.exchange("GET", "/readyz", None, {})).status == 200
