"""What happens to one key: from the queue to the outcome of its reconcile."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from controllers.clock import timeout, timestamp
from controllers.context import Context
from controllers.election import PAUSED
from controllers.errors import Conflict, ControllerError, LeadershipLost, NotFound, Permanent
from controllers.logs import bound
from controllers.queue import Lane

if TYPE_CHECKING:
    from controllers.controller import Controller, Requeue
    from controllers.limiter import RetryLimiter
    from controllers.metrics import ControllerMetrics
    from controllers.queue import WorkQueue
    from controllers.resource import Key, Resource
    from controllers.world import World

__all__ = ["Failure", "Reconciler"]

_LOG: Final = logging.getLogger("controllers.reconcile")
_MOST_FAILURES: Final = 20
_RESYNC_JITTER: Final = 0.1


class Failure(NamedTuple):
    """One reconcile that failed, for people."""

    key: str
    message: str
    time: str


class Reconciler:
    """Reconciles keys of one controller, and decides when each comes again.

    Args:
        controller: What is to be done.
        world: What is known.
        queue: Where keys come from, and go to.
        limiter: When failed keys come again.
        metrics: Told of everything.
    """

    def __init__(
        self,
        controller: Controller,
        *,
        world: World,
        queue: WorkQueue[Key],
        limiter: RetryLimiter,
        metrics: ControllerMetrics,
    ) -> None:
        self._controller = controller
        self._world = world
        self._queue = queue
        self._limiter = limiter
        self._metrics = metrics
        self._failures: deque[Failure] = deque(maxlen=_MOST_FAILURES)

    @property
    def failures(self) -> Sequence[Failure]:
        """What failed last, the newest last."""
        return list(self._failures)

    async def process(self, key: Key) -> None:
        """Reconcile a key, and see to what comes next; only a cancellation gets out."""
        log = bound(_LOG, controller=self._controller.name, kind=self._controller.kind, key=str(key))
        resource = self._world.informers[0].store.get(key)
        attempt = self._limiter.failures(key) + 1
        context = Context(self._world, key=key, resource=resource, attempt=attempt, log=log)
        began = time.perf_counter()
        try:
            outcome = await self._reconcile(resource, context)
        except Exception as error:
            self._failed(key, error, log)
        else:
            self._succeeded(key, outcome)
        finally:
            self._metrics.reconcile_seconds.observe(time.perf_counter() - began)

    async def _reconcile(self, resource: Resource | None, context: Context) -> Requeue | None:
        try:
            async with timeout(self._world.clock, self._controller.timeout_seconds):
                outcome = await self._act(resource, context)
        except Exception:
            with contextlib.suppress(ControllerError):  # what the reconcile raised says more
                await context.write_status()
            raise
        await context.write_status()
        return outcome

    async def _act(self, resource: Resource | None, context: Context) -> Requeue | None:
        controller = self._controller
        if resource is None:
            return None if controller.when_gone is None else await controller.when_gone(context.key, context)
        if resource.annotations.get(PAUSED) == "true":
            return None
        if resource.deleting and not controller.reconcile_deleting:
            return await self._finalize(resource, context)
        if (
            controller.finalizer is not None
            and not resource.deleting
            and controller.finalizer not in resource.finalizers
        ):
            resource = await context.add_finalizer(controller.finalizer)
        if controller.reconciler is None:
            raise Permanent(f"the controller {controller.name} has no reconcile")
        return await controller.reconciler(resource, context)

    async def _finalize(self, resource: Resource, context: Context) -> Requeue | None:
        finalizer, finalize = self._controller.finalizer, self._controller.finalizing
        if finalizer is None or finalizer not in resource.finalizers:
            return None
        outcome = await finalize(resource, context) if finalize is not None else None
        if outcome is None:
            await context.write_status()
            await context.remove_finalizer(finalizer)
        return outcome

    def _succeeded(self, key: Key, outcome: Requeue | None) -> None:
        if outcome is not None and outcome.after is None:
            self._metrics.count("requeued")
            self._queue.add_after(key, self._limiter.failed(key))
            return
        self._limiter.forget(key)
        if outcome is not None and outcome.after is not None:
            self._metrics.count("requeued")
            self._queue.add_after(key, outcome.after)
            return
        self._metrics.count("done")
        resync = self._controller.resync_seconds
        if resync is not None and key in self._world.informers[0].store:
            spread = 1 + _RESYNC_JITTER * (2 * random.random() - 1)  # noqa: S311 - nothing secret
            self._queue.add_after(key, resync * spread, Lane.BACKLOG)

    def _failed(self, key: Key, error: Exception, log: logging.LoggerAdapter[Any]) -> None:
        if isinstance(error, LeadershipLost):
            self._metrics.count("stopped")
            self._queue.add(key, Lane.BACKLOG)
            return
        message = str(error) or type(error).__name__
        if isinstance(error, TimeoutError):
            message = message if str(error) else f"took longer than {self._controller.timeout_seconds:g} s"
        self._failures.append(Failure(str(key), message[:1_000], timestamp(self._world.clock)))
        if isinstance(error, Permanent):
            self._metrics.count("permanent")
            self._limiter.forget(key)
            log.warning("will not be tried again before something changes: %s", message)
            return
        self._metrics.count("failed")
        self._metrics.retries.inc()
        delay = self._limiter.failed(key)
        self._queue.add_after(key, delay)
        expected = isinstance(error, Conflict | NotFound | asyncio.TimeoutError)
        log.warning("failed, again in %.1f s: %s", delay, message, exc_info=None if expected else error)
