"""The YAML that programs write, read several times as fast: block mappings and lists of scalars, in bounded space.

Whatever else a text holds (anchors, tags, flow collections, tabs, comments behind values, duplicate keys, errors of any
sort) is not judged here: ``Unusual`` sends it to the whole reader. What is read means the same there and here.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final

from app.cli.manifests.errors import ManifestError
from app.cli.manifests.scalars import key_text, resolve_scalar

__all__ = ["Unusual", "read_block"]

_MAX_DEPTH: Final = 100
_NEVER: Final = 1_000_000_000
_SHORT: Final = 32

_KEY: Final = re.compile(r"[A-Za-z_$][\w$./-]{0,99}", re.ASCII)
_QUOTED_KEY: Final = re.compile(r"""(?:"([^"\\]{0,99})"|'([^']{0,99})'):(?: +(.*))?""")
_PLAIN: Final = re.compile(r"(?:[^-?:,\[\]{}#&*!|>'\"%@` ]|-[^- ]).*")
_NOT_PLAIN: Final = re.compile(r":(?:[ \n]|\Z)|[ \n]#")
_SINGLE: Final = re.compile(r"'([^']*(?:''[^']*)*)' *")
_DOUBLE: Final = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)" *', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:\n *|.|\Z)")
_BREAKS: Final = re.compile(r" *\n((?: *\n)*) *")
_LINE_BREAKS: Final = re.compile(r"\n+")
_BLOCKS: Final = frozenset({"|", "|-", "|+", ">", ">-"})


class Unusual(Exception):
    """The text is to be read by the whole reader."""


def read_block(text: str) -> dict[str, Any]:
    """Return the data of one document, a mapping.

    Raises:
        Unusual: It may be anything else.
    """
    # What can be printed is neither a tab nor what YAML forbids, skips, or breaks lines at.
    if not text.endswith("\n") or not text.replace("\n", "").isprintable():
        raise Unusual
    try:
        return _Reader(text.split("\n")).read()
    except ManifestError:
        raise Unusual from None


