"""The metrics of a server, taken from its parts at each scrape."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.pages.metrics import Metric

if TYPE_CHECKING:
    from app.kinds.registry import Registry
    from app.pages.gate import Gate
    from app.transport.execution import Engine
    from app.watch.hub import Hub

__all__ = ["observe"]


def observe(gate: Gate, engine: Engine, registry: Registry, hub: Hub) -> Iterator[Metric]:
    """Yield what a scrape shows."""
    statuses = sorted(gate.answered.items())
    yield Metric(
        "kindgraph_responses_total",
        "counter",
        "HTTP responses.",
        [(f'status="{status}"', count) for status, count in statuses],
    )
    in_flight = gate.in_flight + engine.connections
    yield Metric.gauge("kindgraph_requests_in_flight", in_flight, "HTTP requests and WebSocket connections.")
    yield from _operations(engine)
    yield Metric.gauge("kindgraph_kinds", len(registry.snapshot.kinds), "Kinds served.")
    yield Metric.gauge("kindgraph_kinds_refused", len(registry.refused), "Stored definitions that are not served.")
    yield from _watches(hub)


def _operations(engine: Engine) -> Iterator[Metric]:
    counters = engine.counters
    by_type = {
        "query": counters.queries,
        "mutation": counters.mutations,
        "subscription": counters.subscriptions,
    }
    yield Metric(
        "kindgraph_operations_total",
        "counter",
        "GraphQL operations begun.",
        [(f'type="{name}"', count) for name, count in by_type.items()],
    )
    yield Metric("kindgraph_operations_refused_total", "counter", "Documents refused.", [("", counters.refused)])
    yield Metric.gauge("kindgraph_operations_running", counters.running, "Queries and mutations that run.")
    connections = engine.admission.connections
    yield Metric.gauge("kindgraph_connections_open", connections, "WebSockets and event streams that are open.")
    yield Metric.gauge("kindgraph_subscriptions_running", counters.running_subscriptions, "Subscriptions that run.")
    yield Metric("kindgraph_subscription_events_total", "counter", "Events executed.", [("", counters.events)])


def _watches(hub: Hub) -> Iterator[Metric]:
    statistics = hub.statistics
    yield Metric.gauge("kindgraph_hub_position_seconds", hub.position >> 32, "Time of the hub's position.")
    yield Metric.gauge("kindgraph_hub_lag_seconds", hub.lag_seconds, "How far the hub is behind the database.")
    yield Metric.gauge("kindgraph_hub_watchers", statistics.watchers, "Open watches.")
    yield Metric.gauge("kindgraph_hub_catching_up", statistics.catching_up, "Watches that read older changes.")
    yield Metric.gauge("kindgraph_hub_history_events", statistics.history_events, "Changes kept in memory.")
    yield Metric.gauge("kindgraph_hub_history_bytes", statistics.history_bytes, "Memory of the changes kept.")
    yield Metric("kindgraph_hub_changes_total", "counter", "Changes seen.", [("", statistics.changes)])
    yield Metric.gauge("kindgraph_hub_healthy", int(hub.healthy), "1 where the hub follows the database, else 0.")
    broke_off = "How often the change stream broke off and went on where it was."
    yield Metric("kindgraph_hub_interruptions_total", "counter", broke_off, [("", statistics.interruptions)])
    lost = "How often the change stream was lost, so that every watch ended."
    yield Metric("kindgraph_hub_restarts_total", "counter", lost, [("", statistics.restarts)])
