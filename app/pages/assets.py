"""The built files of the playground: which there are, and in which encodings."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

__all__ = ["Asset", "find_assets"]

_ENCODINGS: Final = {"br": ".br", "gzip": ".gz"}
_TYPES: Final = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".ttf": "font/ttf",
}


@dataclass(frozen=True)
class Asset:
    """One file.

    Attributes:
        path: Where the plain file is.
        content_type: Its media type.
        etag: Quoted; of the content, so that it is the same on every server that has the same build.
        encoded: Files with the same content by their encoding, best first: ``br``, ``gzip``.
    """

    path: Path
    content_type: str
    etag: str
    encoded: Mapping[str, Path]

    def chosen(self, accepted: str) -> tuple[str | None, Path]:
        """Return the best encoding that an ``Accept-Encoding`` allows, None for the plain file, and its file."""
        allowed = _allowed(accepted)
        for encoding, path in self.encoded.items():
            if encoding in allowed:
                return encoding, path
        return None, self.path


def find_assets(folder: Path) -> dict[str, Asset] | None:
    """Return the files of a build by their paths, such as ``assets/index-C2.js``; None where there is no build."""
    if not (folder / "index.html").is_file():
        return None
    suffixes = tuple(_ENCODINGS.values())
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): _asset(path) for path in paths if not path.name.endswith(suffixes)}


def _asset(path: Path) -> Asset:
    encoded = {name: path.with_name(path.name + suffix) for name, suffix in _ENCODINGS.items()}
    return Asset(
        path,
        _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream",
        f'"{sha256(path.read_bytes()).hexdigest()[:24]}"',
        MappingProxyType({name: file for name, file in encoded.items() if file.is_file()}),
    )


def _allowed(accepted: str) -> frozenset[str]:
    """Return the encodings that a header names, but for those with a weight of nothing (RFC 9110, 12.5.3)."""
    named: set[str] = set()
    for part in accepted.lower().split(","):
        encoding, _, weight = part.partition(";")
        if not _is_zero(weight):
            named.add(encoding.strip())
    return frozenset(named)


def _is_zero(weight: str) -> bool:
    return weight.strip().removeprefix("q=").strip() in {"0", "0.0", "0.00", "0.000"}