class _Reader:
    """Goes through a text from line to line.

    The stack holds the open collections, outermost first, each with the column that its entries stand at.
    """

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = 0  # the next line
        self._stack: list[tuple[int, Any]] = []
        self._waiting: str | None = None  # a key of the innermost mapping: a collection follows, or it is null
        self._last: tuple[Any, Any, str, int] = ({}, "", "", 0)  # a plain scalar: holder, key, words, following line
        self._deeper = _NEVER  # a line beyond this column goes on with that scalar

    def read(self) -> dict[str, Any]:
        """Return the data."""
        lines, end = self._lines, len(self._lines)
        root: Any = None
        while self._at < end:
            line = lines[self._at]
            self._at += 1
            words = line.lstrip(" ")
            if not words or words[0] == "#":
                continue
            if root is None and line.rstrip(" ") == "---" and not self._stack:
                root = False
                continue
            column = len(line) - len(words)
            if column > self._deeper:
                self._go_on()
            else:
                self._deeper = _NEVER
                self._take(column, words)
        if not self._stack or self._stack[0][1].__class__ is not dict:
            raise Unusual
        self._settle()
        return self._stack[0][1]

    def _take(self, column: int, words: str) -> None:
        """Take one line: an entry of a mapping, an item of a list, or an item that is a mapping with this entry."""
        if words.startswith("- "):
            self._open(column, list)
            holder = self._stack[-1][1]
            item = words[1:].lstrip(" ")
            entry = _entry(item)
            if entry is None:
                holder.append(None)
                self._set(holder, len(holder) - 1, item, column=column)
                return
            column += len(words) - len(item)
            holder.append({})
            self._push(column, holder[-1])
        else:
            self._open(column, dict)
            entry = _entry(words)
            if entry is None:
                raise Unusual
        holder = self._stack[-1][1]
        key, rest = entry
        if key in holder:
            raise Unusual
        if rest:
            self._set(holder, key, rest, column=column)
        else:
            self._waiting = key

    def _open(self, column: int, kind: type[Any]) -> None:
        """Make the collection that a line belongs to the innermost one."""
        stack = self._stack
        if self._waiting is not None:
            outer, mapping = stack[-1]
            if column > outer or (column == outer and kind is list):
                mapping[self._waiting] = made = kind()
                self._waiting = None
                self._push(column, made)
                return
            self._settle()
        if not stack:
            self._push(column, kind())
            return
        while stack[-1][0] > column or (stack[-1][0] == column and kind is dict and stack[-1][1].__class__ is list):
            stack.pop()
            if not stack:
                raise Unusual
        if stack[-1][0] != column or stack[-1][1].__class__ is not kind:
            raise Unusual

    def _push(self, column: int, made: Any) -> None:
        self._stack.append((column, made))
        if len(self._stack) > _MAX_DEPTH:
            raise Unusual

    def _settle(self) -> None:
        if self._waiting is not None:
            self._stack[-1][1][self._waiting] = None
            self._waiting = None

    def _set(self, holder: Any, key: Any, rest: str, *, column: int) -> None:
        """Give an entry or item its value, which begins behind its key or dash."""
        first = rest[:1]
        if first in {"'", '"'}:
            holder[key] = self._quoted(first, rest, column)
        elif (header := rest.rstrip(" ")) in _BLOCKS:
            holder[key] = self._block(header, column)
        elif header == "{}":
            holder[key] = {}
        elif header == "[]":
            holder[key] = []
        else:
            holder[key] = _short_plain(header) if len(header) < _SHORT else _plain(header)
            self._last, self._deeper = (holder, key, header, self._at), column

    def _go_on(self) -> None:
        """Read the lines that a plain scalar goes on in, the first of which was taken."""
        holder, key, words, start = self._last
        following = self._following(start, margin=" " * (self._deeper + 1))
        written = "\n".join((words, *following)).rstrip(" \n")
        if not _PLAIN.match(written) or _NOT_PLAIN.search(_BREAKS.sub("\n", written)):
            raise Unusual
        holder[key] = resolve_scalar(_folded(written))
        self._deeper = _NEVER

    def _following(self, start: int, *, margin: str) -> list[str]:
        """Take the lines from one on that begin with a margin, blank ones between them and after them too."""
        at = start
        while at < len(self._lines) and (self._lines[at].startswith(margin) or not self._lines[at].strip(" ")):
            at += 1
        self._at = at
        return self._lines[start:at]

    def _quoted(self, quote: str, rest: str, column: int) -> str:
        at, parts, margin = self._at, [rest], " " * (column + 1)
        quotes = _quotes(rest, quote)
        while quotes % 2:
            if at == len(self._lines) or not (self._lines[at].startswith(margin) or not self._lines[at].strip(" ")):
                raise Unusual
            parts.append(self._lines[at])
            quotes += _quotes(self._lines[at], quote)
            at += 1
        match = (_SINGLE if quote == "'" else _DOUBLE).fullmatch("\n".join(parts))
        if match is None:
            raise Unusual
        self._at = at
        text = match[1]
        if "\\\n" in text and quote == '"':
            text = _ESCAPE.sub(_joined, text)
        if "\n" in text:
            text = _folded(text)
        if quote == "'":
            return text.replace("''", "'")
        return text if "\\" not in text else _unescaped(text)

    def _block(self, header: str, column: int) -> str:
        lines, start = self._lines, self._at
        first = start
        while first < len(lines) and not lines[first]:
            first += 1
        content = lines[first] if first < len(lines) else ""
        indent = len(content) - len(content.lstrip(" "))
        if indent <= column or indent == len(content):
            raise Unusual
        margin, at = " " * indent, first
        while at < len(lines) and (lines[at].startswith(margin) or not lines[at]):
            at += 1
        self._at = at
        if at == len(lines):  # what is behind the last line break is no line
            at -= 1
        body = "\n".join([line[indent:] for line in lines[start:at]])
        kept = body if header.endswith("+") else body.rstrip("\n")
        if header.startswith(">"):
            if kept.startswith((" ", "\n")) or "\n " in kept:
                raise Unusual
            kept = _LINE_BREAKS.sub(lambda found: found[0][1:] or " ", kept)
        return kept if header.endswith("-") else f"{kept}\n"


def _entry(words: str) -> tuple[str, str] | None:
    """Return the key and the rest of an entry of a mapping; None for what is none."""
    if words[:1] in {"'", '"'}:
        quoted = _QUOTED_KEY.fullmatch(words)
        return None if quoted is None else (quoted[1] if quoted[2] is None else quoted[2], quoted[3] or "")
    key, colon, rest = words.partition(": ")
    if not colon:
        return (_key_of(words[:-1]), "") if words.endswith(":") else None
    return _key_of(key), rest.lstrip(" ")


@lru_cache(maxsize=4096)
def _key_of(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise Unusual
    return key_text(resolve_scalar(text))


def _plain(text: str) -> Any:
    if not _PLAIN.fullmatch(text) or _NOT_PLAIN.search(text):
        raise Unusual
    return resolve_scalar(text)


_short_plain = lru_cache(maxsize=4096)(_plain)


def _folded(text: str) -> str:
    """Return what lines of a scalar mean: one break is a space, further ones stay."""
    return _BREAKS.sub(lambda found: "\n" * found[1].count("\n") or " ", text)


def _quotes(text: str, quote: str) -> int:
    if quote == '"' and "\\" in text:
        text = _ESCAPE.sub("", text)
    return text.count(quote)


def _joined(found: re.Match[str]) -> str:
    """Return what an escape leaves of itself where lines are joined: nothing of an escaped break."""
    if not found[0].startswith("\\\n"):
        return found[0]
    if found.string[found.end() : found.end() + 1] == "\n":
        raise Unusual
    return ""


def _unescaped(text: str) -> str:
    """Return a text without those escapes that JSON has as well."""
    if "\\u" in text:
        raise Unusual
    if "\\ " in text:
        text = _ESCAPE.sub(lambda found: " " if found[0] == "\\ " else found[0], text)
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        raise Unusual from None
