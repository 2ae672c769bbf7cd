"""What ``kindgraph delete`` does: one mutation for each resource, one line for each that goes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from app.cli.blockers import BLOCKED_BY, blockers_in_words
from app.cli.bulk import read_files
from app.cli.client import connect
from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused, ServerUnreachable, describe_failures
from app.cli.kinds import DEFINITIONS, definition_name, fetch_kinds, find_kind, select_by_group
from app.cli.listing import not_found
from app.cli.options import DEFAULT_NAMESPACE
from app.cli.output.text import printable

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.kinds import Kind
    from app.cli.manifests.meaning import Manifest
    from app.cli.manifests.sources import Entry

__all__ = ["Deleter", "delete_files", "delete_names"]


class Deleter:
    """Deletes single resources, and prints what became of them.

    Args:
        client: The server.
        namespace: Where to look; the default namespace when None.
        ignore_absent: What is absent is no failure.
        dry_run: All but the commit.
        propagation: What becomes of what they own, in lower case; None leaves it to them.
    """

    def __init__(
        self,
        client: Client,
        *,
        namespace: str | None,
        ignore_absent: bool,
        dry_run: bool,
        propagation: str | None = None,
    ) -> None:
        self._client = client
        self._namespace = namespace
        self._ignore_absent = ignore_absent
        self._dry_run = dry_run
        self._propagation = propagation

    async def delete(self, kind: Kind, name: str, *, namespace: str | None = None) -> None:
        """Delete one resource and print a line.

        Args:
            kind: Its kind.
            name: Its name.
            namespace: The one that its manifest names.

        Raises:
            CommandFailed: It is absent, or the server refuses.
        """
        place = (namespace or self._namespace or DEFAULT_NAMESPACE) if kind.namespaced else None
        try:
            last = await self._mutate(kind, name, place)
        except RequestRefused as error:
            if error.code != "NOT_FOUND":
                raise
            if self._ignore_absent:
                return
            raise not_found(kind, name=name, namespace=place) from None
        # What finalizers hold is still there; the last state of what has gone may carry an earlier request as well.
        waits = last["metadata"]["deletionRequestedAt"] is not None and bool(last["metadata"]["finalizers"])
        done = "deletion requested" if waits else "deleted"
        if waits and not self._dry_run:
            done += f" (waits for {blockers_in_words(last['metadata']['deletionBlockedBy'])})"
        sys.stdout.write(f"{printable(f'{kind.name}/{name}')} {done}{' (dry run)' if self._dry_run else ''}\n")

    async def _mutate(self, kind: Kind, name: str, namespace: str | None) -> Mapping[str, Any]:
        declared, given = ("", "") if namespace is None else (", $namespace: String", ", namespace: $namespace")
        if self._propagation is not None:
            declared, given = f"{declared}, $propagation: DeletionPropagation", f"{given}, propagation: $propagation"
        document = (
            f"mutation Delete($name: String!, $dryRun: Boolean!{declared}) "
            f"{{ deleted: {kind.names.delete}(name: $name, dryRun: $dryRun{given}) "
            f"{{ metadata {{ deletionRequestedAt finalizers {BLOCKED_BY} }} }} }}"
        )
        variables: dict[str, Any] = {"name": name, "dryRun": self._dry_run}
        if self._propagation is not None:
            variables["propagation"] = self._propagation.upper()
        if namespace is not None:
            variables["namespace"] = namespace
        last: Mapping[str, Any] = (await self._client.execute(document, variables)).data["deleted"]
        return last


async def delete_names(
    word: str, names: Sequence[str], *, server: str | None, deleter_of: Callable[[Client], Deleter]
) -> int:
    """Delete resources of one kind; goes on past failures, and returns 1 if there were any."""
    failed = False
    async with connect(server) as client:
        kind = await find_kind(client, word)
        deleter = deleter_of(client)
        for name in names:
            try:
                await deleter.delete(kind, name)
            except ServerUnreachable:
                raise
            except CommandFailed as error:
                failed = True
                sys.stderr.write(f"error: {error.message}\n")
    return 1 if failed else 0


async def delete_files(files: Sequence[str], *, server: str | None, deleter_of: Callable[[Client], Deleter]) -> int:
    """Delete what files hold, the last first, so that resources go before their definitions.

    Returns:
        1 if anything failed; it goes on past failures.
    """
    entries = [entry async for entry in read_files(files)]
    failed = False
    async with connect(server) as client:
        kinds = await fetch_kinds(client)
        deleter = deleter_of(client)
        for entry in _in_order(entries):
            try:
                if entry.manifest is None:
                    raise _unreadable(entry.error)
                kind, name = _target(entry.manifest, kinds)
                await deleter.delete(kind, name, namespace=entry.manifest.namespace)
            except ServerUnreachable:
                raise
            except CommandFailed as error:
                failed = True
                sys.stderr.write(f"error: {printable(entry.where)}: {error.message}\n")
    return 1 if failed else 0


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Return the last first, and definitions after all resources."""
    definitions = [entry for entry in entries if entry.manifest is not None and entry.manifest.is_definition]
    others = [entry for entry in entries if entry.manifest is None or not entry.manifest.is_definition]
    return [*reversed(others), *reversed(definitions)]


def _unreadable(error: Any) -> CommandFailed:
    return CommandFailed(printable(error.message) + describe_failures(error.failures))


def _target(manifest: Manifest, kinds: Sequence[Kind]) -> tuple[Kind, str]:
    """Return what a manifest names."""
    if manifest.is_definition:
        kind, name = DEFINITIONS, definition_name(manifest)
    else:
        kind, name = select_by_group(manifest.kind, manifest.group, kinds), manifest.name
    if name is None:
        raise CommandFailed("nothing in it says what its name is")
    return kind, name
