"""What ``kindgraph describe`` does: metadata in words, the rest of the resource as YAML below its headings."""

from __future__ import annotations

import datetime
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.cli.blockers import blocker_in_words
from app.cli.client import connect
from app.cli.getting import namespace_of
from app.cli.kinds import find_kind
from app.cli.listing import find_blockers, find_events, get_resource
from app.cli.output.table import MISSING, Table, age
from app.cli.output.text import first_line, printable
from app.cli.output.yaml_writer import write_yaml

if TYPE_CHECKING:
    from app.cli.listing import Raw

__all__ = ["describe", "describe_resource"]

_LABEL_WIDTH: Final = 20
_EVENTS: Final = 20


async def describe_resource(word: str, name: str, *, server: str | None, namespace: str | None) -> int:
    """Print the description of one resource.

    Raises:
        CommandFailed: No such kind or resource, or a server that refuses.
    """
    async with connect(server) as client:
        kind = await find_kind(client, word)
        place = namespace_of(kind, namespace)
        raw = await get_resource(client, kind, name=name, namespace=place)
        going = raw["metadata"].get("deletionRequestedAt") is not None
        blockers = await find_blockers(client, kind, name=name, namespace=place) if going else []
        events = await find_events(client, uid=raw["metadata"]["uid"], most=_EVENTS)
    sys.stdout.write(describe(raw, now=datetime.datetime.now(datetime.UTC), blockers=blockers, events=events))
    return 0


def describe(
    raw: Raw,
    *,
    now: datetime.datetime,
    blockers: Sequence[Mapping[str, Any]] = (),
    events: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Return the description of a resource.

    Args:
        raw: The resource.
        now: The time.
        blockers: What its deletion waits for.
        events: What happened to it.
    """
    lines = [*_metadata(raw, now), *_blockers(blockers, now), *_indexes(raw), *_sections(raw), *_events(events, now)]
    return "".join(f"{line}\n" for line in lines)


def _metadata(raw: Raw, now: datetime.datetime) -> Iterator[str]:
    metadata = raw["metadata"]
    yield _line("Name", metadata["name"])
    if metadata.get("namespace"):
        yield _line("Namespace", metadata["namespace"])
    yield _line("Kind", raw["kind"])
    if raw.get("group"):
        yield _line("Group", raw["group"])
    yield from _pairs("Labels", metadata.get("labels"))
    yield from _pairs("Annotations", metadata.get("annotations"))
    for label, name in (
        ("Created", "createdAt"),
        ("Updated", "updatedAt"),
        ("Deletion requested", "deletionRequestedAt"),
    ):
        if written := metadata.get(name):
            yield _line(label, f"{written} ({age(written, now=now)} ago)")
    for label, name in (("Generation", "generation"), ("Resource version", "resourceVersion"), ("UID", "uid")):
        yield _line(label, str(metadata.get(name, MISSING)))
    if finalizers := metadata.get("finalizers"):
        yield _line("Finalizers", ", ".join(finalizers))
    for owner in metadata.get("ownerReferences") or []:
        yield _line("Owned by", f"{owner.get('kind')}/{owner.get('name')} ({owner.get('uid')})")


def _blockers(blockers: Sequence[Mapping[str, Any]], now: datetime.datetime) -> Iterator[str]:
    for number, blocker in enumerate(blockers):
        since = f" (for {age(blocker['since'], now=now)})" if blocker.get("since") else ""
        yield _line("Deletion waits for" if number == 0 else "", blocker_in_words(blocker) + since)


def _indexes(raw: Raw) -> Iterator[str]:
    """Tell how far the indexes of a definition are."""
    indexes = (raw.get("status") or {}).get("indexes") if raw["kind"] == "ResourceDefinition" else None
    if not indexes:
        return
    rows = [
        [", ".join(index["fields"]), "yes" if index.get("unique") else "no", index["state"], _progress(index)]
        for index in indexes
    ]
    yield ""
    yield "Indexes:"
    for line in Table(["Fields", "Unique", "State", "Progress"]).write(rows, headed=True).splitlines():
        yield f"  {line}"
    for index in indexes:
        if index.get("message"):
            yield f"  {printable(', '.join(index['fields']))}: {printable(index['message'])}"


def _progress(index: Mapping[str, Any]) -> str:
    indexed, total = index.get("indexed"), index.get("total")
    if indexed is None or not total:
        return MISSING
    return f"{indexed} of {total} ({100 * indexed // total} %)"


def _sections(raw: Raw) -> Iterator[str]:
    for name, value in raw.items():
        if name in {"group", "kind", "metadata", "id"} or value is None:
            continue
        yield ""
        yield f"{printable(name[:1].upper() + name[1:])}:"
        yield from (f"  {line}" if line else "" for line in write_yaml(value).splitlines())


def _events(events: Sequence[Mapping[str, Any]], now: datetime.datetime) -> Iterator[str]:
    if not events:
        return
    rows = [
        [
            age(one["lastTimestamp"], now=now),
            first_line(one["type"] or MISSING),
            first_line(one["reason"] or MISSING),
            str(one["count"]),
            first_line(one["reportingController"] or MISSING),
            first_line(one["note"] or ""),
        ]
        for one in events
    ]
    yield ""
    yield "Events:"
    headings = ["Last seen", "Type", "Reason", "Count", "From", "Note"]
    for line in Table(headings).write(rows, headed=True).splitlines():
        yield f"  {line}"


def _pairs(label: str, pairs: Mapping[str, Any] | None) -> Iterator[str]:
    if not pairs:
        yield _line(label, MISSING)
        return
    for index, (name, value) in enumerate(sorted(pairs.items())):
        yield _line(label if index == 0 else "", f"{name}={value}")


def _line(label: str, value: str) -> str:
    return f"{label + ':' if label else '':<{_LABEL_WIDTH}}{first_line(value)}"
