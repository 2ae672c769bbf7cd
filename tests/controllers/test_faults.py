"""Everything is killed in turn, and what a controller keeps is exact afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.process.listening import bind, bound_port
from controllers.client import Client
from controllers.errors import ControllerError, NotFound
from controllers.resource import Key
from controllers.resources import Resources
from tests.controllers.conftest import GADGET, WIDGET
from tests.support.replica_set import running_replica_set

if TYPE_CHECKING:
    from tests.support.serving import StartServer

ROOT = Path(__file__).parents[2]
KEYS = [Key("default", f"w{number}") for number in range(12)]
WRITES_BETWEEN = 25


class Writer:
    """A user who creates, changes and deletes widgets, whatever becomes of the server.

    Attributes:
        count: How many writes were answered.
    """

    def __init__(self, resources: Resources) -> None:
        self.count = 0
        self._resources = resources
        self._random = random.Random(7)

    async def run(self) -> None:
        while True:
            key = self._random.choice(KEYS)
            with contextlib.suppress(ControllerError):
                if self._random.random() < 0.25:
                    with contextlib.suppress(NotFound):
                        await self._resources.delete("Widget", key)
                else:
                    body = {"metadata": {"name": key.name}, "spec": {"size": self._random.randrange(10**6)}}
                    await self._resources.apply("Widget", body)
                self.count += 1


async def until(condition: Callable[[], bool], *, seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - processes have nothing to wait for
            await asyncio.sleep(0.05)


async def sizes(resources: Resources, kind: str) -> dict[Key, int]:
    return {found.key: found.spec["size"] for found in await resources.list(kind)}


async def start_controller(url: str, log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "controllers", "run", "tests/controllers/mirroring.py:controller", "--server", url),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )


@contextlib.asynccontextmanager
async def in_background(writer: Writer) -> AsyncIterator[None]:
    task = asyncio.create_task(writer.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.timeout(300)
async def test_a_mirror_is_exact_after_the_server_the_database_and_the_controller_were_killed(
    start_server: StartServer, tmp_path: Path
) -> None:
    (listener,) = bind("127.0.0.1", 0)
    port = bound_port([listener])
    listener.close()
    url, log = f"http://127.0.0.1:{port}", tmp_path / "controller.log"
    with running_replica_set(size=1) as database:

        def serve() -> None:
            nonlocal server
            server = start_server(mongo_uri=database.uri, port=str(port))
            assert server.url

        server = start_server(mongo_uri=database.uri, port=str(port))
        assert await asyncio.to_thread(lambda: server.url)
        controller = await start_controller(url, log)
        async with Client(url) as client:
            resources, writer = Resources(client), Writer(Resources(client))
            for definition in (WIDGET, GADGET):
                await resources.create("ResourceDefinition", {"spec": definition})
            async with in_background(writer):
                for victim in ("controller", "server", "database", "controller"):
                    wanted = writer.count + WRITES_BETWEEN
                    await until(lambda wanted=wanted: writer.count >= wanted)
                    match victim:
                        case "controller":
                            controller.kill()
                            await controller.wait()
                            controller = await start_controller(url, log)
                        case "server":
                            await asyncio.to_thread(server.stop, signal.SIGKILL)
                            await asyncio.to_thread(serve)
                        case _:
                            await asyncio.to_thread(database.members[0].kill)
                            await asyncio.to_thread(database.heal)
            try:
                async with asyncio.timeout(90):
                    while (wanted := await sizes(resources, "Widget")) != await sizes(resources, "Gadget"):  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
            except TimeoutError:
                raise AssertionError(log.read_text()[-5_000:]) from None
            assert wanted
            assert controller.returncode is None
            controller.send_signal(signal.SIGTERM)
            assert await controller.wait() == 0
            assert await sizes(resources, "Gadget") == wanted
