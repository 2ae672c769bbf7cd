"""A package: contents with a manifest, and its private copy from which programs are run."""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controllers.addons.errors import PackageBroken
from controllers.addons.files import Files, archive, digest_of, read_archive, read_directory, write_files
from controllers.addons.manifest import Manifest, read_manifest

__all__ = ["SUFFIX", "Package", "PackageStore", "addon_body", "read_package"]

SUFFIX: Final = ".tar.gz"
_MAX_ARCHIVE_BYTES: Final = 96 * 1024 * 1024


@dataclass(frozen=True)
class Package:
    """One version of an addon.

    Attributes:
        files: Its contents.
        manifest: What they say that it is.
        digest: Of the contents.
    """

    files: Files = field(repr=False)
    manifest: Manifest
    digest: str

    @classmethod
    def of(cls, files: Files) -> Package:
        """Return the package that some contents are.

        Raises:
            AddonRefused: They are none.
        """
        return cls(files, read_manifest(files), digest_of(files))

    @property
    def file_name(self) -> str:
        """Of its archive."""
        return f"{self.manifest.name}-{self.manifest.version}{SUFFIX}"

    def archive(self) -> bytes:
        """Return it as a ``.tar.gz``."""
        return archive(self.files)


def read_package(path: Path) -> Package:
    """Return the package that a directory or an archive is.

    Raises:
        AddonRefused: It is none, or breaks a rule.
    """
    if path.is_dir():
        return Package.of(read_directory(path.resolve()))
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with open(descriptor, "rb") as stream:
            data = stream.read(_MAX_ARCHIVE_BYTES + 1)
    except OSError as error:
        raise PackageBroken(f"{path} cannot be read: {error.strerror}") from None
    if len(data) > _MAX_ARCHIVE_BYTES:
        raise PackageBroken(f"{path} is larger than {_MAX_ARCHIVE_BYTES:,} bytes")
    return Package.of(read_archive(data))


def addon_body(package: Package, *, configuration: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the Addon resource that asks for a package, with all the permissions that it needs."""
    manifest = package.manifest
    spec: dict[str, Any] = {
        "version": manifest.version,
        "description": manifest.description,
        "package": {"name": manifest.name, "digest": package.digest},
        "definitions": list(manifest.definitions),
        "controllers": [
            one.model_dump(mode="json", by_alias=True, exclude_defaults=True, include=_SHOWN) | {"name": one.name}
            for one in manifest.controllers
        ],
        "permissions": [one.model_dump(mode="json", by_alias=True) for one in manifest.permissions],
        "configuration": manifest.configuration if configuration is None else configuration,
    }
    if manifest.configuration_schema is not None:
        spec["configurationSchema"] = manifest.configuration_schema
    if manifest.healthy_within_seconds is not None:
        spec["healthyWithinSeconds"] = manifest.healthy_within_seconds
    return {"kind": "Addon", "metadata": {"name": manifest.name}, "spec": spec}


_SHOWN: Final = {"name", "command", "image", "entry_point"}


class PackageStore:
    """Private copies of packages by their digest; what is run is always one of them.

    Whoever changes an allowed directory after its digest was compared changes nothing of what is run.

    Args:
        directory: Of the manager alone.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, package: Package) -> Path:
        """Return a directory with exactly the contents of a package; a copy that was changed is made anew."""
        target = self._directory / package.digest.removeprefix("sha256:")
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.is_symlink() or target.exists():
            if self._is_intact(target, package.digest):
                return target
            moved = self._directory / f".broken-{secrets.token_hex(8)}"
            target.rename(moved)
            if moved.is_symlink():
                moved.unlink()
            else:
                shutil.rmtree(moved, ignore_errors=True)
        draft = self._directory / f".draft-{secrets.token_hex(8)}"
        try:
            write_files(package.files, draft)
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        return target

    @staticmethod
    def _is_intact(directory: Path, digest: str) -> bool:
        try:
            return digest_of(read_directory(directory, whole=True)) == digest
        except PackageBroken:
            return False
