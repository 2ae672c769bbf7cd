"""What is wrong is a condition with a reason, whatever the service or the spec is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from controllers import Key
from controllers.external_services.pools import Pools
from controllers.external_services.reconciling import make_controller
from controllers.external_services.secret_store import SecretStore
from controllers.external_services.settings import Settings
from tests.external_services.conftest import definition
from tests.external_services.servers import PASSWORD, HttpServer, PostgresServer, RedisServer, free_port
from tests.external_services.waiting import becomes

if TYPE_CHECKING:
    from controllers.testing import ControllerKit

KIND = "ExternalService"
RunControllers = Callable[..., Awaitable["ControllerKit"]]
SHORT = {"connect": "300ms", "request": "300ms", "acquire": "300ms"}
LOCAL = {"host": "127.0.0.1"}


class Bench:
    """A controller in the test, with its pools."""

    def __init__(self, kit: ControllerKit, pools: Pools) -> None:
        self.kit = kit
        self.pools = pools

    async def status(self, name: str, **spec: Any) -> tuple[str, str, str, str]:
        """Return status and reason of Configured and Reachable, once a spec has been reconciled."""
        await self.kit.apply(KIND, name, spec=spec)
        await self.kit.settled()
        found = await self.kit.get(KIND, name)
        assert found is not None
        configured, reachable = found.condition("Configured"), found.condition("Reachable")
        assert configured is not None
        assert reachable is not None
        return configured["status"], configured["reason"], reachable["status"], reachable["reason"]


@pytest.fixture
async def bench(run_controllers: RunControllers, tmp_path: Path) -> AsyncIterator[Bench]:
    folder = tmp_path / "secrets" / "default"
    folder.mkdir(parents=True)
    (folder / "postgres").write_text(PASSWORD)
    (folder / "wrong").write_text("no-such-secret")
    (folder / "out").symlink_to("/etc/hostname")
    (tmp_path / "secrets" / "other").mkdir()
    (tmp_path / "secrets" / "other" / "theirs").write_text("theirs")
    environment = {"EXTERNAL_SERVICES_SECRET_REDIS": PASSWORD, "KINDGRAPH_TOKEN": "nobody-may-have-it"}
    pools = Pools()
    settings = Settings(SecretStore(tmp_path / "secrets", environment))
    kit = await run_controllers(make_controller(pools, settings))
    await kit.define(definition())
    yield Bench(kit, pools)
    await pools.close_all()


@contextlib.asynccontextmanager
async def serving(answer: bytes, *, wait: bool = False) -> AsyncIterator[int]:
    """A service that says something to whoever connects, at once; and nothing afterwards."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with contextlib.suppress(OSError):
            writer.write(answer)
            await writer.drain()
        if not wait:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in writers:
            writer.close()


@pytest.mark.parametrize("protocol", ["HTTP", "POSTGRES", "REDIS"])
async def test_hosts_and_services_that_are_no_good_are_named_and_nothing_hangs(bench: Bench, protocol: str) -> None:
    works = ("True", "PoolReady", "False")
    unknown = await bench.status("a", host="no-such-host.invalid", port=1, protocol=protocol)
    assert unknown == (*works, "HostNotFound")
    assert await bench.status("b", **LOCAL, port=free_port(), protocol=protocol) == (*works, "ConnectionRefused")
    async with serving(b"", wait=True) as port:
        assert await bench.status("c", **LOCAL, port=port, protocol=protocol, timeouts=SHORT) == (*works, "TimedOut")
    async with serving(b"220 mail.example.org ESMTP\r\n") as port:
        *rest, reason = await bench.status("d", **LOCAL, port=port, protocol=protocol)
        assert (*rest,) == works
        assert reason in {"WrongProtocol", "ConnectionLost"}
        *rest, reason = await bench.status("e", **LOCAL, port=port, protocol=protocol, tls={"minVersion": "1.3"})
        assert (*rest,) == works
        assert reason in {"TlsFailed", "ConnectionLost", "WrongProtocol"}


async def test_real_services_that_speak_another_protocol_are_told_so(
    bench: Bench, postgres: PostgresServer, redis: RedisServer
) -> None:
    reasons = {
        (await bench.status("a", **LOCAL, port=postgres.port, protocol="REDIS"))[3],
        (await bench.status("b", **LOCAL, port=postgres.port))[3],
        (await bench.status("c", **LOCAL, port=redis.port))[3],
        (await bench.status("d", **LOCAL, port=redis.port, protocol="POSTGRES", timeouts=SHORT))[3],
    }
    assert reasons <= {"WrongProtocol", "ConnectionLost", "TimedOut"}


