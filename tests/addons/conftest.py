"""An addon manager with real processes, against a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from prometheus_client import CollectorRegistry

from controllers.addons.allowed import Allowance
from controllers.addons.manager import AddonManager, ManagerSettings
from controllers.addons.package import Package, addon_body, read_package
from controllers.addons.supervisor import Timings
from controllers.client import Client
from controllers.limiter import Backoff
from controllers.resource import Key, Resource
from controllers.resources import Resources

if TYPE_CHECKING:
    from tests.support.serving import RunningServer

GREETER: Final = """
from controllers import Controller

controller = Controller("Greeting", lease_seconds=2, resync_seconds=None)

@controller.reconcile
async def reconcile(resource, ctx):
    ctx.status(said="hello " + resource.spec["to"])
"""
DEFINITION: Final[dict[str, Any]] = {
    "kind": "Greeting",
    "schema": {"type": "object", "properties": {"to": {"type": "string"}}},
    "statusSchema": {"type": "object", "properties": {"said": {"type": "string"}}},
}
TIMINGS: Final = Timings(
    backoff=Backoff(base_seconds=0.05, most_seconds=0.2), stable_seconds=5, grace_seconds=5, startup_seconds=20
)


def write_addon(directory: Path, files: Mapping[str, str], **manifest: Any) -> Package:
    """Write a package and return it."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
    (directory / "addon.yaml").write_text(yaml.safe_dump({"name": "greeter", "version": "1.0.0", **manifest}))
    return read_package(directory)


def write_script(directory: Path, source: str, *, version: str = "1.0.0", **controller: Any) -> Package:
    """Write a package with one program that has no heartbeat."""
    program = {"name": "main", "command": ["python", "main.py"], "heartbeat": False, **controller}
    return write_addon(directory, {"main.py": source}, version=version, controllers=[program])


@pytest.fixture
async def resources(server: RunningServer) -> AsyncIterator[Resources]:
    async with Client(server.url) as client:
        yield Resources(client)


class Managing:
    """A manager at work, and what a user does."""

    def __init__(self, resources: Resources, packages: Path) -> None:
        self.resources = resources
        self.packages = packages

    async def install(self, package: Package, **spec: Any) -> Resource:
        body = addon_body(package)
        body["spec"] |= spec
        return (await self.resources.apply("Addon", body)).resource

    async def addon(self, name: str = "greeter") -> Resource | None:
        return await self.resources.find("Addon", Key(None, name))

    async def until(self, holds: Callable[[Resource], bool], name: str = "greeter") -> Resource:
        """Return the addon once something holds of it."""
        found = None
        try:
            async with asyncio.timeout(40):
                while (found := await self.addon(name)) is None or not holds(found):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it never held of {found.raw if found else None}") from None
        return found

    async def find_until(self, kind: str, name: str, holds: Callable[[Resource], bool]) -> Resource:
        """Return a resource of the namespace ``default`` once something holds of it."""
        async with asyncio.timeout(40):
            while (found := await self.resources.find(kind, Key("default", name))) is None or not holds(  # noqa: ASYNC110
                found
            ):
                await asyncio.sleep(0.05)
        return found

    async def gone(self, name: str = "greeter") -> None:
        async with asyncio.timeout(40):
            while await self.addon(name) is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture
async def start_manager(
    server: RunningServer, resources: Resources, tmp_path: Path
) -> AsyncIterator[Callable[..., Awaitable[Managing]]]:
    """Starts managers, which end with the test; ``end`` of one ends it before."""
    packages = tmp_path / "packages"
    packages.mkdir()
    async with contextlib.AsyncExitStack() as stack:

        async def start(**options: Any) -> Managing:
            client = await stack.enter_async_context(Client(server.url))
            settings = ManagerSettings(
                **{
                    "state": tmp_path / "state",
                    "directories": [Allowance(str(packages))],
                    "heartbeat_seconds": 3.0,
                    "timings": TIMINGS,
                    **options,
                }
            )
            manager = AddonManager(settings, client=client, registry=CollectorRegistry(), alone=True)
            stop = asyncio.Event()
            running = asyncio.create_task(manager.run(stop))

            async def end() -> None:
                stop.set()
                await running

            stack.push_async_callback(end)
            managing = Managing(resources, packages)
            managing.end = end  # type: ignore[attr-defined]
            return managing

        yield start


@pytest.fixture
async def managing(start_manager: Callable[..., Awaitable[Managing]]) -> Managing:
    return await start_manager()


@pytest.fixture
def kindgraph_server(server: RunningServer) -> str:
    """The address of a server with a database of its own."""
    return server.url
