"""What applying files would change: dry runs that may break anything, shown as text."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.cli.applying import Applied, Applier
from app.cli.bulk import read_files, results
from app.cli.client import connect
from app.cli.errors import CommandFailed
from app.cli.kinds import DEFINITIONS
from app.cli.output.progress import ProgressBar
from app.cli.output.text import printable
from app.cli.output.yaml_writer import write_yaml
from app.cli.showing import applicable

if TYPE_CHECKING:
    from app.cli.listing import Raw

__all__ = ["Colours", "diff_files", "shown_difference"]

_SAME: Final = 0
_DIFFERENT: Final = 1
_TROUBLE: Final = 2
_COLOURS: Final[Mapping[str, str]] = {
    "BREAKING": "\x1b[31m",
    "DANGEROUS": "\x1b[33m",
    "SAFE": "\x1b[32m",
    "-": "\x1b[31m",
    "+": "\x1b[32m",
    "@": "\x1b[36m",
}
_SERVERS: Final = frozenset({"uid", "resourceVersion", "generation", "createdAt", "updatedAt", "deletionRequestedAt"})
_PLAIN: Final = "\x1b[0m"


class Colours:
    """Colours lines, on a terminal that wants them.

    Args:
        wanted: Whether to; else what the output and the environment (``NO_COLOR``, ``TERM``) say.
    """

    def __init__(self, *, wanted: bool | None = None) -> None:
        capable = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._wanted = capable if wanted is None else wanted

    def paint(self, text: str, sort: str) -> str:
        """Return a text in the colour of a severity, or of a line that comes or goes."""
        colour = _COLOURS.get(sort)
        return f"{colour}{text}{_PLAIN}" if self._wanted and colour else text


async def diff_files(names: Sequence[str], *, server: str | None, namespace: str | None) -> int:
    """Print what applying files would change.

    Returns:
        The exit code: 0 for nothing, 1 for something, 2 where something is wrong.

    Raises:
        CommandFailed: The server is not there, or nothing to compare is.
    """
    code, found, colours = _SAME, False, Colours()
    async with connect(server) as client:
        applier = Applier(client, namespace=namespace, dry_run=True, allow_breaking=True)
        with ProgressBar("comparing") as progress:
            async for where, outcome in results(read_files(names, progress), applier):
                progress.advance()
                found = True
                if not isinstance(outcome, Applied):
                    code = _TROUBLE
                    progress.print_error(f"error: {printable(where)}: {outcome}")
                elif outcome.outcome != "unchanged":
                    code = max(code, _DIFFERENT)
                    for line in shown_difference(outcome, colours):
                        progress.print(line)
    if not found:
        raise CommandFailed("there is nothing to compare: no objects were given")
    return code


def shown_difference(applied: Applied, colours: Colours) -> Iterator[str]:
    """Yield the lines that tell what applying one manifest would change."""
    named = printable(f"{applied.kind}/{applied.name}")
    yield f"{named} would be {applied.outcome}"
    if applied.kind == DEFINITIONS.name:
        yield from _changes(applied.extensions, colours)
        if applied.before is None:
            return
    if applied.after is not None:
        yield from _lines(applied.before, applied.after, colours)


def _changes(extensions: Mapping[str, Any], colours: Colours) -> Iterator[str]:
    changes = extensions.get("changes") or []
    for change in changes:
        severity, audience = str(change["severity"]), str(change["audience"]).lower()
        said = printable(str(change["message"]))
        yield f"  {colours.paint(f'{severity:9}', severity)} {audience:9} {printable(str(change['path']))}: {said}"
    refused = 0
    for found in extensions.get("refusedResources") or []:
        refused += found["count"]
        if found["count"]:
            yield f"  {found['count']} of {found['checked']} stored resources would be refused as they are:"
        for one in found["resources"]:
            name = f"{one['namespace']}/{one['name']}" if one.get("namespace") else one["name"]
            yield f"    {printable(name)}: {printable(one['path'])} {printable(one['message'])}"
    if refused or any(change["severity"] == "BREAKING" for change in changes):
        yield "  This needs allowBreaking: true in the definition, or kindgraph apply --allow-breaking."


def _chosen(raw: Raw) -> dict[str, Any]:
    """Return what of a resource somebody chooses: what the server sets would only hide it."""
    metadata = {name: value for name, value in raw["metadata"].items() if name not in _SERVERS}
    return applicable({**raw, "metadata": metadata, "status": None})


def _lines(before: Raw | None, after: Raw, colours: Colours) -> Iterator[str]:
    """Yield a unified diff of YAML."""
    old = [] if before is None else write_yaml(_chosen(before)).splitlines()
    new = write_yaml(_chosen(after)).splitlines()
    for line in difflib.unified_diff(old, new, "now", "applied", lineterm=""):
        yield f"  {colours.paint(line, line[:1])}"
