"""Requests that are no GraphQL request, or a huge one."""

import http.client
import socket

import pytest

from tests.hostile.arena import Arena

MIB = 2**20


def variables(value: bytes) -> bytes:
    """Return a good request with some JSON among its variables."""
    return b'{"query":"{__typename}","variables":{"a":' + value + b"}}"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"{__typename}"',
        b"{'query': '{__typename}'}",
        b'{"query": "{__typename}",}',
        b'{"query": "{__typename}"} trailing',
        b'{"query": "{__typename}\x00"}',
        b'{"query": "\xff\xfe{__typename}"}',
        b"\xef\xbb\xbf{}",
        b"\x1f\x8b\x08\x00garbage",
        b'{"query": NaN}',
        b'{"query": {"$ne": null}}',
        b'{"query": ["{__typename}"]}',
        b'{"query": "{__typename}", "variables": []}',
        b'{"query": "{__typename}", "variables": "{}"}',
        b'{"query": "{__typename}", "operationName": {}}',
        b'{"query": "{__typename}", "extensions": 1}',
        b'[{"query": "{__typename}"}]',
        variables(rb'"\ud800"'),
        variables(rb'"\udc00\ud800"'),
        variables(b"1e400"),
        variables(b"-Infinity"),
        variables(b"18446744073709551616"),
        variables(b"-9223372036854775809"),
        variables(b"9" * 4_000_000),
        variables(b"[" * 100_000 + b"]" * 100_000),
        variables(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
        variables(b"[" * 2_400_000),
    ],
    ids=range(30),
)
def test_what_is_no_request_is_refused(arena: Arena, body: bytes):
    answer = arena.strike_body(body)
    assert answer.status in {400, 413}
    answer.refused("BAD_USER_INPUT", "LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "body",
    [
        b'{"query":"{__typename}","variables":{"a":"' + b"x" * 10_000_000 + b'"}}',
        variables(b"[" * 2_400_000 + b"]" * 2_400_000),
        variables(b"[" + b"[]," * 1_600_000 + b"[]]"),
        variables(b"[" + b'{"a":1},' * 600_000 + b"1]"),
        variables(b"[" + b"[]," * 1_500_000 + b"99999999999999999999]"),
        variables(b"{" + b",".join(b'"%d":1' % number for number in range(400_000)) + b"}"),
        variables(b"[" + b'"",' * 1_200_000 + b"1]"),
        variables(b"[" + rb'"\\",' * 800_000 + b"1]"),
    ],
    ids=["10 MB", "lists in lists", "lists", "objects", "a long integer", "keys", "texts", "escapes"],
)
def test_a_request_that_is_too_large_is_refused_before_it_is_parsed(arena: Arena, body: bytes):
    answer = arena.strike_body(body)
    assert answer.status == 413
    answer.refused("LIMIT_EXCEEDED")


@pytest.mark.parametrize(
    "value",
    [
        b'"' + b"[,:{" * 1_200_000 + b'"',
        b'"' + rb"\"," * 1_500_000 + b'"',
        b'"' + rb"\\" * 2_000_000 + b'"',
        b'"' + rb"\n" * 2_000_000 + b'"',
        b'"' + b"1" * 4_000_000 + b'"',
        b'"' + "\N{SNOWMAN}".encode() * 1_500_000 + b'"',
        b"[" + b"1234567890123456789," * 200_000 + b"1]",
    ],
    ids=["marks", "quotes", "backslashes", "escapes", "digits", "unicode", "integers"],
)
def test_large_requests_of_few_values_are_served(arena: Arena, value: bytes):
    assert arena.strike_body(variables(value)).worked() == {"__typename": "Query"}


