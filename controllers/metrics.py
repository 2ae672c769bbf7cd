"""What Prometheus is told. All names begin with ``kindgraph_controller_``; the controller is a label."""

from __future__ import annotations

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Gauge, Histogram

__all__ = ["ControllerMetrics", "Metrics"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The metrics of all controllers of a process.

    Args:
        registry: Where they are; the process's own unless given. Yours may be in it, too.
    """

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or REGISTRY
        one = ["controller"]

        def counter(name: str, text: str, labels: list[str] = one) -> Counter:
            return Counter(f"kindgraph_controller_{name}", text, labels, registry=self.registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(f"kindgraph_controller_{name}", text, one, registry=self.registry)

        def histogram(name: str, text: str) -> Histogram:
            return Histogram(f"kindgraph_controller_{name}", text, one, registry=self.registry, buckets=_SECONDS)

        self.reconciles = counter("reconciles_total", "Reconciles by how they ended.", ["controller", "outcome"])
        self.reconcile_seconds = histogram("reconcile_seconds", "How long reconciles took.")
        self.wait_seconds = histogram("queue_wait_seconds", "How long keys waited for a worker.")
        self.retries = counter("retries_total", "Keys that will be tried again because they failed.")
        self.depth = gauge("queue_depth", "Keys that wait.")
        self.delayed = gauge("queue_delayed", "Keys that are due later.")
        self.running = gauge("running", "Keys that are worked on.")
        self.leader = gauge("leader", "Whether this process works, or stands by.")
        self.paused = gauge("paused", "Whether the controller was told to pause.")
        self.resources = gauge("resources", "Resources in memory.")
        self.connected = gauge("watches_connected", "Watches that are open and alive.")
        self.relists = gauge("relists", "How often everything was listed.")
        self.reconnects = gauge("reconnects", "How often a watch has ended.")
        self.events_dropped = gauge("events_dropped", "Events that were not told.")


class ControllerMetrics:
    """The metrics of one controller.

    Args:
        metrics: Those of the process.
        name: The controller's.
    """

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._metrics = metrics
        self._name = name
        self._outcomes: dict[str, Counter] = {}
        self.reconcile_seconds = metrics.reconcile_seconds.labels(name)
        self.wait_seconds = metrics.wait_seconds.labels(name)
        self.retries = metrics.retries.labels(name)

    def count(self, outcome: str) -> None:
        """Count a reconcile by how it ended."""
        counter = self._outcomes.get(outcome)
        if counter is None:
            counter = self._outcomes[outcome] = self._metrics.reconciles.labels(self._name, outcome)
        counter.inc()

    def observe(self, **values: float) -> None:
        """Set gauges, by the names of ``Metrics``."""
        for name, value in values.items():
            getattr(self._metrics, name).labels(self._name).set(value)