async def test_what_the_services_refuse_has_its_reason(
    bench: Bench, postgres: PostgresServer, redis: RedisServer
) -> None:
    at = {"host": "127.0.0.1", "port": postgres.port, "protocol": "POSTGRES"}
    right, wrong = {"file": "postgres"}, {"file": "wrong"}
    assert await bench.status("a", **at, secret=wrong) == ("True", "PoolReady", "False", "AuthenticationFailed")
    assert (await bench.status("b", **at))[3] == "AuthenticationFailed"
    assert (await bench.status("c", **at, secret=right, database="nowhere"))[3] == "DatabaseNotFound"
    assert (await bench.status("d", **at, secret=right, tls={}))[3] == "CertificateRefused"
    many = {"minConns": 60, "maxConns": 60}
    assert await bench.status("e", **at, secret=right, limits=many) == (
        "False", "TooManyConnections", "True", "Answers",
    )  # fmt: skip
    cache = {"host": "127.0.0.1", "port": redis.port, "protocol": "REDIS"}
    assert (await bench.status("f", **cache))[3] == "AuthenticationFailed"
    assert (await bench.status("g", **cache, secret=wrong))[3] == "AuthenticationFailed"
    waits = (await bench.status("h", **cache, tls={}, timeouts=SHORT))[3]  # it takes our greeting for half a command
    assert waits in {"TimedOut", "ConnectionLost"}
    stored = [one.raw for kind in (KIND, "Event") for one in await bench.kit.resources.list(kind)]
    assert PASSWORD not in str(stored)
    assert "no-such-secret" not in str(stored)


async def test_errors_of_web_services_have_their_reason(bench: Bench) -> None:
    web = HttpServer()
    await web.start()
    for name, status, reason in (("b", 404, "Answers"), ("c", 401, "AuthenticationFailed"), ("d", 503, "ServerError")):
        web.status = status
        assert (await bench.status(name, **LOCAL, port=web.port))[3] == reason
    web.stop()


async def test_secrets_are_only_what_the_operator_has_allowed(bench: Bench) -> None:
    at = {"host": "127.0.0.1", "port": free_port()}
    for name, secret, reason in (
        ("a", {"file": "../other/theirs"}, "SecretNotAllowed"),
        ("b", {"file": "out"}, "SecretNotAllowed"),
        ("c", {"file": "/etc/hostname"}, "SecretNotAllowed"),
        ("d", {"file": "nothing"}, "SecretNotFound"),
        ("e", {"file": "."}, "SecretNotFound"),
        ("f", {"env": "EXTERNAL_SERVICES_SECRET_NOTHING"}, "SecretNotFound"),
    ):
        assert await bench.status(name, **at, secret=secret) == ("False", reason, "Unknown", "NotConfigured")


async def test_work_in_flight_survives_changes_and_deletion_and_gets_time_to_end(
    bench: Bench, postgres: PostgresServer
) -> None:
    key = Key("default", "db")
    at = {"host": "127.0.0.1", "port": postgres.port, "protocol": "POSTGRES", "secret": {"file": "postgres"}}
    sizes = {"minConns": 3, "maxConns": 3}
    assert (await bench.status("db", **at, limits=sizes))[3] == "Answers"
    assert await postgres.connections() == 3
    async with bench.pools.use(key) as first, bench.pools.use(key) as second:
        backend = await second.fetchval("SELECT pg_backend_pid()")
        at["timeouts"] = {"acquire": "100ms"}
        await bench.status("db", **at, limits={"minConns": 0, "maxConns": 1, "maxIdleConns": 0})
        assert await postgres.connections() == 2  # the idle one has gone
        found = await bench.kit.get(KIND, "db")
        assert found is not None
        assert (found.condition("Reachable") or {})["reason"] == "PoolExhausted"
        await bench.status("db", **at, limits={"minConns": 1, "maxConns": 1}, database="template1")
        assert await second.fetchval("SELECT pg_backend_pid()") == backend
        assert await first.fetchval("SELECT 1") == 1
        assert await postgres.connections() == 3  # one of the new pool
        await bench.kit.delete(KIND, "db")
        await becomes(postgres.connections, 2)
        assert await second.fetchval("SELECT pg_backend_pid()") == backend
        assert await bench.kit.get(KIND, "db") is not None  # its finalizer waits for what is lent
    await bench.kit.settled()
    assert await bench.kit.get(KIND, "db") is None
    await becomes(postgres.connections, 0)
