"""Who of all servers collects: the holder of a ``Lease``, which is a resource like any other.

Others take it over when it has not been renewed for as long as it lasts, by their own clocks: no two servers' clocks
are compared, as in ``client-go/tools/leaderelection``. Two holders at a time do no harm (``app.garbage``).
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import secrets
import socket
import time
from typing import TYPE_CHECKING, Any, Final

from app.errors import AlreadyExists, Conflict, NotFound, Unavailable
from app.garbage.nobody import NOBODY
from app.resources.times import format_time, utc_now
from app.version import VERSION
from schema_builder.errors import KindgraphError

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from app.kinds.registry import Registry
    from schema_builder.backend import Backend, Resource

__all__ = ["LEASE_NAME", "LEASE_NAMESPACE", "Election"]

LEASE_NAMESPACE: Final = "kindgraph-system"
LEASE_NAME: Final = "garbage-collector"
_RENEWED_IN: Final = 3
"""How many renewals there are in the time that a lease lasts."""
_log = logging.getLogger(__name__)


class Election:
    """This server's part in it."""

    def __init__(
        self,
        backend: Backend,
        registry: Registry,
        *,
        lease_seconds: float,
        now: Callable[[], datetime.datetime] = utc_now,
    ) -> None:
        """Put the parts together.

        Args:
            backend: Reads and writes the lease.
            registry: Knows the kind of leases.
            lease_seconds: How long a holder that died keeps others away.
            now: The clock that leases are dated by.
        """
        self.identity = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._backend = backend
        self._registry = registry
        self._lease_seconds = lease_seconds
        self._now = now
        self._version: str | None = None
        self._until = 0.0
        self._seen: tuple[Any, float] = (None, 0.0)

    @property
    def holds(self) -> bool:
        """Whether nobody else can hold the lease now."""
        return self._version is not None and time.monotonic() < self._until

    async def acquire(self) -> None:
        """Wait until the lease is this server's."""
        while True:
            if await self._try():
                _log.info("%s collects garbage", self.identity)
                return
            await asyncio.sleep(self._lease_seconds / _RENEWED_IN * random.uniform(0.8, 1.2))  # noqa: S311 - no secret

    async def keep(self) -> None:
        """Renew the lease until it is lost."""
        while self.holds:
            await asyncio.sleep(self._lease_seconds / _RENEWED_IN)
            try:
                await self._write({"renewTime": format_time(self._now())})
            except (Conflict, NotFound) as error:
                _log.warning("the lease is another's: %s", error.message)
                self._version = None
            except Unavailable as error:
                _log.warning("the lease cannot be renewed now: %s", error.message)

    async def release(self) -> None:
        """Leave the lease to whoever takes it next."""
        if self._version is None:
            return
        try:
            await self._write({"holderIdentity": None})
        except KindgraphError as error:
            _log.info("the lease cannot be released: %s", error.message)
        self._version = None

    async def _try(self) -> bool:
        kind = self._registry.snapshot.kinds["Lease"]
        lease = await self._backend.get(NOBODY, kind, name=LEASE_NAME, namespace=LEASE_NAMESPACE)
        try:
            if lease is None:
                metadata = {"name": LEASE_NAME, "namespace": LEASE_NAMESPACE}
                created = {"metadata": metadata, "spec": {"leaseDurationSeconds": self._duration}}
                lease = await self._backend.create(NOBODY, kind, created, dry_run=False)
            if not self._is_free(lease):
                return False
            self._version = lease.metadata["resourceVersion"]
            moment = format_time(self._now())
            transitions = (lease.body.get("spec") or {}).get("leaseTransitions", 0) + 1
            taken = {"holderIdentity": self.identity, "acquireTime": moment, "renewTime": moment}
            await self._write({**taken, "leaseTransitions": transitions, "leaseDurationSeconds": self._duration})
            await self._tell()
        except (AlreadyExists, Conflict, NotFound):
            self._version = None
        return self._version is not None

    def _is_free(self, lease: Resource) -> bool:
        """Tell whether nobody holds a lease, or its holder has not renewed it for as long as it lasts."""
        spec = lease.body.get("spec") or {}
        holder = spec.get("holderIdentity")
        if not holder or holder == self.identity:
            return True
        told = (lease.metadata["uid"], holder, spec.get("renewTime"))
        if self._seen[0] != told:
            self._seen = (told, time.monotonic())
        lasts: int = spec.get("leaseDurationSeconds", self._duration)
        return time.monotonic() - self._seen[1] > lasts

    async def _tell(self) -> None:
        """Say in the lease's status who this is."""
        status = {"host": socket.gethostname(), "pid": os.getpid(), "version": VERSION}
        kind = self._registry.snapshot.kinds["Lease"]
        written = await self._backend.update_status(
            NOBODY,
            kind,
            status,
            name=LEASE_NAME,
            namespace=LEASE_NAMESPACE,
            resource_version=self._version,
            dry_run=False,
        )
        self._version = written.metadata["resourceVersion"]

    async def _write(self, spec: dict[str, Any]) -> None:
        """Change the lease that this server has seen last.

        Raises:
            Conflict: Somebody else has changed it.
        """
        asked_at = time.monotonic()
        kind = self._registry.snapshot.kinds["Lease"]
        written = await self._backend.update(
            NOBODY,
            kind,
            {"spec": spec},
            name=LEASE_NAME,
            namespace=LEASE_NAMESPACE,
            resource_version=self._version,
            dry_run=False,
        )
        self._version = written.metadata["resourceVersion"]
        self._until = asked_at + self._lease_seconds

    @property
    def _duration(self) -> int:
        return max(1, round(self._lease_seconds))
