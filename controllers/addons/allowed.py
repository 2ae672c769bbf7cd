"""What the manager's operator lets run: packages in directories, and installed entry points.

Everything is read when it is asked for, into memory, and compared with the digest that was asked for: a package that
has changed since is another package.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controllers.addons.errors import AddonRefused, NotAllowed
from controllers.addons.manifest import MANIFEST
from controllers.addons.package import SUFFIX, Package, read_package

__all__ = ["ENTRY_POINTS", "Allowance", "Allowed"]

ENTRY_POINTS: Final = "kindgraph.addons"
"""The group; each names a Python package with an ``addon.yaml`` among its files."""
_LOG: Final = logging.getLogger("controllers.addons")
_PINNED: Final = re.compile(r"(?P<what>.+)@(?P<digest>sha256:[0-9a-f]{64})")


@dataclass(frozen=True)
class Allowance:
    """One thing that the operator has said.

    Attributes:
        what: A path, or the name of an entry point.
        digest: Only the package of this digest; None for whatever is there.
    """

    what: str
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Allowance:
        """Read ``WHAT`` or ``WHAT@sha256:…``."""
        found = _PINNED.fullmatch(text)
        return cls(text) if found is None else cls(found["what"], found["digest"])


class Allowed:
    """The packages that may run.

    Args:
        directories: Each is a package, or has packages: directories and archives.
        entry_points: Names of installed ones.
    """

    def __init__(self, directories: Sequence[Allowance] = (), entry_points: Sequence[Allowance] = ()) -> None:
        # A link in the operator's own words is followed once, now; one that is put there later leads nowhere.
        self._directories = [Allowance(str(Path(one.what).resolve()), one.digest) for one in directories]
        self._entry_points = list(entry_points)

    def find(self, name: str, digest: str) -> Package:
        """Return a package.

        Raises:
            NotAllowed: There is none of the name, or only with other contents.
        """
        others: list[str] = []
        for package in self.packages():
            if package.manifest.name == name:
                if package.digest == digest:
                    return package
                others.append(f"{package.manifest.version} is {package.digest}")
        if others:
            raise NotAllowed(f"no allowed package {name} is {digest}: {'; '.join(others[:5])}", reason="DigestMismatch")
        raise NotAllowed(
            f"the operator of the addon manager has allowed no package {name}: see --allow of `kindgraph addons run`"
        )

    def packages(self) -> Iterator[Package]:
        """Yield every package that may run; what cannot be read is logged and passed over."""
        for allowance in self._directories:
            for path in _places(Path(allowance.what)):
                yield from _read(path, allowance)
        for allowance in self._entry_points:
            yield from _read(_installed(allowance.what), allowance)


def _read(path: Path | None, allowance: Allowance) -> Iterator[Package]:
    try:
        if path is None:
            raise NotAllowed(f"no entry point {allowance.what} is installed in the group {ENTRY_POINTS}")
        package = read_package(path)
    except AddonRefused as error:
        _LOG.warning("%s is passed over: %s", path or allowance.what, error)
        return
    if allowance.digest in {None, package.digest}:
        yield package


def _places(directory: Path) -> Iterator[Path]:
    if directory.is_symlink():
        return
    if (directory / MANIFEST).is_file() or directory.is_file():
        yield directory
        return
    try:
        entries = sorted(os.scandir(directory), key=lambda entry: entry.name)
    except OSError as error:
        _LOG.warning("%s cannot be read: %s", directory, error.strerror)
        return
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            if (Path(entry.path) / MANIFEST).is_file():
                yield Path(entry.path)
        elif entry.is_file(follow_symlinks=False) and entry.name.endswith(SUFFIX):
            yield Path(entry.path)


def _installed(name: str) -> Path | None:
    """Return where an entry point's files are."""
    found = next(iter(importlib.metadata.entry_points(group=ENTRY_POINTS, name=name)), None)
    if found is None:
        return None
    try:
        specification = importlib.util.find_spec(found.module)
    except ImportError:
        return None
    locations = specification.submodule_search_locations if specification is not None else None
    return Path(next(iter(locations))) if locations else None
