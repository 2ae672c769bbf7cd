"""The controller: it has each service's pool as its spec wants it, probes it, and says in status what it found."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from controllers import Context, Controller, Key, Requeue, Resource
from controllers.external_services.parameters import Parameters, parse_parameters
from controllers.external_services.problems import Misconfigured, PoolExhausted, Problem, problem_of
from controllers.predicates import generation_changed

if TYPE_CHECKING:
    from controllers.external_services.pool import Pool
    from controllers.external_services.pools import Pools
    from controllers.external_services.settings import Settings

__all__ = ["FINALIZER", "KIND", "make_controller"]

KIND: Final = "ExternalService"
FINALIZER: Final = "kindgraph/external-services"
_SOONEST_SECONDS: Final = 0.5
_SECRET_SECONDS: Final = 30.0


def make_controller(pools: Pools, settings: Settings) -> Controller:
    """Return the controller of external services.

    Args:
        pools: What it works on.
        settings: Of the operator.
    """
    controller = Controller(
        KIND,
        name="external-services",
        workers=settings.workers,
        predicate=generation_changed,
        finalizer=FINALIZER,
        lease_seconds=settings.lease_seconds,
    )
    keeper = _Keeper(pools, settings)
    controller.reconcile(keeper.reconcile)
    controller.finalize(keeper.finalize)
    controller.gone(keeper.gone)
    return controller


class _Keeper:
    def __init__(self, pools: Pools, settings: Settings) -> None:
        self._pools = pools
        self._settings = settings
        self._failures: dict[Key, int] = {}

    async def reconcile(self, resource: Resource, ctx: Context) -> Requeue:
        """Have the pool as the spec wants it, and the service answer."""
        try:
            parameters = await self._parameters(resource)
            pool = await self._pools.configure(resource.key, parameters, uid=resource.uid)
        except Misconfigured as error:
            _say(ctx, resource, "Configured", error.problem)
            ctx.condition("Reachable", "Unknown", "NotConfigured", "it is not tried as long as it is not configured")
            ctx.status(reachable=None, message=error.problem.message, latencyMilliseconds=None)
            return Requeue(after=_SECRET_SECONDS)  # the secret may come without a change of the spec
        latency, problem = await _probe(pool)
        shortage = await _keep(pool) if problem is None else None
        _say(ctx, resource, "Configured", shortage, otherwise="PoolReady")
        _say_reachable(ctx, resource, problem)
        ctx.status(
            reachable=None if problem is not None and problem.reason == "PoolExhausted" else problem is None,
            message=_first_message(problem, shortage),
            checkedAt=datetime.now(UTC).isoformat(timespec="milliseconds"),
            latencyMilliseconds=None if latency is None else round(latency * 1_000, 3),
            effective=_effective(parameters, pool, resource.spec.get("secret")),
        )
        return Requeue(after=self._next_probe(resource.key, parameters, failed=bool(problem or shortage)))

    async def finalize(self, resource: Resource, ctx: Context) -> None:
        """Close the pool; work in flight has time to end."""
        began = time.monotonic()
        await self._close(resource.key)
        ctx.log.info("closed after %.3f s", time.monotonic() - began)

    async def gone(self, key: Key, ctx: Context) -> None:  # noqa: ARG002 - the SDK gives it
        """Close the pool of a resource whose finalizer somebody else took away."""
        await self._close(key)

    async def _close(self, key: Key) -> None:
        self._failures.pop(key, None)
        await self._pools.close(key)

    async def _parameters(self, resource: Resource) -> Parameters:
        secret = await self._settings.secrets.read(resource.spec.get("secret"), namespace=resource.namespace)
        return parse_parameters(resource.spec, secret=secret, application=f"kindgraph/{resource.key}"[:63])

    def _next_probe(self, key: Key, parameters: Parameters, *, failed: bool) -> float:
        """Return when to probe again: sooner than usual after failures, and later with each."""
        failures = self._failures[key] = min(self._failures.get(key, 0) + 1, 20) if failed else 0
        usual = parameters.probe_seconds
        return min(usual, _SOONEST_SECONDS * 2.0 ** (failures - 1)) if failures else usual


async def _probe(pool: Pool[Any]) -> tuple[float | None, Problem | None]:
    try:
        return await pool.probe(), None
    except Exception as error:
        return None, problem_of(error)


async def _keep(pool: Pool[Any]) -> Problem | None:
    """Have the least number of connections open; returns why they are fewer."""
    try:
        await pool.keep()
    except Exception as error:
        return problem_of(error)
    return None


def _say(ctx: Context, resource: Resource, type_: str, problem: Problem | None, *, otherwise: str = "Answers") -> None:
    """Set a condition, and tell of its transition."""
    before = resource.condition(type_)
    status = "True" if problem is None else "False"
    reason, message = problem or (otherwise, "")
    ctx.condition(type_, status == "True", reason, message)
    if before is None or (before["status"], before["reason"]) != (status, reason):
        told = type_ if status == "True" else f"Not{type_}"
        ctx.event(
            told, f"{reason}: {message}" if message else reason, type_="Normal" if status == "True" else "Warning"
        )


def _say_reachable(ctx: Context, resource: Resource, problem: Problem | None) -> None:
    if problem is not None and problem.reason == PoolExhausted.__name__:
        ctx.condition("Reachable", "Unknown", problem.reason, problem.message)
    else:
        _say(ctx, resource, "Reachable", problem)


def _first_message(*problems: Problem | None) -> str | None:
    return next((f"{one.reason}: {one.message}" for one in problems if one is not None), None)


def _effective(parameters: Parameters, pool: Pool[Any], secret: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what is in force: the spec with its defaults, and what the service and the pool say."""
    endpoint, limits, timeouts, counts = parameters.endpoint, parameters.limits, parameters.timeouts, pool.statistics
    named = next(iter((secret or {}).items()), None)
    known: dict[str, Any] = {
        "protocol": endpoint.protocol,
        "host": endpoint.host,
        "port": endpoint.port,
        "user": endpoint.user,
        "database": endpoint.database,
        "tls": endpoint.tls is not None,
        "tlsVersion": None,
        "serverVersion": None,
        "secret": None if named is None else f"{named[0]}:{named[1]}",
        **pool.description,
        "minConns": limits.min_conns,
        "maxConns": limits.max_conns,
        "maxIdleConns": limits.max_idle_conns,
        "maxLifetimeSeconds": limits.max_lifetime_seconds,
        "connectSeconds": timeouts.connect,
        "acquireSeconds": timeouts.acquire,
        "requestSeconds": timeouts.request,
        "drainSeconds": timeouts.drain,
        "probeSeconds": parameters.probe_seconds,
    }
    return {**known, "connections": {"open": counts.open, "idle": counts.idle, "inUse": counts.in_use}}
