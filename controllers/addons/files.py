"""The contents of a package: files in memory, read without following any link, with one digest however they came.

The digest is over a tar stream that depends on names, bytes and the executable bit alone, before compression, so
that a directory, an archive and an installed package of the same contents have the same one, on any machine.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from controllers.addons.errors import PackageBroken

__all__ = ["File", "Files", "archive", "digest_of", "read_archive", "read_directory", "write_files"]

MAX_FILES: Final = 5_000
MAX_BYTES: Final = 64 * 1024 * 1024
"""Of all files of a package together."""
_MAX_PATH: Final = 200
_MAX_ARCHIVE: Final = MAX_BYTES + MAX_FILES * 2_048
_PASSED_OVER: Final = frozenset({"__pycache__", ".git", ".venv", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


class File(NamedTuple):
    """One file."""

    data: bytes
    executable: bool = False


Files: TypeAlias = Mapping[str, File]
"""By path, with ``/`` between its parts."""


def digest_of(files: Files) -> str:
    """Return ``sha256:…`` of contents."""
    return f"sha256:{hashlib.sha256(_tar(files)).hexdigest()}"


def archive(files: Files) -> bytes:
    """Return a ``.tar.gz``; the same bytes for the same contents."""
    return gzip.compress(_tar(files), compresslevel=9, mtime=0)


def read_archive(data: bytes) -> Files:
    """Return what a ``.tar.gz`` holds.

    Raises:
        PackageBroken: It is none, is too large, or has anything but plain files under plain paths.
    """
    files: dict[str, File] = {}
    size = 0
    try:
        with tarfile.open(fileobj=io.BytesIO(_unpacked(data)), mode="r:") as tar:
            for member in tar:
                if member.isdir():
                    continue
                if not member.isreg():
                    raise PackageBroken(f"{member.name!r} is no plain file: links and devices are refused")
                path = _checked(member.name)
                size += member.size
                _check_size(len(files) + 1, size)
                if path in files:
                    raise PackageBroken(f"{path!r} is there twice")
                source = tar.extractfile(member)
                files[path] = File(source.read() if source else b"", bool(member.mode & stat.S_IXUSR))
    except tarfile.TarError as error:
        raise PackageBroken(f"it is no tar.gz: {error}") from None
    _check_nesting(files)
    return files


def read_directory(directory: Path, *, whole: bool = False) -> Files:
    """Return what a directory holds, without caches and version control.

    Args:
        directory: Where.
        whole: Nothing is passed over.

    Raises:
        PackageBroken: It has links or special files, or is too large, or cannot be read.
    """
    files: dict[str, File] = {}
    size = 0
    try:
        root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            for path, file in _walk(root, "", whole=whole):
                size += len(file.data)
                _check_size(len(files) + 1, size)
                files[path] = file
        finally:
            os.close(root)
    except OSError as error:
        raise PackageBroken(f"{directory} cannot be read: {error.strerror}") from None
    return files


def write_files(files: Files, directory: Path) -> None:
    """Write contents to a directory, which must not be there yet."""
    directory.mkdir(mode=0o700, parents=True)
    for path, file in files.items():
        target = directory / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o700)
        with open(descriptor, "wb") as stream:
            stream.write(file.data)
        target.chmod(0o500 if file.executable else 0o400)


def _tar(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(files):
            file = files[path]
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(file.data), 0o755 if file.executable else 0o644
            tar.addfile(member, io.BytesIO(file.data))
    return buffer.getvalue()


def _unpacked(data: bytes) -> bytes:
    """Undo gzip, no further than a package may be large."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        unpacked = unpacker.decompress(data, _MAX_ARCHIVE + 1)
    except zlib.error as error:
        raise PackageBroken(f"it is no tar.gz: {error}") from None
    if len(unpacked) > _MAX_ARCHIVE:
        raise PackageBroken(f"it is larger than {MAX_BYTES:,} bytes")
    if not unpacker.eof:
        raise PackageBroken("it is no tar.gz: the end is missing")
    return unpacked


def _walk(directory: int, prefix: str, *, whole: bool) -> Iterator[tuple[str, File]]:
    """Yield the files below an open directory; each part of a path is opened by itself, and never through a link."""
    for name in sorted(os.listdir(directory)):
        path = _checked(f"{prefix}{name}")
        if not whole and (name in _PASSED_OVER or name.endswith(".pyc")):
            continue
        mode = os.stat(name, dir_fd=directory, follow_symlinks=False).st_mode
        if stat.S_ISDIR(mode):
            inner = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=directory)
            try:
                yield from _walk(inner, f"{path}/", whole=whole)
            finally:
                os.close(inner)
        elif stat.S_ISREG(mode):
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=directory)
            with open(descriptor, "rb") as stream:
                data = stream.read(MAX_BYTES + 1)
            yield path, File(data, bool(mode & stat.S_IXUSR))
        else:
            raise PackageBroken(f"{path!r} is no plain file: links and devices are refused")


def _checked(path: str) -> str:
    parts = path.split("/")
    if not path.isprintable() or "\\" in path or any(part in {"", ".", ".."} for part in parts):
        raise PackageBroken(f"{path!r} is no path inside a package")
    if len(path.encode("utf-8", "surrogatepass")) > _MAX_PATH:
        raise PackageBroken(f"{path[:40]!r}… is longer than {_MAX_PATH} bytes")
    return path


def _check_nesting(files: Files) -> None:
    for path in files:
        parents = path.split("/")[:-1]
        if any("/".join(parents[: end + 1]) in files for end in range(len(parents))):
            raise PackageBroken(f"{path!r} is below a file")


def _check_size(count: int, size: int) -> None:
    if count > MAX_FILES:
        raise PackageBroken(f"it has more than {MAX_FILES:,} files")
    if size > MAX_BYTES:
        raise PackageBroken(f"it is larger than {MAX_BYTES:,} bytes")
