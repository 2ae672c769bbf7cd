"""A marketplace: a directory of archives, or an ``index.json`` beside them that names each with its digest."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from controllers.addons.errors import AddonRefused, PackageBroken
from controllers.addons.package import SUFFIX, Package, read_package

__all__ = ["INDEX", "Offer", "find_offer", "offers", "open_offer", "write_index"]

INDEX: Final = "index.json"
_MAX_INDEX_BYTES: Final = 32 * 1024 * 1024
_FILE: Final = re.compile(r"[0-9A-Za-z][-+._0-9A-Za-z]{0,200}\.tar\.gz")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")


class Offer(NamedTuple):
    """One package of a marketplace.

    Attributes:
        name: Of the addon.
        version: Of the addon.
        digest: Of the contents that the file must have.
        file: Where it is.
        description: In a line.
    """

    name: str
    version: str
    digest: str
    file: Path
    description: str = ""


def offers(marketplace: Path) -> Sequence[Offer]:
    """Return what a marketplace has, by name, and of each the newest version first.

    Args:
        marketplace: A directory, or an index file. A directory with an index is what its index says.

    Raises:
        AddonRefused: The index cannot be read, or is none.
    """
    index = marketplace / INDEX if marketplace.is_dir() else marketplace
    found = _indexed(index) if index.exists() or not marketplace.is_dir() else _scanned(marketplace)
    newest_first = sorted(found, key=lambda offer: _order(offer.version), reverse=True)
    return sorted(newest_first, key=lambda offer: offer.name)


def find_offer(marketplace: Path, wanted: str) -> Offer:
    """Return what ``NAME`` (its newest version) or ``NAME@VERSION`` means.

    Raises:
        AddonRefused: The marketplace has no such package.
    """
    name, _, version = wanted.partition("@")
    for offer in offers(marketplace):
        if offer.name == name and version in {"", offer.version}:
            return offer
    raise AddonRefused(f"{marketplace} has no package {wanted}", reason="NotFound")


def open_offer(offer: Offer) -> Package:
    """Return the package of an offer.

    Raises:
        AddonRefused: It is not what the index says.
    """
    package = read_package(offer.file)
    if package.digest != offer.digest:
        raise PackageBroken(f"{offer.file.name} is {package.digest}, and not {offer.digest} as the index says")
    if (package.manifest.name, package.manifest.version) != (offer.name, offer.version):
        raise PackageBroken(f"{offer.file.name} is not {offer.name} {offer.version} as the index says")
    return package


def write_index(directory: Path) -> Sequence[Offer]:
    """Write the index of the archives in a directory; returns what is in it.

    Raises:
        AddonRefused: An archive is no package.
    """
    found = _scanned(directory)
    listed = [
        {"name": one.name, "version": one.version, "digest": one.digest, "file": one.file.name}
        | ({"description": one.description} if one.description else {})
        for one in sorted(found, key=lambda offer: (offer.name, _order(offer.version)))
    ]
    text = json.dumps({"packages": listed}, indent=2, ensure_ascii=False)
    (directory / INDEX).write_text(f"{text}\n", encoding="utf-8")
    return found


def _scanned(directory: Path) -> list[Offer]:
    found = []
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        package = read_package(path)
        manifest = package.manifest
        found.append(Offer(manifest.name, manifest.version, package.digest, path, manifest.description))
    return found


def _indexed(index: Path) -> list[Offer]:
    try:
        with index.open("rb") as stream:
            data = stream.read(_MAX_INDEX_BYTES + 1)
        if len(data) > _MAX_INDEX_BYTES:
            raise AddonRefused(f"{index} is larger than {_MAX_INDEX_BYTES:,} bytes", reason="IndexBroken")
        listed = json.loads(data)["packages"]
        return [_offer(one, index) for one in listed]
    except OSError as error:
        raise AddonRefused(f"{index} cannot be read: {error.strerror}", reason="IndexBroken") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise AddonRefused(f"{index} is no index of packages: {error}", reason="IndexBroken") from None


def _offer(listed: Any, index: Path) -> Offer:
    name, version, digest, file = (str(listed[field]) for field in ("name", "version", "digest", "file"))
    if _FILE.fullmatch(file) is None or _DIGEST.fullmatch(digest) is None:
        raise ValueError(f"{file!r} with {digest!r} is no archive beside the index with its digest")
    return Offer(name, version, digest, index.parent / file, str(listed.get("description", "")))


def _order(version: str) -> tuple[Any, ...]:
    """Return what sorts versions as semantic versioning does: numbers as numbers, and before a release its drafts."""
    release, _, draft = version.partition("+")[0].partition("-")
    return (_parts(release), draft == "", _parts(draft))


def _parts(text: str) -> tuple[tuple[bool, int, str], ...]:
    return tuple(
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part) for part in re.split(r"[.-]", text) if part
    )
