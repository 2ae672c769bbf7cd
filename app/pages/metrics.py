"""``/metrics`` in Prometheus' text format 0.0.4, of this one process."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

__all__ = ["Metric", "metrics_route", "process_metrics", "render"]

_CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_STARTED_AT: Final = time.time()


class Metric(NamedTuple):
    """One metric with its samples.

    Attributes:
        name: With its unit, such as ``kindgraph_hub_lag_seconds``; counters end in ``_total``.
        kind: ``counter`` or ``gauge``.
        help: One line.
        samples: Values by their labels, as written between the braces: ``'status="200"'``, empty for none.
    """

    name: str
    kind: str
    help: str
    samples: Iterable[tuple[str, float]]

    @classmethod
    def gauge(cls, name: str, value: float, text: str) -> Metric:
        """Return a gauge with one sample."""
        return cls(name, "gauge", text, (("", value),))


def metrics_route(collect: Callable[[], Iterable[Metric]]) -> Route:
    """Return the route; ``collect`` is asked at each scrape."""

    async def metrics(_: Request) -> Response:
        return PlainTextResponse(render([*collect(), *process_metrics()]), media_type=_CONTENT_TYPE)

    return Route("/metrics", metrics)


def render(metrics: Iterable[Metric]) -> str:
    """Return the exposition of some metrics."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def process_metrics() -> Iterator[Metric]:
    """Return what Prometheus' client libraries tell of a process, under the same names."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_seconds = usage.ru_utime + usage.ru_stime
    yield Metric("process_cpu_seconds_total", "counter", "CPU time used.", (("", cpu_seconds),))
    yield Metric.gauge("process_start_time_seconds", _STARTED_AT, "Start of the process since the epoch.")
    statm = Path("/proc/self/statm")
    if statm.exists():
        resident = int(statm.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        yield Metric.gauge("process_resident_memory_bytes", resident, "Memory in use.")
        yield Metric.gauge("process_open_fds", len(os.listdir("/proc/self/fd")), "Open files and connections.")


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for labels, value in metric.samples:
        yield f"{metric.name}{{{labels}}} {value!r}" if labels else f"{metric.name} {value!r}"
