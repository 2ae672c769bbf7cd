"""Command lines of podman and docker, which have the same ones."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from controllers.addons.names import Heartbeat

__all__ = ["ENGINES", "container_command", "find_engine"]

ENGINES: Final = ("podman", "docker")
_STOP_SECONDS: Final = 20


def find_engine(path: str | None = None) -> str | None:
    """Return the path of a container engine; None where none is installed.

    Args:
        path: Directories to look in, as PATH has them; that of the process unless given.
    """
    return next((found for engine in ENGINES if (found := shutil.which(engine, path=path))), None)


def container_command(
    engine: str, image: str, *, command: Sequence[str], variables: Sequence[str], heartbeat: Heartbeat
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the command that runs an image in the foreground, and the one that removes what may be left of it.

    Variables are passed by name, so that no value is in a command line for others to see. The container has no
    rights beyond those of a plain process, and a file system that it cannot change. It shares the network of the
    machine, as the server may listen on loopback.
    """
    name = container_name(heartbeat)
    run = (
        engine,
        "run",
        "--rm",
        "--init",
        f"--name={name}",
        "--pull=missing",
        "--network=host",
        "--read-only",
        "--tmpfs=/tmp",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--pids-limit=512",
        f"--stop-timeout={_STOP_SECONDS}",
        f"--label=kindgraph.addon={heartbeat.addon}",
        *(f"--env={variable}" for variable in variables),
        image,
        *command,
    )
    return run, (engine, "rm", "--force", "--volumes", name)


def container_name(heartbeat: Heartbeat) -> str:
    """Return the name of a process's container; addons' names may be longer than hosts' names."""
    digest = hashlib.sha256(".".join(heartbeat).encode()).hexdigest()[:12]
    return f"kindgraph-{heartbeat.controller[:30]}-{digest}"
