"""The version of this program, as it was installed."""

from __future__ import annotations

import importlib.metadata
from typing import Final

__all__ = ["VERSION"]


def _installed() -> str:
    for distribution in ("kindgraph-controllers", "kindgraph"):
        try:
            return importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


VERSION: Final = _installed()
