"""One controller at work: informers feed a queue, workers empty it, a lease says whether they may."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from controllers.election import Elector, LeaseTerms
from controllers.events import EventRecorder
from controllers.limiter import RetryLimiter, TokenBucket
from controllers.metrics import ControllerMetrics
from controllers.queue import Lane, QueueClosed, WorkQueue
from controllers.resource import Key
from controllers.version import VERSION
from controllers.worker import Reconciler
from controllers.world import World

if TYPE_CHECKING:
    from controllers.clock import Clock
    from controllers.controller import Controller, Watched
    from controllers.informer import Change, Informer
    from controllers.metrics import Metrics
    from controllers.resources import Resources, Scope
    from controllers.worker import Failure

__all__ = ["Runtime"]

_LOG: Final = logging.getLogger("controllers")
_RETRY_BURST: Final = 100
_TOLD_FAILURES: Final = 10
_MESSAGE_LENGTH: Final = 500
_FLUSH_SECONDS: Final = 5.0


class Runtime:
    """Runs one controller.

    Args:
        controller: What is to be done.
        resources: The server.
        informer_of: Returns the informer of a kind and scope; it is run by others.
        clock: The time.
        metrics: Of the process.
        identity: Of the process, among all that may run the controller.
        alone: There is no other process, so nobody needs to be elected.
    """

    def __init__(
        self,
        controller: Controller,
        *,
        resources: Resources,
        informer_of: Callable[[str, Scope], Informer],
        clock: Clock,
        metrics: Metrics,
        identity: str,
        alone: bool = False,
    ) -> None:
        self.controller = controller
        self.queue: WorkQueue[Key] = WorkQueue(clock)
        self.metrics = ControllerMetrics(metrics, controller.name)
        self.informers = [informer_of(controller.kind, controller.scope)]
        self.informers += [informer_of(watched.kind, watched.scope) for watched in controller.watched]
        self.elector = Elector(
            _terms(controller, identity, exclusive=controller.leader_election and not alone),
            resources=resources,
            clock=clock,
            status=self.status,
            on_change=self._roles_changed,
        )
        self.events = EventRecorder(controller.name, client=resources.client)
        self._works = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._parked: dict[Key, None] = {}
        distinct = list(dict.fromkeys(self.informers))
        self.world = World(resources, distinct, self.events, clock, may_write=lambda: self.elector.holds)
        bucket = TokenBucket(rate=controller.retries_per_second, burst=_RETRY_BURST, clock=clock)
        self._reconciler = Reconciler(
            controller,
            world=self.world,
            queue=self.queue,
            limiter=RetryLimiter(backoff=controller.backoff, bucket=bucket),
            metrics=self.metrics,
        )
        self._connect()

    @property
    def synced(self) -> bool:
        """Whether all that the controller watches is known."""
        return all(informer.synced for informer in self.informers)

    @property
    def works(self) -> bool:
        """Whether keys are worked on: this process holds the lease, and nobody has paused it."""
        return self._works

    @property
    def failures(self) -> Sequence[Failure]:
        """What failed last, the newest last."""
        return self._reconciler.failures

    @property
    def told(self) -> bool:
        """Whether all events are told."""
        return self.events.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether no key waits, is worked on, or waits to be seen; those that are due later do not count."""
        return not len(self.queue) and not self.queue.running and not self._parked

    async def run(self, stop: asyncio.Event, *, grace_seconds: float) -> None:
        """Work until told to stop; then finish what has begun, tell what is left to tell, and release the lease.

        Args:
            stop: Set to stop.
            grace_seconds: How long reconciles that have begun may take.
        """
        self.queue.hold(True)
        background = [asyncio.create_task(self.elector.run()), asyncio.create_task(self.events.run())]
        workers = [asyncio.create_task(self._work()) for _ in range(self.controller.workers)]
        stopping = asyncio.create_task(stop.wait())
        try:
            done, _ = await asyncio.wait([*background, *workers, stopping], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {stopping}:
                task.result()
            await self._drain(workers, grace_seconds)
        finally:
            for task in [*background, *workers, *self._tasks, stopping]:
                task.cancel()
            await asyncio.gather(*background, *workers, *self._tasks, stopping, return_exceptions=True)
            await self.elector.release()

    def observe(self) -> None:
        """Have gauges show how things are."""
        self.metrics.observe(
            depth=len(self.queue),
            delayed=self.queue.delayed,
            running=self.queue.running,
            leader=self.elector.holds,
            paused=self.elector.paused,
            resources=sum(len(informer.store) for informer in self.world.informers),
            connected=sum(informer.connected for informer in self.world.informers),
            relists=sum(informer.relists for informer in self.world.informers),
            reconnects=sum(informer.reconnects for informer in self.world.informers),
            events_dropped=self.events.dropped,
        )

    def status(self) -> Mapping[str, Any]:
        """Return what the controller's Lease tells, for people."""
        failures = self.failures[-_TOLD_FAILURES:]
        return {
            "queueDepth": len(self.queue),
            "running": self.queue.running,
            "paused": self.elector.paused,
            "version": VERSION,
            "host": platform.node(),
            "pid": os.getpid(),
            "kinds": sorted({informer.kind for informer in self.informers}),
            "lastErrors": [
                {"key": failure.key, "message": failure.message[:_MESSAGE_LENGTH], "time": failure.time}
                for failure in failures
            ],
        }

    async def _drain(self, workers: list[asyncio.Task[None]], grace_seconds: float) -> None:
        self.queue.close()
        _, late = await asyncio.wait(workers, timeout=grace_seconds)
        if late:
            _LOG.warning("%s: %d reconciles are cancelled", self.controller.name, len(self._tasks))
            for task in self._tasks:
                task.cancel()
            await asyncio.wait(late)
        await self.events.flush(_FLUSH_SECONDS)

    async def _work(self) -> None:
        while True:
            try:
                key = await self.queue.get()
            except QueueClosed:
                return
            if (own := self._own_key(key)) != key:
                self.queue.done(key)
                self.queue.add(own)
                continue
            if not self.world.fence.is_open(key):
                self._parked[key] = None
                self.queue.done(key)
                continue
            self.metrics.wait_seconds.observe(self.queue.longest_wait_seconds)
            await self._process(key)

    async def _process(self, key: Key) -> None:
        """Reconcile a key in a task of its own, which can be cancelled without the worker."""
        task = asyncio.create_task(self._reconciler.process(key))
        self._tasks.add(task)
        try:
            await asyncio.wait({task})
            if task.cancelled():
                self.queue.add(key, Lane.BACKLOG)
            elif (error := task.exception()) is not None:
                raise error
        finally:
            self._tasks.discard(task)
            self.queue.done(key)

    def _connect(self) -> None:
        """Have changes of everything that is watched bring keys into the queue."""
        own, *others = self.informers
        own.subscribe(self._own_changed)
        for watched, informer in zip(self.controller.watched, others, strict=True):
            informer.subscribe(partial(self._watched_changed, watched))
        for (kind, name), values_of in self.controller.indexes.items():
            for informer in self.world.informers:
                if informer.kind == kind:
                    informer.store.add_index(name, values_of)
        for informer in self.world.informers:
            informer.on_progress(self._progressed)

    def _own_changed(self, change: Change) -> None:
        predicate = self.controller.predicate
        if predicate is None or predicate(change):
            self._add(change.key, live=change.live)

    def _watched_changed(self, watched: Watched, change: Change) -> None:
        if watched.predicate is not None and not watched.predicate(change):
            return
        for state in (change.old, change.new):
            if state is not None:
                for key in self._concerned(watched, state):
                    self._add(key, live=change.live)

    def _concerned(self, watched: Watched, state: Any) -> list[Key]:
        mapper = watched.mapper
        if callable(mapper):
            return list(mapper(state))
        return [found.key for found in self.informers[0].store.find(mapper.index, mapper.value_of(state))]

    def _own_key(self, key: Key) -> Key:
        """Return a key as the controller's own kind has them: mappers need not know whether it has namespaces."""
        return key if self.informers[0].namespaced else Key(None, key.name)

    def _add(self, key: Key, *, live: bool) -> None:
        key = self._own_key(key)
        namespace = self.controller.scope.namespace
        if namespace is None or key.namespace == namespace:
            self.queue.add(key, Lane.LIVE if live else Lane.BACKLOG)

    def _progressed(self) -> None:
        """Take up what waited for a write to be seen, and begin once everything is known."""
        for key in list(self._parked):
            if self.world.fence.is_open(key):
                del self._parked[key]
                self.queue.add(key)
        if not self._works:
            self._roles_changed()

    def _roles_changed(self) -> None:
        """Begin or stop to work, as the lease and what is known allow."""
        works = self.elector.holds and not self.elector.paused and self.synced
        if works == self._works:
            return
        self._works = works
        if works:
            # Another process may have worked in the meantime, and what it had planned is not known here.
            for key in self.informers[0].store.keys():  # noqa: SIM118 - it iterates over resources
                self.queue.add(key, Lane.BACKLOG)
        elif not self.elector.holds:
            for task in self._tasks:
                task.cancel()
        _LOG.info("%s %s", self.controller.name, "works" if works else "stands by")
        self.queue.hold(not works)


def _terms(controller: Controller, identity: str, *, exclusive: bool) -> LeaseTerms:
    suffix = "" if exclusive else f".{identity.lower()}"
    return LeaseTerms(
        Key(controller.lease_namespace, f"{controller.name}{suffix}"),
        identity=identity,
        lease_seconds=controller.lease_seconds,
        exclusive=exclusive,
    )
