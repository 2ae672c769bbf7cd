"""What the operator of the controller has said, by variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from controllers.external_services.secret_store import SecretStore

__all__ = ["Settings"]


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

        Raises:
            ValueError: A variable is no number.
        """
        given = os.environ if environment is None else environment
        directory = given.get("EXTERNAL_SERVICES_SECRETS_DIR")
        return cls(
            secrets=SecretStore(Path(directory) if directory else None, given),
            workers=int(given.get("EXTERNAL_SERVICES_WORKERS", cls.workers)),
            lease_seconds=float(given.get("EXTERNAL_SERVICES_LEASE_SECONDS", cls.lease_seconds)),
        )
