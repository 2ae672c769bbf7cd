"""Where manifests come from: files, directories and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from app.cli.manifests.documents import decode_text, read_documents
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.meaning import Manifest, items_of, read_manifest

__all__ = ["Entry", "Source", "find_sources", "read_entries"]

_SUFFIXES: Final = frozenset({".yaml", ".yml", ".json"})
_STDIN: Final = "-"


class Source(NamedTuple):
    """One file to read.

    Attributes:
        label: How messages name it: the path as given, ``-`` for standard input.
        path: Its path, None for standard input.
    """

    label: str
    path: Path | None


class Entry(NamedTuple):
    """One object of a source, or what is wrong with it.

    Attributes:
        where: For messages, such as ``FILE``, or ``FILE: document 3`` where it has several.
        manifest: What it asks for; None where ``error`` says why not.
    """

    where: str
    manifest: Manifest | None
    error: ManifestError | None = None


def find_sources(names: Sequence[str]) -> Iterator[Source | Entry]:
    """Return the files that ``-f`` arguments name, directories searched recursively, in sorted order.

    A name that leads to no file gives an ``Entry`` with the error in its place.
    """
    for name in names:
        path = Path(name)
        if name == _STDIN:
            yield Source("-", None)
        elif path.is_dir():
            found = sorted(_files_below(path))
            if not found:
                yield Entry(name, None, ManifestError("the directory holds no *.yaml, *.yml or *.json file"))
            yield from (Source(str(file), file) for file in found)
        else:
            yield Source(name, path)


def read_entries(source: Source) -> Iterator[Entry]:
    """Return the objects of a source; what cannot be read is an entry of its own."""
    try:
        data = sys.stdin.buffer.read() if source.path is None else source.path.read_bytes()
        text = decode_text(data)
    except OSError as error:
        yield Entry(source.label, None, ManifestError(error.strerror or str(error)))
        return
    except ManifestError as error:
        yield Entry(source.label, None, error)
        return
    documents = list(read_documents(text))
    for document in documents:
        where = source.label if len(documents) == 1 else f"{source.label}: document {document.number}"
        if document.error is not None:
            yield Entry(where, None, document.error)
            continue
        for item in items_of(document.data):
            try:
                yield Entry(where, read_manifest(item))
            except ManifestError as error:
                yield Entry(where, None, error)
    if not documents and source.path is None:
        yield Entry(source.label, None, ManifestError("no objects on standard input"))


def _files_below(directory: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(directory):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if Path(name).suffix in _SUFFIXES:
                yield Path(folder) / name
