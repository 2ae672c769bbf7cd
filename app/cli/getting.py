"""What ``kindgraph get`` does: read, show, and follow."""

from __future__ import annotations

import datetime
import sys
from typing import TYPE_CHECKING

from app.cli.client import connect
from app.cli.kinds import fetch_definition, find_kind
from app.cli.listing import Listing, Scope, get_resource, list_resources, not_found
from app.cli.options import DEFAULT_NAMESPACE
from app.cli.output.text import printable
from app.cli.showing import Columns, Shower
from app.cli.watching import follow

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.kinds import Kind

__all__ = ["namespace_of", "show_resources"]


async def show_resources(
    word: str,
    *,
    server: str | None,
    name: str | None,
    namespace: str | None,
    all_namespaces: bool,
    selector: str | None,
    output: str,
    watch: bool,
    watch_events: bool = False,
) -> int:
    """Show one resource or a list, then its changes where wanted.

    Raises:
        CommandFailed: No such kind, no such resource, or a server that refuses.
    """
    async with connect(server) as client:
        kind = await find_kind(client, word)
        scope = Scope(None if all_namespaces else namespace_of(kind, namespace), selector, name)
        columns = Columns([], [], [])
        if output == "table":
            columns = Columns.of_definition(await fetch_definition(client, kind.name))
        shower = Shower(
            output,
            kind=kind.name,
            columns=columns,
            with_namespace=all_namespaces and kind.namespaced,
            as_events=watch_events,
            now=lambda: datetime.datetime.now(datetime.UTC),
        )
        listing = await _show_now(client, kind, scope, shower, watch=watch, empty=output in {"yaml", "json"})
        if watch:
            async for change in follow(client, kind, scope, listing):
                _write(shower.show_change(change.type, change.resource))
    return 0


def namespace_of(kind: Kind, given: str | None) -> str | None:
    """Return the namespace that a command means: the given one, the default, or none for kinds without namespaces."""
    return (given or DEFAULT_NAMESPACE) if kind.namespaced else None


async def _show_now(client: Client, kind: Kind, scope: Scope, shower: Shower, *, watch: bool, empty: bool) -> Listing:
    """Show the present state; return it with the position that changes follow."""
    if scope.name is not None and not watch:
        raw = await get_resource(client, kind, name=scope.name, namespace=scope.namespace)
        _write(shower.show_one(raw))
        return Listing([raw], "")
    listing = await list_resources(client, kind, scope)
    if scope.name is not None:
        if not listing.resources:
            raise not_found(kind, name=scope.name, namespace=scope.namespace)
        _write(shower.show_one(listing.resources[0]))
    elif listing.resources or (empty and not watch):
        _write(shower.show_all(listing.resources))
    else:
        place = f" in namespace {printable(scope.namespace)}" if scope.namespace is not None else ""
        sys.stderr.write(f"no {kind.name} found{place}\n")
    return listing


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
