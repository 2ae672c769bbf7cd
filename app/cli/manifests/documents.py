"""The text of a file to its documents: YAML or JSON, one or many, each failing alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from app.cli.manifests.block_reader import Unusual, read_block
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.json_reader import read_json
from app.cli.manifests.yaml_reader import read_yaml

__all__ = ["Document", "decode_text", "read_documents"]

_SEPARATOR: Final = re.compile(r"^---(?=[ \t\r]|$)", re.MULTILINE)
_DIRECTIVES_ONLY: Final = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n|%.*\r?\n)*\Z")
_BYTE_ORDER_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class Document(NamedTuple):
    """One document of a source.

    Attributes:
        number: From 1, empty documents counted.
        data: Plain JSON data; None where the document cannot be read.
        error: Why it cannot be read.
    """

    number: int
    data: Any
    error: ManifestError | None = None


def decode_text(data: bytes) -> str:
    """Return the text of a file's bytes (UTF-8, or UTF-16 with a byte order mark).

    Raises:
        ManifestError: They are no text.
    """
    encoding = "utf-8"
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ManifestError(f"no {encoding.upper()} text at byte {error.start}") from None


def read_documents(text: str) -> Iterator[Document]:
    """Return the documents of a text that are not empty; one that cannot be read does not stop the rest."""
    if text.lstrip().startswith("{") and (documents := _json_documents(text)) is not None:
        yield from documents
        return
    number = 1
    for chunk, line in _chunks(text):
        for document in _numbered(_read_chunk(chunk, line), number):
            number = document.number
            if document.data is not None or document.error is not None:
                yield document
        number += 1


def _read_chunk(text: str, first_line: int) -> Iterator[Any]:
    try:
        yield read_block(text)
    except Unusual:
        yield from read_yaml(text, first_line=first_line)


def _json_documents(text: str) -> list[Document] | None:
    """Return the documents of a text that is JSON as a whole, or None: YAML's flow style begins alike."""
    try:
        return list(_numbered(read_json(text), 1))
    except json.JSONDecodeError:
        return None


def _numbered(values: Iterator[Any], first: int) -> Iterator[Document]:
    number = first
    while True:
        try:
            value = next(values)
        except StopIteration:
            return
        except ManifestError as error:
            yield Document(number, None, error)
            return
        yield Document(number, value)
        number += 1


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Split at the lines that begin a document, so that a broken one leaves its neighbours readable.

    Nothing else can begin with ``---`` at the start of a line: not even a block scalar.
    """
    starts = [match.start() for match in _SEPARATOR.finditer(text)]
    if not starts or not _DIRECTIVES_ONLY.fullmatch(text, 0, starts[0]):
        starts.insert(0, 0)
    else:
        starts[0] = 0
    line, counted = 1, 0
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        line += text.count("\n", counted, start)
        counted = start
        yield text[start:end], line
