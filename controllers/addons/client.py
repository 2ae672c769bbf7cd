"""What the commands do with the server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from controllers.addons.errors import AddonRefused
from controllers.addons.logbook import log_directory
from controllers.client import Client
from controllers.errors import NotFound
from controllers.resource import Key
from controllers.resources import Resources

__all__ = ["install", "installed", "last_lines", "remove"]

_ADDON: Final = "Addon"
_KEPT: Final = ("onRemoval",)
"""What of a spec a user says, and no package."""


async def install(body: dict[str, Any], server: str | None) -> str:
    """Create an Addon, or have it ask for another package; returns ``created``, ``configured`` or ``unchanged``."""
    async with Client(server) as client:
        resources = Resources(client)
        key = Key(None, body["metadata"]["name"])
        there = await resources.find(_ADDON, key)
        if there is None:
            await resources.create(_ADDON, body)
            return "created"
        kept = {name: there.spec[name] for name in _KEPT if name in there.spec}
        metadata = {
            name: there.metadata[name]
            for name in ("name", "labels", "annotations", "finalizers", "ownerReferences")
            if there.metadata.get(name)
        }
        spec = {**kept, **body["spec"], "controllers": _with_counts(body["spec"], there.spec)}
        written = await resources.replace(_ADDON, {"metadata": metadata, "spec": spec})
        return "configured" if written.resource.version != there.version else "unchanged"


def _with_counts(wanted: dict[str, Any], there: dict[str, Any]) -> list[dict[str, Any]]:
    """Keep how many processes and which variables a user has asked for, of the controllers that there still are."""
    before = {one["name"]: one for one in there.get("controllers") or ()}
    return [
        {
            **one,
            **{
                name: before[one["name"]][name]
                for name in ("replicas", "environment")
                if name in before.get(one["name"], {})
            },
        }
        for one in wanted["controllers"]
    ]


async def installed(server: str | None) -> Sequence[tuple[str, ...]]:
    """Return rows of all addons: name, version in force, the one asked for, phase, ready, message."""
    async with Client(server) as client:
        return [
            (
                one.name,
                one.status.get("version") or "-",
                one.spec["version"],
                one.status.get("phase") or "-",
                one.status.get("ready") or "-",
                one.status.get("message") or "",
            )
            for one in await Resources(client).list(_ADDON)
        ]


async def last_lines(
    name: str, *, server: str | None, state: Path, controller: str | None, count: int
) -> Sequence[tuple[str, str]]:
    """Return the last lines of an addon's processes, each with its source.

    They are those of the manager's files where it runs on this machine; else those that the status tells.

    Raises:
        AddonRefused: There is no such addon.
    """
    async with Client(server) as client:
        addon = await Resources(client).find(_ADDON, Key(None, name))
    if addon is None:
        raise AddonRefused(f"there is no addon {name}")
    found: list[tuple[str, str]] = []
    for path in sorted(log_directory(state, addon.name).glob("*.log")):
        if controller in {None, path.stem.rpartition("-")[0]}:
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [(path.stem, line) for line in (lines[-count:] if count else [])]
    if found:
        return found
    return [
        (told["name"], line)
        for told in addon.status.get("controllers") or ()
        if controller in {None, told["name"]}
        for line in (told.get("logs") or [])[-count:]
    ]


async def remove(name: str, server: str | None, *, choice: str, ask: Callable[[str], str | None]) -> str:
    """Have an addon removed; returns what is told.

    Args:
        name: Of the addon.
        server: Its address.
        choice: ``RETAIN`` or ``DELETE``; empty: ask.
        ask: Asks a question; returns ``RETAIN``, ``DELETE`` or None.

    Raises:
        AddonRefused: There is no such addon.
    """
    async with Client(server) as client:
        resources, key = Resources(client), Key(None, name)
        addon = await resources.find(_ADDON, key)
        if addon is None:
            raise AddonRefused(f"there is no addon {name}")
        kinds = ", ".join(one["kind"] for one in addon.spec.get("definitions") or ())
        chosen = choice or addon.spec.get("onRemoval")
        if not chosen and kinds:
            chosen = ask(f"What becomes of {kinds} and their resources?")
        if chosen:
            await resources.update(_ADDON, key, {"spec": {"onRemoval": chosen}})
        try:
            await resources.delete(_ADDON, key)
        except NotFound:
            return f"Addon/{name} removed"
        there = await resources.find(_ADDON, key)
    if there is None:
        return f"Addon/{name} removed"
    waits = "" if chosen or not kinds else "; where resources are stored it waits for --resources retain|delete"
    return f"Addon/{name} is being removed{waits}"
