"""YAML text to plain JSON data, in bounded space: duplicate keys, deep nesting and alias bombs are refused.

The parser's events are turned into data directly. Data of an alias is shared, not copied, but counted as if it were
written out, since that is what it becomes on the wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from app.cli.manifests.errors import ManifestError
from app.cli.manifests.scalars import key_text, resolve_scalar, resolve_tagged

__all__ = ["MAX_ALIASED_NODES", "MAX_DEPTH", "read_yaml"]

MAX_DEPTH: Final = 256
MAX_ALIASED_NODES: Final = 400_000
"""Nodes that aliases may add to one document: the bound of kubectl's reader."""

_Loader: Final[Any] = getattr(yaml, "CLoader", yaml.Loader)
_ENDS: Final = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_NO_KEY: Final = object()


def read_yaml(text: str, *, first_line: int = 1) -> Iterator[Any]:
    """Return the data of every document of a text; empty documents are None.

    Args:
        text: YAML.
        first_line: The line of its file that the text begins on, for messages.

    Raises:
        ManifestError: The text is no YAML, or no JSON can say what it says.
    """
    composer = _Composer(first_line)
    try:
        for event in _events(text):
            if composer.take(event):
                yield composer.document()
    except yaml.MarkedYAMLError as error:
        line = first_line + error.problem_mark.line if error.problem_mark is not None else first_line
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise ManifestError(f"line {line}: {problem}") from None
    except yaml.YAMLError as error:
        raise ManifestError(str(error).splitlines()[0]) from None


def _events(text: str) -> Iterator[Any]:
    """Yield the parser's events; ``yaml.parse`` asks for each of them twice."""
    loader = _Loader(text)
    try:
        event = loader.get_event()
        while event is not None and event.__class__ is not yaml.StreamEndEvent:
            yield event
            event = loader.get_event()
    finally:
        loader.dispose()


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is being read.

    Attributes:
        data: What has been read of it.
        anchor: Its anchor, if any.
        key: MAPPING: the key that waits for its value, else ``_NO_KEY``.
        merged: MAPPING: entries of ``<<``, which explicit ones win over.
        nodes: Nodes inside, as if aliases were written out.
    """

    data: dict[str, Any] | list[Any]
    anchor: str | None
    key: Any = _NO_KEY
    merged: dict[str, Any] = field(default_factory=dict)
    merging: bool = False
    nodes: int = 1


class _Composer:
    """Takes one event after another; has the data of a document at its end."""

    def __init__(self, first_line: int) -> None:
        self._first_line = first_line
        self._reset()

    def _reset(self) -> None:
        self._stack: list[_Frame] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._aliased = 0
        self._root: Any = None

    def take(self, event: Any) -> bool:
        """Take the next event; tell whether it ended a document."""
        kind = event.__class__
        try:
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open(_Frame({}, event.anchor))
            elif kind is yaml.SequenceStartEvent:
                self._open(_Frame([], event.anchor))
            elif kind in _ENDS:
                self._close()
            elif kind is yaml.AliasEvent:
                self._alias(event.anchor or "")
        except ManifestError as error:
            line = self._first_line + event.start_mark.line
            raise ManifestError(f"line {line}: {error.message}") from None
        return kind is yaml.DocumentEndEvent

    def document(self) -> Any:
        """Return the data of the document that has ended, and begin the next one."""
        root = self._root
        self._reset()
        return root

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        frame = self._stack[-1] if self._stack else None
        plain = event.implicit[0]
        if (
            plain
            and event.value == "<<"
            and frame is not None
            and frame.key is _NO_KEY
            and isinstance(frame.data, dict)
        ):
            frame.key, frame.merging = "<<", True
            return
        if plain and event.tag is None:
            value = resolve_scalar(event.value)
        elif event.tag is None or event.tag == "!":
            value = event.value
        else:
            value = resolve_tagged(event.tag, event.value)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        self._add(value, 1)

    def _open(self, frame: _Frame) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise ManifestError(f"nested deeper than {MAX_DEPTH} levels")
        if self._stack and self._expects_key(self._stack[-1]):
            raise ManifestError("a key must be a string, a number or a boolean")
        self._stack.append(frame)

    def _close(self) -> None:
        frame = self._stack.pop()
        if isinstance(frame.data, dict) and frame.merged:
            frame.data = {**frame.merged, **frame.data}
        if frame.anchor is not None:
            self._anchors[frame.anchor] = (frame.data, frame.nodes)
        self._add(frame.data, frame.nodes)

    def _alias(self, anchor: str) -> None:
        if anchor not in self._anchors:
            raise ManifestError(f"the alias *{anchor} has no anchor before it, or stands inside it")
        value, nodes = self._anchors[anchor]
        self._aliased += nodes
        if self._aliased > MAX_ALIASED_NODES:
            raise ManifestError(f"aliases stand for more than {MAX_ALIASED_NODES} nodes")
        self._add(value, nodes)

    def _add(self, value: Any, nodes: int) -> None:
        if not self._stack:
            self._root = value
            return
        frame = self._stack[-1]
        frame.nodes += nodes
        if isinstance(frame.data, list):
            frame.data.append(value)
        elif frame.key is _NO_KEY:
            frame.key = key_text(value)
            if frame.key in frame.data:
                raise ManifestError(f"the key {frame.key!r} is given twice")
        elif frame.merging:
            _merge(frame, value)
            frame.key, frame.merging = _NO_KEY, False
        else:
            frame.data[frame.key] = value
            frame.key = _NO_KEY

    @staticmethod
    def _expects_key(frame: _Frame) -> bool:
        return isinstance(frame.data, dict) and frame.key is _NO_KEY


def _merge(frame: _Frame, value: Any) -> None:
    """Note the entries of ``<<: value``; of several mappings the first one that has a key wins."""
    sources = value if isinstance(value, list) else [value]
    for source in sources:
        if not isinstance(source, dict):
            raise ManifestError("<< takes a mapping or a list of mappings")
        frame.merged = {**source, **frame.merged}
