"""What of a kind is JSON although its schema says more, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final

from app.cli.output.text import printable
from schema_builder.degraded import MOST_COUNTED, degraded_places, write_names

if TYPE_CHECKING:
    from schema_builder.definition import Definition

__all__ = ["degraded_lines"]

_INDENT: Final = "  "
_MOST_SHOWN: Final = 100


def degraded_lines(definition: Definition, path: Sequence[str]) -> Iterator[str]:
    """Tell what at or below a path is JSON; nothing where nothing is.

    Args:
        definition: The kind's.
        path: Original names; items of lists and values of maps have no step of their own. Empty for the whole kind.
    """
    sections = {name: one for name, one in definition.sections.items() if name in path[:1] or not path}
    places = islice(degraded_places(sections), MOST_COUNTED)
    below = [place for place in places if _is_below(place.path, write_names(path))]
    if below:
        yield ""
        yield "SERVED AS JSON, THOUGH THE SCHEMA SAYS MORE:"
    for place in below[:_MOST_SHOWN]:
        yield f"{_INDENT}{printable(place.path)}: it {printable(place.reason)}"
    if len(below) > _MOST_SHOWN:
        yield f"{_INDENT}and {len(below) - _MOST_SHOWN} more; explain a field to see those in it"


def _is_below(path: str, ancestor: str) -> bool:
    path, ancestor = (text.replace("[*]", "") for text in (path, ancestor))
    return not ancestor or (path.startswith(ancestor) and path[len(ancestor) :][:1] in {"", ".", "["})
