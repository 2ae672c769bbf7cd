"""Which Kindgraph this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

__all__ = ["VERSION"]


def _installed() -> str:
    try:
        return version("kindgraph")
    except PackageNotFoundError:  # run from a copy that nobody installed
        return "0.0.0"


VERSION: Final = _installed()
