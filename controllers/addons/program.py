"""From what a package says to a command line with its variables; nothing is started here."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from controllers.addons.container import container_command
from controllers.addons.errors import AddonRefused
from controllers.addons.names import is_reserved_variable

if TYPE_CHECKING:
    from controllers.addons.manifest import ControllerManifest
    from controllers.addons.names import Heartbeat
    from controllers.addons.release import Release

__all__ = ["Program", "Surroundings", "program_of"]

_INHERITED: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "XDG_RUNTIME_DIR",
)
_VARIABLE: Final = re.compile(r"[A-Z][A-Z0-9_]{0,127}")
_MAX_CONFIGURATION: Final = 96 * 1024
"""Linux lets one variable hold 128 KiB."""


@dataclass(frozen=True)
class Program:
    """What is started.

    Attributes:
        command: Words; the first is an absolute path.
        directory: Where it runs.
        environment: All of its variables.
        cleanup: Run once it has ended, whatever the reason, and before it is started; empty for nothing.
    """

    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str]
    cleanup: tuple[str, ...] = ()


@dataclass(frozen=True)
class Surroundings:
    """What all programs share.

    Attributes:
        server: The address of the server.
        token: For it; None where it asks for none.
        heartbeat_seconds: How long a heartbeat lasts.
        engine: The path of podman or docker; None where there is none.
    """

    server: str
    token: str | None = None
    heartbeat_seconds: float = 15.0
    engine: str | None = None


def program_of(
    release: Release, controller: ControllerManifest, *, heartbeat: Heartbeat, directory: Path, around: Surroundings
) -> Program:
    """Return what runs a controller of a release.

    Args:
        release: Of the addon.
        controller: Of the release.
        heartbeat: What it shall renew.
        directory: With exactly the contents of the package.
        around: What all programs share.

    Raises:
        AddonRefused: A file, a program or an engine is not there.
    """
    told = _told(release, controller, heartbeat, around)
    if controller.image is not None:
        if around.engine is None:
            raise AddonRefused("there is neither podman nor docker to run its image", reason="NoContainerEngine")
        command, cleanup = container_command(
            around.engine, controller.image, command=controller.command, variables=sorted(told), heartbeat=heartbeat
        )
        return Program(command, directory, {**_inherited(), **told}, cleanup)
    own = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "PYTHONNOUSERSITE": "1"}
    return Program(_command(controller, directory), directory, {**_inherited(), **own, **told})


def _command(controller: ControllerManifest, directory: Path) -> tuple[str, ...]:
    if controller.entry_point is not None:
        # -P: the current directory is added by the program itself, behind everything that is installed.
        return (sys.executable, "-P", "-m", "controllers", "run", controller.entry_point, "--log-format", "text")
    first, *rest = controller.command
    if first in {"python", "python3"}:
        return (sys.executable, *rest)
    if "/" not in first:
        found = shutil.which(first)
        if found is None:
            raise AddonRefused(f"there is no program {first} on the manager's PATH", reason="ProgramNotFound")
        return (found, *rest)
    inside = Path(os.path.normpath(directory / first))
    if not inside.is_relative_to(directory) or not inside.is_file():
        raise AddonRefused(f"the package has no file {first}", reason="ProgramNotFound")
    return (str(inside), *rest)


def _told(
    release: Release, controller: ControllerManifest, heartbeat: Heartbeat, around: Surroundings
) -> dict[str, str]:
    configuration = json.dumps(release.configuration, sort_keys=True)
    if len(configuration) > _MAX_CONFIGURATION:
        raise AddonRefused(
            f"the configuration has more than {_MAX_CONFIGURATION:,} characters", reason="ConfigurationInvalid"
        )
    told = {
        **_as_variables(release),
        **release.environment_of(controller),
        "KINDGRAPH_SERVER": around.server,
        "KINDGRAPH_ADDON": heartbeat.addon,
        "KINDGRAPH_ADDON_VERSION": release.wanted.version,
        "KINDGRAPH_ADDON_CONFIGURATION": configuration,
    }
    if controller.heartbeat:
        told["KINDGRAPH_HEARTBEAT"] = str(heartbeat.key)
        told["KINDGRAPH_HEARTBEAT_SECONDS"] = f"{around.heartbeat_seconds:g}"
    if around.token:
        told["KINDGRAPH_TOKEN"] = around.token
    return told


def _as_variables(release: Release) -> dict[str, str]:
    """Return the texts of the configuration that its schema declares under names of variables."""
    declared = (release.manifest.configuration_schema or {}).get("properties") or {}
    return {
        name: value
        for name, value in release.configuration.items()
        if name in declared
        and isinstance(value, str)
        and "\0" not in value
        and _VARIABLE.fullmatch(name)
        and not is_reserved_variable(name)
    }


def _inherited() -> dict[str, str]:
    """Return the few variables of the manager's own that a program gets: its secrets are not among them."""
    return {name: os.environ[name] for name in _INHERITED if name in os.environ}
