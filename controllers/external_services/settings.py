"""What the operator of the controller has said, by variables."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from controllers.external_services.secret_store import SecretStore

__all__ = ["USUAL_DIRECTORY", "Settings"]

USUAL_DIRECTORY: Final = "/etc/kindgraph/external-services"
"""Of secrets, where no variable names another: an addon manager passes none of its own variables on."""


@dataclass(frozen=True)
class Settings:
    """Settings.

    Attributes:
        secrets: Where secrets are.
        workers: How many services are worked on at a time.
        lease_seconds: How long another process waits after the last sign of this one.
    """

    secrets: SecretStore
    workers: int = 64
    lease_seconds: float = 15.0

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Return the settings that variables make: EXTERNAL_SERVICES_SECRETS_DIR, _WORKERS and _LEASE_SECONDS.

        The configuration of an ``Addon``, which others than the operator may write, can say the last two only.

        Raises:
            ValueError: A variable is no number.
        """
        given = os.environ if environment is None else environment
        configuration = json.loads(given.get("KINDGRAPH_ADDON_CONFIGURATION") or "{}")
        workers = given.get("EXTERNAL_SERVICES_WORKERS", configuration.get("workers", cls.workers))
        lease_seconds = given.get(
            "EXTERNAL_SERVICES_LEASE_SECONDS", configuration.get("leaseSeconds", cls.lease_seconds)
        )
        return cls(
            secrets=SecretStore(Path(given.get("EXTERNAL_SERVICES_SECRETS_DIR") or USUAL_DIRECTORY), given),
            workers=int(workers),
            lease_seconds=float(lease_seconds),
        )
