"""``kindgraph explain KIND.metadata``: what all kinds share, and how explanations are worded."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from app.cli.errors import CommandFailed
from app.cli.output.text import printable, printable_lines

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.kinds import Kind

__all__ = ["description_lines", "explain_metadata", "unknown_field"]

_INDENT: Final = "  "
_METADATA: Final = """query Explain {
  type: __type(name: "ObjectMeta") { description fields { name description type { ...T } } }
}
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }"""


async def explain_metadata(client: Client, kind: Kind, path: Sequence[str]) -> list[str]:
    """Explain what all kinds share, as the server's own schema tells it."""
    described: Mapping[str, Any] = (await client.execute(_METADATA)).data["type"]
    fields = {field["name"]: field for field in described["fields"]}
    lines = [f"KIND:         {kind.name}"]
    if path:
        if path[0] not in fields or len(path) > 1:
            raise unknown_field(("metadata", *path), list(fields) if len(path) == 1 else [])
        field = fields[path[0]]
        return [
            *lines,
            f"FIELD:        metadata.{path[0]} <{_introspected(field['type'])}>",
            *description_lines(field["description"]),
        ]
    lines += ["FIELD:        metadata <ObjectMeta>", *description_lines(described["description"]), "", "FIELDS:"]
    for name, field in fields.items():
        lines.append(f"{_INDENT}{name}  <{_introspected(field['type'])}>")
        if field["description"]:
            lines += textwrap.wrap(
                field["description"], width=100, initial_indent=_INDENT * 3, subsequent_indent=_INDENT * 3
            )
    return lines


def _introspected(type_: Mapping[str, Any]) -> str:
    if type_["kind"] == "NON_NULL":
        return _introspected(type_["ofType"])
    if type_["kind"] == "LIST":
        return f"[{_introspected(type_['ofType'])}]"
    return str(type_["name"])


def description_lines(text: str | None) -> Iterator[str]:
    """Yield a paragraph that holds a description, nothing where there is none."""
    if not text:
        return
    yield ""
    yield "DESCRIPTION:"
    for line in printable_lines(text).split("\n"):
        yield from textwrap.wrap(line, width=100, initial_indent=_INDENT, subsequent_indent=_INDENT) or [""]


def unknown_field(path: Sequence[str], known: Sequence[str]) -> CommandFailed:
    """Return the error of a path that leads nowhere, with what there is instead."""
    there = f"; there is {', '.join(printable(name) for name in known[:40])}" if known else ""
    return CommandFailed(f"there is no field {printable('.'.join(path))}{there}")