def test_many_long_integers_are_found_in_time(arena: Arena):
    answer = arena.strike_body(variables(b"[" + b"12345678901234567890123," * 200_000 + b"1]"))
    assert answer.status == 400
    assert "/variables/a/" in answer.refused("BAD_USER_INPUT").errors[0]["message"]


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("PUT", "/graphql", {}, 405),
        ("DELETE", "/graphql", {}, 405),
        ("TRACE", "/graphql", {}, 405),
        ("GET", "/graphql", {}, 400),
        ("GET", "/graphql?query=%ff", {}, 400),
        ("GET", "/graphql?query={__typename}&query={a}", {}, 400),
        ("GET", "/graphql?" + "&".join(f"a{number}=" for number in range(5_000)), {}, 400),
        ("GET", "/graphql?query={__typename}&variables=" + "[" * 20_000, {}, 400),
        ("GET", "/graphql?query={__typename}", {"Accept": ",".join(["text/x;q=0.1;" + ";" * 50] * 800)}, 406),
        ("GET", "/graphql?query={__typename}", {"Accept": "*/*;q=nan"}, 406),
        ("GET", "/graphql?query={__typename}", {"Accept": "*/*;q=" + "9" * 30_000}, 200),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", {}, 404),
        ("GET", "/graphql/%00", {}, 404),
        ("POST", "/graphql", {"Content-Type": "text/plain"}, 415),
        ("POST", "/graphql", {"Content-Type": "application/json; charset=utf-7"}, 415),
        ("POST", "/graphql", {"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ("POST", "/graphql", {"Content-Type": "application/x-www-form-urlencoded"}, 415),
    ],
    ids=range(18),
)
def test_odd_requests_get_the_status_that_they_deserve(arena: Arena, method, path, headers, status):
    body = b"{}" if method == "POST" else None
    assert arena.attack(lambda: arena.exchange(method, path, body, headers)).status == status


@pytest.mark.parametrize("size", [60_000, 200_000, 2_000_000])
def test_a_gigantic_query_string_is_refused(arena: Arena, size: int):
    def strike():
        return arena.exchange("GET", f"/graphql?query={'a' * size}", None, {})

    try:
        assert 400 <= arena.attack(strike).status < 500 or size < 100_000
    except (ConnectionError, http.client.HTTPException):
        assert size > 100_000  # a connection that is closed has been refused, too


def raw(arena: Arena, data: bytes) -> bytes:
    """Send bytes to the server; return what it says until it closes the connection or is silent."""
    with socket.create_connection((arena.host, arena.port), timeout=1) as connection:
        connection.sendall(data)
        said = b""
        try:
            while part := connection.recv(65_536):
                said += part
        except (TimeoutError, ConnectionResetError):
            pass
        return said


@pytest.mark.parametrize(
    "data",
    [
        b"\x00" * 1_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: a\r\n" + b"X-A: " + b"a" * 200_000,
        b"GET /graphql HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: a\r\n" % number for number in range(5_000)),
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n{}",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n{}",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 50\r\n\r\n{}",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"FFFFFFFFFFFFFFFFFF\r\n{}",
        b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        b"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"GET /graphql HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAA\r\n\r\n",
    ],
    ids=range(13),
)
def test_what_is_hardly_http_harms_nobody(arena: Arena, data: bytes):
    with arena.watched():
        said = raw(arena, data)
    assert b"Traceback" not in said
    assert not said.startswith(b"HTTP/1.1 5")
    assert said.count(b"HTTP/1.1 ") <= 1


def test_a_body_is_refused_while_it_is_sent(arena: Arena):
    """However it is sent: the server does not wait for the end, and does not keep what came."""
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    head = b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with arena.watched(), socket.create_connection((arena.host, arena.port), timeout=5) as connection:
        connection.sendall(head)
        sent = 0
        try:
            while sent < 40 * MIB:
                connection.sendall(chunk)
                sent += len(chunk)
        except (ConnectionError, TimeoutError):
            pass
    assert sent < 40 * MIB


def test_half_open_connections_are_many(arena: Arena):
    connections = [socket.create_connection((arena.host, arena.port)) for _ in range(200)]
    try:
        for number, connection in enumerate(connections):
            connection.sendall(b"POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Le"[: number % 40])
        assert arena.strike("{__typename}").worked() == {"__typename": "Query"}
    finally:
        for connection in connections:
            connection.close()
