"""Secrets that a spec names, of those that the operator has allowed.

A spec names a variable or a file. Variables must begin with a prefix, so that nobody can have another one sent to
a host of their own; files must be in the folder of the resource's namespace, in the directory of secrets.
"""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from controllers.external_services.problems import Misconfigured

__all__ = ["PREFIX", "SecretStore"]

PREFIX: Final = "EXTERNAL_SERVICES_SECRET_"
_MOST_BYTES: Final = 65_536


@dataclass(frozen=True)
class SecretStore:
    """Where secrets are.

    Attributes:
        directory: With a folder for each namespace; None where no files are allowed.
        environment: Variables.
    """

    directory: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    async def read(self, named: Mapping[str, Any] | None, *, namespace: str | None) -> str | None:
        """Return a secret as it is now; None where none is named.

        Args:
            named: ``{"env": …}`` or ``{"file": …}``: of the spec.
            namespace: Of the resource.

        Raises:
            Misconfigured: It is not there, is not allowed or is no text. The message does not tell which of the
                directory's other files there are.
        """
        if not named:
            return None
        if "env" in named:
            return self._variable(str(named["env"]))
        if "file" in named:
            return await asyncio.to_thread(self._file, str(named["file"]), namespace or "default")
        raise Misconfigured("SecretNotFound", "/spec/secret must name a variable (env) or a file")

    def _variable(self, name: str) -> str:
        if not name.startswith(PREFIX):
            raise Misconfigured("SecretNotAllowed", f"/spec/secret/env must begin with {PREFIX}")
        try:
            return self.environment[name]
        except KeyError:
            raise Misconfigured("SecretNotFound", "/spec/secret/env: the controller has no such variable") from None

    def _file(self, name: str, namespace: str) -> str:
        if self.directory is None:
            raise Misconfigured("SecretNotAllowed", "/spec/secret/file: the controller was given no directory")
        try:
            folder = (self.directory / namespace).resolve(strict=True)
            path = (folder / name).resolve()
            if not path.is_relative_to(folder):
                raise Misconfigured("SecretNotAllowed", "/spec/secret/file must be in the folder of the namespace")
            if not stat.S_ISREG(path.stat().st_mode) or path.stat().st_size > _MOST_BYTES:
                raise Misconfigured(
                    "SecretNotFound", f"/spec/secret/file must be a file of at most {_MOST_BYTES} bytes"
                )
            return path.read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, ValueError, RuntimeError):
            raise Misconfigured("SecretNotFound", "/spec/secret/file cannot be read as text") from None
