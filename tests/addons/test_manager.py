"""Addons installed, kept running, upgraded and removed."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from controllers.resource import Key, Resource
from tests.addons.conftest import DEFINITION, GREETER, Managing, write_addon, write_script

SLEEPER = "import time\nprint('begun', flush=True)\ntime.sleep(600)\n"


def write_greeter(directory: Path, *, version: str = "1.0.0", **more: Any) -> Any:
    controllers = [{"name": "greeter", "entryPoint": "greeter:controller"}]
    return write_addon(
        directory,
        {"greeter.py": GREETER},
        version=version,
        definitions=[DEFINITION],
        controllers=controllers,
        permissions=[{"kinds": ["Greeting"], "verbs": ["*"]}],
        **more,
    )


def healthy(version: str) -> Any:
    return lambda addon: addon.status.get("phase") == "Healthy" and addon.status.get("version") == version


def pid_of(addon: Resource) -> int:
    return int(addon.status["controllers"][0]["pids"][0])


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_an_addon_brings_its_kinds_and_runs_its_controllers(managing: Managing) -> None:
    await managing.install(write_greeter(managing.packages / "greeter"))
    addon = await managing.until(healthy("1.0.0"))
    assert {one["type"]: one["status"] for one in addon.status["conditions"]} == {
        "Installed": "True",
        "Healthy": "True",
        "Degraded": "False",
    }
    (told,) = addon.status["controllers"]
    assert (told["name"], told["replicas"], told["ready"], told["restarts"]) == ("greeter", 1, 1, 0)
    (lease,) = told["leases"]
    heartbeat = await managing.resources.find("Lease", Key(*lease.split("/")))
    assert heartbeat is not None
    assert heartbeat.status["pid"] == pid_of(addon)
    assert heartbeat.status["kinds"] == ["Greeting"]
    await managing.resources.create("Greeting", {"metadata": {"name": "a"}, "spec": {"to": "you"}})
    greeting = await managing.find_until("Greeting", "a", lambda one: one.status.get("said") is not None)
    assert greeting.status["said"] == "hello you"


async def test_a_process_that_dies_is_started_again_and_one_that_cannot_run_is_told_with_its_last_lines(
    managing: Managing,
) -> None:
    await managing.install(write_script(managing.packages / "greeter", SLEEPER))
    pid = pid_of(await managing.until(healthy("1.0.0")))
    os.kill(pid, signal.SIGKILL)
    addon = await managing.until(lambda one: one.status["controllers"][0]["restarts"] == 1 and healthy("1.0.0")(one))
    assert pid_of(addon) != pid
    assert addon.status["controllers"][0]["lastExit"] == "signal SIGKILL"
    await managing.install(write_script(managing.packages / "other", "raise SystemExit('no luck')", version="1.0.1"))
    addon = await managing.until(lambda one: (one.condition("Degraded") or {}).get("status") == "True")
    assert "no luck" in addon.condition("Degraded")["message"]  # type: ignore[index]
    assert addon.status["version"] == "1.0.0"


async def test_a_new_version_runs_beside_the_old_one_until_it_is_healthy(managing: Managing) -> None:
    await managing.install(write_greeter(managing.packages / "one"))
    old = pid_of(await managing.until(healthy("1.0.0")))
    await managing.install(write_greeter(managing.packages / "two", version="2.0.0"))
    addon = await managing.until(healthy("2.0.0"))
    assert addon.status["previousVersion"] == "1.0.0"
    assert pid_of(addon) != old
    assert not runs(old)


async def test_a_version_that_does_not_become_healthy_gives_way_to_the_one_before(
    start_manager: Any,
) -> None:
    managing = await start_manager()
    await managing.install(write_script(managing.packages / "one", SLEEPER))
    old = pid_of(await managing.until(healthy("1.0.0")))
    broken = write_script(managing.packages / "two", "raise SystemExit('it is broken')", version="2.0.0")
    await managing.install(broken, healthyWithinSeconds=1)
    addon = await managing.until(lambda one: (one.condition("Degraded") or {}).get("reason") == "RolledBack")
    assert addon.status["version"] == "1.0.0"
    assert "it is broken" in addon.condition("Degraded")["message"]
    assert pid_of(addon) == old
    await managing.end()
    again = await start_manager()
    addon = await again.until(lambda one: one.status["controllers"][0]["pids"] not in ([], [old]))
    assert addon.status["version"] == "1.0.0"
    fixed = write_script(managing.packages / "three", SLEEPER, version="2.0.1")
    await again.install(fixed)
    await again.until(healthy("2.0.1"))


async def test_removal_asks_what_becomes_of_resources_and_leaves_nothing_behind(managing: Managing) -> None:
    await managing.install(write_greeter(managing.packages / "greeter"))
    pid = pid_of(await managing.until(healthy("1.0.0")))
    await managing.resources.create("Greeting", {"metadata": {"name": "a"}, "spec": {"to": "you"}})
    await managing.resources.delete("Addon", Key(None, "greeter"))
    addon = await managing.until(lambda one: one.condition("RemovalBlocked") is not None)
    blocked = addon.condition("RemovalBlocked")
    assert blocked is not None
    assert (blocked["status"], blocked["reason"]) == ("True", "ChooseOnRemoval")
    assert "1 of Greeting" in blocked["message"]
    assert runs(pid)
    await managing.resources.update("Addon", Key(None, "greeter"), {"spec": {"onRemoval": "DELETE"}})
    await managing.gone()
    assert not runs(pid)
    assert await managing.resources.find("ResourceDefinition", Key(None, "Greeting")) is None
    leases = {one.name for one in await managing.resources.list("Lease")}
    assert not any(name.startswith("greeter.") for name in leases)


async def test_kinds_that_are_retained_outlive_their_addon(managing: Managing) -> None:
    package = write_greeter(managing.packages / "greeter")
    await managing.install(package, onRemoval="RETAIN")
    pid = pid_of(await managing.until(healthy("1.0.0")))
    await managing.resources.create("Greeting", {"metadata": {"name": "a"}, "spec": {"to": "you"}})
    await managing.resources.delete("Addon", Key(None, "greeter"))
    await managing.gone()
    assert not runs(pid)
    assert await managing.resources.find("Greeting", Key("default", "a")) is not None
    await managing.install(package)
    await managing.until(healthy("1.0.0"))


async def test_a_definition_that_the_server_refuses_or_that_is_somebody_elses_is_told(managing: Managing) -> None:
    wrong = write_addon(managing.packages / "greeter", {}, definitions=[{"kind": "Greeting", "schema": {"type": "no"}}])
    await managing.install(wrong)
    addon = await managing.until(lambda one: (one.condition("Installed") or {}).get("status") == "False")
    installed = addon.condition("Installed")
    assert installed is not None
    assert installed["reason"] == "DefinitionRefused"
    assert "/spec/definitions/0" in installed["message"]
    await managing.resources.create("ResourceDefinition", {"spec": DEFINITION})
    await managing.install(write_addon(managing.packages / "greeter", {}, definitions=[DEFINITION]))
    await managing.until(lambda one: (one.condition("Installed") or {}).get("reason") == "DefinitionTaken")


async def test_a_process_whose_heartbeat_stops_is_started_anew(
    managing: Managing,
) -> None:
    await managing.install(write_greeter(managing.packages / "greeter"))
    pid = pid_of(await managing.until(healthy("1.0.0")))
    os.kill(pid, signal.SIGSTOP)
    addon = await managing.until(lambda one: one.status["controllers"][0]["restarts"] == 1 and healthy("1.0.0")(one))
    assert not runs(pid)
    assert pid_of(addon) != pid
