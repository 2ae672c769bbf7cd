"""Who works, of several processes with the same controller: the one that holds the ``Lease`` of its name.

The rules are those of client-go's ``tools/leaderelection``. Nobody compares clocks: others wait for as long as the
lease lasts since *they* last saw it change, and the holder counts from before it sent its last renewal. It stops when
two thirds of that have passed, so that it has stopped before anybody else may begin. All writes of the Lease have its
version as a precondition.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from controllers.clock import Timer, sleep, timestamp
from controllers.errors import AlreadyExists, Conflict, ControllerError, NotFound

if TYPE_CHECKING:
    from controllers.clock import Clock
    from controllers.resource import Key, Resource
    from controllers.resources import Resources

__all__ = ["LEASE_KIND", "PAUSED", "Elector", "LeaseTerms"]

LEASE_KIND: Final = "Lease"
PAUSED: Final = "kindgraph/paused"
"""The annotation that pauses a resource, or, on its Lease, a whole controller, while it is ``true``."""

_LOG: Final = logging.getLogger("controllers.election")
_AFTERWARDS_SECONDS: Final = 0.01
"""Event loops may call a little early, and then nothing would be lost yet."""


@dataclass(frozen=True)
class LeaseTerms:
    """A Lease and how it is kept.

    Attributes:
        key: Of the Lease.
        identity: Who we are: unique among processes, also of the same machine.
        lease_seconds: How long others wait.
        exclusive: Only the holder works; else the Lease is only a sign of life, and each process has its own.
    """

    key: Key
    identity: str
    lease_seconds: float = 15.0
    exclusive: bool = True

    @property
    def deadline_seconds(self) -> float:
        """How long after its last renewal a holder works on."""
        return self.lease_seconds * 2 / 3

    @property
    def renew_seconds(self) -> float:
        """How often a holder renews."""
        return self.lease_seconds / 3

    @property
    def retry_seconds(self) -> float:
        """How often others look, and how soon a holder tries again."""
        return self.lease_seconds / 8


class Elector:
    """Gets and keeps a lease.

    Args:
        terms: Which, and how.
        resources: The server.
        clock: The time.
        status: Returns what the Lease's status shall tell.
        on_change: Called when this process begins or stops to be the one that works, or was told to pause or go on.
    """

    def __init__(
        self,
        terms: LeaseTerms,
        *,
        resources: Resources,
        clock: Clock,
        status: Callable[[], Mapping[str, Any]],
        on_change: Callable[[], None],
    ) -> None:
        self.terms = terms
        self.paused = False
        self._resources = resources
        self._clock = clock
        self._status = status
        self._on_change = on_change
        self._held: Resource | None = None
        self._holds_until = float("-inf")
        self._deadline: Timer | None = None
        self._seen: tuple[Any, ...] = ()
        self._seen_at = 0.0
        self._told: Mapping[str, Any] = {}

    @property
    def holds(self) -> bool:
        """Whether this process may work right now."""
        return not self.terms.exclusive or self._clock.now() < self._holds_until

    async def run(self) -> None:
        """Get the lease, and keep it, for ever."""
        while True:
            renewed = await self._try()
            await sleep(self._clock, self.terms.renew_seconds if renewed else self.terms.retry_seconds)

    async def release(self) -> None:
        """Let others work at once."""
        self._held, self._holds_until = None, float("-inf")
        if self._deadline is not None:
            self._deadline.cancel()
        try:
            async with asyncio.timeout(self.terms.deadline_seconds):
                await self._give_up()
        except (ControllerError, TimeoutError) as error:
            _LOG.warning("the lease %s was not released: %s", self.terms.key, error or "no answer")

    async def _give_up(self) -> None:
        """Take our name from the lease, if it is there; the version that we know may be too old for that."""
        while True:
            lease = await self._resources.find(LEASE_KIND, self.terms.key)
            if lease is None or lease.spec.get("holderIdentity") != self.terms.identity:
                return
            try:
                if self.terms.exclusive:
                    await self._update(lease, {"holderIdentity": "", **self._renewal()})
                else:
                    await self._resources.delete(LEASE_KIND, self.terms.key, version=lease.version)
            except Conflict:
                continue
            return

    async def _try(self) -> bool:
        """Take or renew the lease; returns whether that has worked."""
        sent_at = self._clock.now()
        try:
            async with asyncio.timeout(self.terms.renew_seconds):
                lease = await self._renew() if self._held is not None else await self._acquire()
                if lease is None:
                    return False
                self._keep(lease, sent_at)
                await self._tell_status()
        except (Conflict, NotFound):
            self._held = None
            return False
        except (ControllerError, TimeoutError) as error:
            _LOG.warning("the lease %s cannot be renewed: %s", self.terms.key, error or "no answer")
            return False
        return True

    async def _acquire(self) -> Resource | None:
        """Take the lease if it is ours, nobody's, or has run out."""
        lease = await self._resources.find(LEASE_KIND, self.terms.key)
        if lease is None:
            return await self._create()
        spec = lease.spec
        if spec.get("holderIdentity") not in {None, "", self.terms.identity} and not self._has_run_out(lease):
            self._note_pause(lease)
            return None
        changes = self._spec(int(spec.get("leaseTransitions") or 0) + 1)
        if spec.get("holderIdentity") == self.terms.identity:
            changes = self._renewal()
        return await self._update(lease, changes)

    async def _create(self) -> Resource | None:
        metadata = {"namespace": self.terms.key.namespace, "name": self.terms.key.name}
        try:
            return (await self._resources.create(LEASE_KIND, {"metadata": metadata, "spec": self._spec(0)})).resource
        except AlreadyExists:
            return None

    async def _renew(self) -> Resource | None:
        if self._held is None:
            raise ValueError("only a lease that is held can be renewed")
        return await self._update(self._held, self._renewal())

    async def _update(self, lease: Resource, spec: Mapping[str, Any]) -> Resource:
        update = self._resources.update
        return (await update(LEASE_KIND, self.terms.key, {"spec": spec}, version=lease.version)).resource

    def _has_run_out(self, lease: Resource) -> bool:
        """Tell whether a lease has been seen unchanged for as long as it lasts."""
        spec = lease.spec
        seen = (spec.get("holderIdentity"), spec.get("renewTime"), spec.get("leaseTransitions"))
        if seen != self._seen:
            self._seen, self._seen_at = seen, self._clock.now()
        lasts = float(spec.get("leaseDurationSeconds") or self.terms.lease_seconds)
        return self._clock.now() - self._seen_at >= lasts

    def _keep(self, lease: Resource, sent_at: float) -> None:
        gained = not self.holds or self._held is None
        self._held = lease
        self._holds_until = sent_at + self.terms.deadline_seconds
        if self._deadline is not None:
            self._deadline.cancel()
        left = self._holds_until - self._clock.now() + _AFTERWARDS_SECONDS
        self._deadline = self._clock.call_later(left, self._lost)
        self._note_pause(lease)
        if gained:
            _LOG.info("holding the lease %s as %s", self.terms.key, self.terms.identity)
            self._on_change()

    def _lost(self) -> None:
        if self.terms.exclusive:
            _LOG.error("the lease %s could not be renewed in time: standing by", self.terms.key)
        self._on_change()

    def _note_pause(self, lease: Resource) -> None:
        paused = lease.annotations.get(PAUSED) == "true"
        if paused != self.paused:
            self.paused = paused
            _LOG.info("the controller of the lease %s %s", self.terms.key, "pauses" if paused else "goes on")
            self._on_change()

    async def _tell_status(self) -> None:
        status = self._status()
        if status != self._told and self._held is not None:
            written = await self._resources.update_status(LEASE_KIND, self.terms.key, status)
            self._told = status
            if written.resource.uid == self._held.uid and self.holds:
                self._held = written.resource

    def _spec(self, transitions: int) -> dict[str, Any]:
        seconds = max(1, round(self.terms.lease_seconds))
        return {
            "holderIdentity": self.terms.identity,
            "leaseDurationSeconds": seconds,
            "acquireTime": timestamp(self._clock),
            "leaseTransitions": transitions,
            **self._renewal(),
        }

    def _renewal(self) -> dict[str, Any]:
        return {"renewTime": timestamp(self._clock)}
