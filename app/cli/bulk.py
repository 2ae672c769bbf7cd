"""Applying whole files: definitions first, several requests in flight, a line for each object in the files' order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import Final, NamedTuple

from app.cli.applying import Applied, Applier
from app.cli.client import connect
from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused, ServerUnreachable, describe_failures
from app.cli.kinds import definition_name
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.sources import Entry, Source, find_sources, read_entries
from app.cli.output.progress import ProgressBar
from app.cli.output.text import printable

__all__ = ["apply_files", "read_files", "results"]

_IN_FLIGHT: Final = 8
_WINDOW: Final = 32
"""Results that may wait for an earlier one: what bounds the memory of a large run."""


class _Result(NamedTuple):
    where: str
    outcome: Applied | str


async def apply_files(
    names: Sequence[str], *, server: str | None, namespace: str | None, dry_run: bool, allow_breaking: bool = False
) -> int:
    """Apply what files, directories and stdin hold; print what became of it.

    Returns:
        The exit code: 1 if anything failed.

    Raises:
        CommandFailed: The server is not there, or nothing to apply is.
    """
    suffix = " (dry run)" if dry_run else ""
    failed, found = False, False
    async with connect(server) as client:
        applier = Applier(client, namespace=namespace, dry_run=dry_run, allow_breaking=allow_breaking)
        with ProgressBar("applying") as progress:
            async for where, outcome in results(read_files(names, progress), applier):
                progress.advance()
                found = True
                if isinstance(outcome, Applied):
                    progress.print(f"{printable(f'{outcome.kind}/{outcome.name}')} {outcome.outcome}{suffix}")
                else:
                    failed = True
                    progress.print_error(f"error: {printable(where)}: {outcome}")
    if not found:
        raise CommandFailed("there is nothing to apply: no objects were given")
    return 1 if failed else 0


async def read_files(names: Sequence[str], progress: ProgressBar | None = None) -> AsyncIterator[Entry]:
    """Return the objects of files in their order; a large file is read beside whatever else goes on."""
    sources = await asyncio.to_thread(lambda: list(find_sources(names)))
    seen = 0
    for index, source in enumerate(sources):
        entries = [source] if isinstance(source, Entry) else await asyncio.to_thread(_read, source)
        seen += len(entries)
        if progress is not None:
            progress.expect(seen + len(sources) - index - 1)
        for entry in entries:
            yield entry


def _read(source: Source) -> list[Entry]:
    return list(read_entries(source))


async def results(entries: AsyncIterator[Entry], applier: Applier) -> AsyncIterator[_Result]:
    """Apply definitions as they are read, then resources; what cannot be read counts with the definitions."""
    resources: list[Entry] = []

    async def first() -> AsyncIterator[Entry]:
        async for entry in entries:
            if entry.manifest is None or entry.manifest.is_definition:
                yield entry
            else:
                resources.append(entry)

    async def second() -> AsyncIterator[Entry]:
        for entry in resources:
            yield entry

    for stage in (first, second):
        async for result in _in_order(stage(), applier):
            yield result


async def _in_order(entries: AsyncIterator[Entry], applier: Applier) -> AsyncIterator[_Result]:
    """Apply several at once; give results in the order of the entries, as soon as that allows.

    What concerns one and the same resource is applied in order as well: the last manifest has the last word.
    """
    slots = asyncio.Semaphore(_IN_FLIGHT)
    pending: deque[asyncio.Task[_Result]] = deque()
    turns: dict[object, asyncio.Lock] = {}

    async def work(entry: Entry) -> _Result:
        async with slots, turns.setdefault(_subject(entry), asyncio.Lock()):
            return _Result(entry.where, await _attempt(entry, applier))

    try:
        async for entry in entries:
            pending.append(asyncio.create_task(work(entry)))
            while pending and (pending[0].done() or len(pending) >= _WINDOW):
                yield await pending.popleft()
        while pending:
            yield await pending.popleft()
    finally:
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)


def _subject(entry: Entry) -> object:
    """Return the same for entries of the same resource."""
    manifest = entry.manifest
    if manifest is None:
        return id(entry)
    if manifest.is_definition:
        return definition_name(manifest)
    return manifest.kind, manifest.group, manifest.namespace, manifest.name


async def _attempt(entry: Entry, applier: Applier) -> Applied | str:
    """Apply one object; what is wrong with it is a message. That there is no server ends the whole run instead."""
    if entry.manifest is None:
        error = entry.error or ManifestError("cannot be read")
        return printable(error.message) + describe_failures(error.failures)
    try:
        return await applier.apply(entry.manifest)
    except ServerUnreachable:
        raise
    except RequestRefused as error:
        said = f"invalid{describe_failures(error.failures)}" if error.failures else error.message
        return f"{printable(str(entry.manifest))}: {said}"
    except CommandFailed as error:
        return f"{printable(str(entry.manifest))}: {error.message}"
