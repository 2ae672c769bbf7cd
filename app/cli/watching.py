"""Following the resources of a kind: events from a position on, over lost connections, drains and expired positions."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.cli.client import StreamBroken
from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused, ServerUnreachable
from app.cli.listing import Listing, Raw, Scope, list_resources

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.kinds import Kind

__all__ = ["Change", "differences", "follow"]

_FIRST_DELAY_SECONDS: Final = 0.2
_LONGEST_DELAY_SECONDS: Final = 10.0
_RELISTING: Final = frozenset({"EXPIRED", "KIND_CHANGED"})


class Change(NamedTuple):
    """One change of a resource.

    Attributes:
        type: ``ADDED``, ``MODIFIED``, ``DELETED`` or ``LEFT`` (there, but no longer meant).
        resource: The new state; the last one of a deleted resource.
    """

    type: str
    resource: Raw


async def follow(client: Client, kind: Kind, scope: Scope, listing: Listing) -> AsyncIterator[Change]:
    """Return the changes since a listing, for ever.

    Where the server has lost the position, the resources are listed again, and what differs from the last known state
    is a change. A server that cannot be reached is waited for; stderr says so.

    Args:
        client: The server.
        kind: Of the resources.
        scope: Which of them.
        listing: The state that changes are told from.

    Raises:
        CommandFailed: The kind is gone, or the server ended the watch for good for another reason.
    """
    known = {_key(raw): raw for raw in listing.resources}
    position = listing.position
    is_lost = False
    pauses = _Pauses()
    while True:
        notice = ""
        try:
            if is_lost:
                listing = await list_resources(client, kind, scope)
                for change in differences(known, listing):
                    yield change
                known = {_key(raw): raw for raw in listing.resources}
                position = listing.position
                is_lost = False
            async for event in _events(client, kind, scope, position):
                pauses.start_over()
                position = event["resourceVersion"] or position
                if event["object"] is not None:
                    change = Change(event["type"], event["object"]["raw"])
                    _remember(known, change)
                    yield change
        except StreamBroken:
            pass
        except ServerUnreachable as error:
            notice = f"{error.message}; waiting for it"
        except RequestRefused as error:
            is_lost = is_lost or error.code in _RELISTING
            if error.code == "GRAPHQL_VALIDATION_FAILED":
                raise CommandFailed(f"the kind {kind.name} is no longer served") from error
            if not error.retryable and error.code not in _RELISTING:
                raise
            position = error.position or position
            notice = f"{error.message}; trying again" if pauses.count else ""
        await pauses.pause(notice)


class _Pauses:
    """The pauses between attempts, each longer than the last, until one brings something.

    Attributes:
        count: Of those that brought nothing.
    """

    def __init__(self) -> None:
        self.start_over()

    def start_over(self) -> None:
        """Take notice that an attempt has brought something."""
        self.count = 0
        self._delay = _FIRST_DELAY_SECONDS
        self._has_told = False

    async def pause(self, notice: str) -> None:
        """Wait; the first notice since something came is told."""
        if notice and not self._has_told:
            sys.stderr.write(f"{notice}\n")
            self._has_told = True
        self.count += 1
        await asyncio.sleep(self._delay)
        self._delay = min(2 * self._delay, _LONGEST_DELAY_SECONDS)


async def _events(client: Client, kind: Kind, scope: Scope, position: str) -> AsyncIterator[dict[str, Any]]:
    arguments = {"resourceVersion": position, "labelSelector": scope.selector, "name": scope.name}
    if kind.namespaced and scope.namespace is not None:
        arguments["namespace"] = scope.namespace
    given = {argument: value for argument, value in arguments.items() if value is not None}
    declared = ", ".join(f"${argument}: String" for argument in given)
    passed = ", ".join(f"{argument}: ${argument}" for argument in given)
    document = (
        f"subscription Watch({declared}) "
        f"{{ event: {kind.names.watch}({passed}) {{ type resourceVersion object {{ raw }} }} }}"
    )
    async for data in client.events(document, given):
        yield data["event"]


def differences(known: Mapping[tuple[str, str], Raw], listing: Listing) -> list[Change]:
    """Return what has changed between the resources last known, by namespace and name, and a later listing."""
    now = {_key(raw): raw for raw in listing.resources}
    gone = [Change("DELETED", raw) for key, raw in known.items() if key not in now]
    there = [
        Change("MODIFIED" if key in known else "ADDED", raw)
        for key, raw in now.items()
        if key not in known or _version(known[key]) != _version(raw)
    ]
    return gone + there


def _remember(known: dict[tuple[str, str], Raw], change: Change) -> None:
    if change.type in {"DELETED", "LEFT"}:
        known.pop(_key(change.resource), None)
    else:
        known[_key(change.resource)] = change.resource


def _key(raw: Raw) -> tuple[str, str]:
    return raw["metadata"].get("namespace") or "", raw["metadata"]["name"]


def _version(raw: Raw) -> tuple[str, str]:
    return raw["metadata"]["uid"], raw["metadata"]["resourceVersion"]
