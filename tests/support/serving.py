"""Running servers: the application in the test's own event loop, and the real process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from app.application import Application, create_application
from app.process.listening import bind, bound_port
from app.process.serving import ApplicationServer, uvicorn_config
from app.settings import Settings

READY_TIMEOUT_SECONDS = 60
_BEHIND_ATTEMPTS = 40
_BEHIND_PAUSE_SECONDS = 0.25


class GraphqlFailed(AssertionError):
    """A request that should have worked was answered with errors, which are in ``errors``."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors)
        self.errors = errors


class GraphqlClient:
    """What both kinds of server offer a test: addresses, and a GraphQL request in one line."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ws_url = url.replace("http", "ws", 1) + "/graphql"
        self.client = httpx.AsyncClient(base_url=url, timeout=30)

    async def request(
        self, query: str, variables: Mapping[str, Any] | None = None, *, operation: str | None = None
    ) -> dict[str, Any]:
        """Return the whole answer: ``{data, errors, extensions}``."""
        body = {"query": query, "variables": dict(variables or {}), "operationName": operation}
        response = await self.client.post("/graphql", json=body)
        answer: dict[str, Any] = response.json()
        return answer

    async def settled(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the whole answer of a server that keeps up.

        A write that was refused because the hub lags, as it may on a machine under load, is sent again, as clients do.
        """
        answer = await self.request(query, variables)
        for _ in range(_BEHIND_ATTEMPTS):
            if not _is_behind(answer):
                break
            await asyncio.sleep(_BEHIND_PAUSE_SECONDS)
            answer = await self.request(query, variables)
        return answer

    async def graphql(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return ``data`` of a server that keeps up; any error fails the test."""
        answer = await self.settled(query, variables)
        if answer.get("errors"):
            raise GraphqlFailed(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def errors(self, query: str, variables: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Return the errors of a request that must have some."""
        answer = await self.request(query, variables)
        errors: list[dict[str, Any]] = answer.get("errors") or []
        assert errors, answer
        return errors


class RunningServer(GraphqlClient):
    """The application on a free port in the running event loop.

    Attributes:
        application: The application itself.
        process: Uvicorn's server; ``process.should_exit = True`` ends it as SIGTERM does.
    """

    def __init__(self, url: str, *, application: Application, process: ApplicationServer) -> None:
        super().__init__(url)
        self.application = application
        self.process = process


class _SignalFreeServer(ApplicationServer):
    """Leaves signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def running_server(settings: Settings) -> AsyncIterator[RunningServer]:
    """Run a server of these settings in this event loop."""
    async with create_application(settings) as application:
        (listener,) = bind("127.0.0.1", 0)
        url = f"http://127.0.0.1:{bound_port([listener])}"
        ready = asyncio.Event()
        process = _SignalFreeServer(
            uvicorn_config(application, settings),
            drain=application.drain,
            on_ready=ready.set,
            drain_seconds=settings.drain_seconds,
        )
        serving = asyncio.create_task(process.serve(sockets=[listener]))
        await ready.wait()
        server = RunningServer(url, application=application, process=process)
        try:
            async with server.client:
                yield server
        finally:
            process.should_exit = True
            await serving


@pytest.fixture
def server_settings(mongo_uri: str, database: str) -> Settings:
    """The settings of ``server``; override this fixture to change some with ``model_copy(update=…)``."""
    return Settings(mongo_uri=SecretStr(mongo_uri), database=database, port=0, drain_seconds=5)


@pytest.fixture
async def server(server_settings: Settings) -> AsyncIterator[RunningServer]:
    """A running server with a database of its own."""
    async with running_server(server_settings) as running:
        yield running


class ServerProcess:
    """One ``kindgraph serve`` in a process of its own.

    Attributes:
        output: What it has printed so far, both streams by lines.
        environment: The variables that it was given beside those of the tests.
    """

    def __init__(self, arguments: tuple[str, ...], *, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._popen = subprocess.Popen(
            [sys.executable, "-m", "app.cli.main", "serve", *arguments],
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.output: list[str] = []
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def url(self) -> str:
        """The address that it has printed, once it is ready."""
        match = self.wait_for(r"(http://\S+)/graphql")
        return match[1]

    def graphql_client(self) -> GraphqlClient:
        return GraphqlClient(self.url)

    def wait_for(self, pattern: str, *, timeout_seconds: float = READY_TIMEOUT_SECONDS) -> re.Match[str]:
        """Return the first match in the output, waiting for it."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            while True:
                match = re.search(pattern, "".join(self.output))
                if match is not None:
                    return match
                left = deadline - time.monotonic()
                if left <= 0 or not self._reader.is_alive():
                    raise AssertionError(f"no {pattern} in: {''.join(self.output)}")
                self._changed.wait(min(left, 0.2))

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def wait(self, timeout_seconds: float = 30) -> int:
        """Return the exit code."""
        code = self._popen.wait(timeout_seconds)
        self._reader.join(timeout_seconds)
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        if self._popen.poll() is None:
            self.send(number)
        return self.wait()

    def _read(self) -> None:
        assert self._popen.stdout is not None
        with self._popen.stdout as lines:
            for line in lines:
                with self._changed:
                    self.output.append(line)
                    self._changed.notify_all()


StartServer = Callable[..., ServerProcess]


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[StartServer]:
    """Starts server processes on data directories of their own; what is left of them is stopped afterwards.

    ``start_server(*arguments, data_dir=…, **environment)``: variables are named without their prefix.
    """
    started: list[ServerProcess] = []

    def start(*arguments: str, data_dir: Path | None = None, **environment: str) -> ServerProcess:
        variables = {
            "KINDGRAPH_PORT": "0",
            "KINDGRAPH_DATA_DIR": str(data_dir or tmp_path / "data"),
            "KINDGRAPH_MONGOD_CACHE_GIB": "0.25",
            **{f"KINDGRAPH_{name.upper()}": value for name, value in environment.items()},
        }
        started.append(ServerProcess(arguments, environment=variables))
        return started[-1]

    yield start
    for process in started:
        process.stop(signal.SIGKILL)


@pytest.fixture
def server_process(start_server: StartServer) -> ServerProcess:
    """A server process that is ready."""
    process = start_server()
    assert process.url
    return process


def _is_behind(answer: Mapping[str, Any]) -> bool:
    """Return whether all was refused, and nothing committed, because the server was behind the database."""
    errors = answer.get("errors") or []
    return bool(errors) and all("behind the database" in error["message"] for error in errors)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KINDGRAPH_")}
    mongod = os.environ.get("KINDGRAPH_MONGOD")
    return {**inherited, **({"KINDGRAPH_MONGOD": mongod} if mongod else {}), **variables}
