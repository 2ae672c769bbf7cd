"""The life of three real services, with the controller killed in the middle of each step."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from controllers import Key
from tests.external_services.servers import PASSWORD, HttpServer, PostgresServer, RedisServer
from tests.external_services.waiting import PATIENCE_SECONDS, becomes

if TYPE_CHECKING:
    from controllers.resources import Resources

KIND = "ExternalService"
NAMES = ("db", "cache", "web")
PROBE = {"interval": "200ms"}


class Program:
    """The controller as a process, which can be killed and started again."""

    def __init__(self, url: str, *, log: Path, secrets: Path) -> None:
        self._log = log
        self._environment = {
            **os.environ,
            "KINDGRAPH_SERVER": url,
            "EXTERNAL_SERVICES_SECRETS_DIR": str(secrets),
            "EXTERNAL_SERVICES_SECRET_REDIS": PASSWORD,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "controllers.external_services"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self._environment, stdout=log, stderr=log)

    def end(self, number: signal.Signals) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_SECONDS)

    async def kill_and_start(self, resources: Resources) -> None:
        """Kill it, and start it again; nobody waits for the lease of the dead to run out."""
        assert self.end(signal.SIGKILL) == -signal.SIGKILL
        await resources.update("Lease", Key("default", "external-services"), {"spec": {"holderIdentity": ""}})
        self.start()

    @property
    def logs(self) -> str:
        return self._log.read_text()


@pytest.fixture
def program(kindgraph_server: str, tmp_path: Path) -> Iterator[Program]:
    secrets = tmp_path / "secrets"
    (secrets / "default").mkdir(parents=True)
    (secrets / "default" / "postgres").write_text(PASSWORD + "\n")
    program = Program(kindgraph_server, log=tmp_path / "log", secrets=secrets)
    program.start()
    yield program
    program.end(signal.SIGKILL)


@pytest.fixture
async def web() -> AsyncIterator[HttpServer]:
    server = HttpServer()
    await server.start()
    yield server
    server.stop()


async def conditions(resources: Resources) -> dict[str, dict[str, str]]:
    """Return the status of each condition of each service."""
    return {
        one.name: {condition["type"]: condition["status"] for condition in one.status.get("conditions") or ()}
        for one in await resources.list(KIND)
    }


def specs(postgres: PostgresServer, redis: RedisServer, web: HttpServer) -> dict[str, dict[str, Any]]:
    common = {"host": "127.0.0.1", "probe": PROBE, "limits": {"minConns": 2, "maxConns": 4}}
    return {
        "db": {
            **common,
            "port": postgres.port,
            "protocol": "POSTGRES",
            "secret": {"file": "postgres"},
            "tls": {"caCertificate": postgres.certificate},
        },
        "cache": {
            **common,
            "port": redis.port,
            "protocol": "REDIS",
            "secret": {"env": "EXTERNAL_SERVICES_SECRET_REDIS"},
        },
        "web": {**common, "port": web.port},
    }


@pytest.mark.timeout(300)  # six processes are started, one after the other
async def test_services_are_created_resized_lost_found_and_deleted_while_the_controller_is_killed(
    resources: Resources, program: Program, postgres: PostgresServer, redis: RedisServer, web: HttpServer
) -> None:
    services = (postgres, redis, web)

    async def open_connections() -> list[int]:
        return list(await asyncio.gather(*(one.connections() for one in services)))

    async def reachable(status: str) -> None:
        wanted = {name: {"Configured": "True", "Reachable": status} for name in NAMES}
        await becomes(lambda: conditions(resources), wanted)

    # Create, and kill it when it has begun to connect.
    for name, spec in specs(*services).items():
        await resources.create(KIND, {"metadata": {"name": name}, "spec": spec})
    await becomes(lambda: _any(open_connections), True)
    await program.kill_and_start(resources)
    await reachable("True")
    await becomes(open_connections, [2, 2, 2])

    # Resize, and kill it at once.
    for name in NAMES:
        await resources.update(KIND, Key("default", name), {"spec": {"limits": {"minConns": 5, "maxConns": 8}}})
    await program.kill_and_start(resources)
    await becomes(open_connections, [5, 5, 5])
    for name in NAMES:
        limits = {"minConns": 1, "maxConns": 2, "maxIdleConns": 1}
        await resources.update(KIND, Key("default", name), {"spec": {"limits": limits}})
    await becomes(open_connections, [1, 1, 1])
    await becomes(lambda: _generations(resources), {3})
    db = await resources.find(KIND, Key("default", "db"))
    assert db is not None
    assert db.status["effective"]["tlsVersion"] == "TLSv1.3"
    assert db.status["effective"]["secret"] == "file:postgres"
    assert db.status["effective"]["maxConns"] == 2
    assert db.status["latencyMilliseconds"] > 0

    # Stop the services, and kill it before it has said so.
    for one in services:
        one.stop()
    await program.kill_and_start(resources)
    await becomes(lambda: conditions(resources), {name: {"Configured": "True", "Reachable": "False"} for name in NAMES})
    reasons = {(one.condition("Reachable") or {})["reason"] for one in await resources.list(KIND)}
    assert reasons == {"ConnectionRefused"}

    # Start them, and kill it before it has said so.
    for one in services:
        await one.start()
    await program.kill_and_start(resources)
    await reachable("True")
    await becomes(open_connections, [1, 1, 1])

    # Delete, and kill it at once.
    for name in NAMES:
        await resources.delete(KIND, Key("default", name))
    await program.kill_and_start(resources)
    await becomes(lambda: conditions(resources), {})
    await becomes(open_connections, [0, 0, 0])
    await becomes(lambda: _is_led(resources), True)  # the dead one may have done it all: this one listens by now

    assert program.end(signal.SIGTERM) == 0
    program.start()  # for the fixture to end
    events = [event.raw for event in await resources.list("Event")]
    assert PASSWORD not in program.logs
    assert PASSWORD not in str(events)
    assert PASSWORD not in str(db.raw)


async def _any(look: Any) -> bool:
    return any(await look())


async def _generations(resources: Resources) -> set[int]:
    return {one.status.get("observedGeneration") for one in await resources.list(KIND)}


async def _is_led(resources: Resources) -> bool:
    lease = await resources.find("Lease", Key("default", "external-services"))
    return lease is not None and bool(lease.spec.get("holderIdentity"))
