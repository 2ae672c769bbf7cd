"""Which reports of what happened are one event: pure rules.

Reports that say the same have one event. Whoever tells the same of a resource in ever new words gets a few events with
those words, and one for all the others, as in Kubernetes (``client-go/tools/record/events_cache.go``).
"""

from __future__ import annotations

import datetime
import hashlib
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from app.resources.metadata import name_failures
from app.resources.times import format_time

if TYPE_CHECKING:
    from schema_builder.backend import EventReport

__all__ = ["Similar", "event_name", "event_spec", "repeated_spec"]

NORMAL: Final = "Normal"
_COMBINED: Final = "(combined from similar events)"
_WORDINGS: Final = 10
_FORGOTTEN_AFTER: Final = datetime.timedelta(minutes=10)
_GROUPS: Final = 4_096
_MAX_NOTE: Final = 4_096
_MAX_PREFIX: Final = 200
_DIGITS: Final = 20


class _Group(NamedTuple):
    """What was told alike of one resource: when last, and in which words."""

    told_at: datetime.datetime
    notes: set[int]


class Similar:
    """Remembers in which words things were told lately; bounded."""

    def __init__(self) -> None:
        self._groups: OrderedDict[EventReport, _Group] = OrderedDict()

    def combined(self, report: EventReport, *, now: datetime.datetime) -> EventReport:
        """Return a report as it is to be counted: with its own note, or as one of many that are told together."""
        key = report._replace(note=None, ttl_seconds=None)
        group = self._groups.pop(key, None)
        if group is None or now - group.told_at > _FORGOTTEN_AFTER:
            group = _Group(now, set())
        self._groups[key] = group._replace(told_at=now)
        if len(self._groups) > _GROUPS:
            self._groups.popitem(last=False)
        note = hash(report.note)
        if note in group.notes:
            return report
        if len(group.notes) < _WORDINGS:
            group.notes.add(note)
            return report
        return report._replace(note=f"{_COMBINED}: {report.note or ''}"[:_MAX_NOTE])


def event_name(report: EventReport) -> str:
    """Return the name of the event that a report is counted in."""
    note = _COMBINED if report.note is not None and report.note.startswith(_COMBINED) else report.note
    said = [*report._replace(type=report.type or NORMAL, note=note, ttl_seconds=None)]
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()[:_DIGITS]
    prefix = report.name[:_MAX_PREFIX].rstrip("-.")
    return f"event.{digest}" if any(name_failures(prefix, path="")) else f"{prefix}.{digest}"


def event_spec(report: EventReport, *, count: int, now: datetime.datetime) -> dict[str, Any]:
    """Return the ``spec`` of an event that happens for the first time."""
    regarding = {"kind": report.kind, "namespace": report.namespace, "name": report.name, "uid": report.uid}
    spec = {
        "regarding": {name: value for name, value in regarding.items() if value is not None},
        "type": report.type or NORMAL,
        "reason": report.reason,
        "reportingController": report.reporting_controller,
        "firstTimestamp": format_time(now),
        **repeated_spec(report, count=count, now=now),
    }
    return {name: value for name, value in spec.items() if value is not None}


def repeated_spec(report: EventReport, *, count: int, now: datetime.datetime) -> dict[str, Any]:
    """Return what an event that happens again has anew.

    Args:
        report: The newest report.
        count: How often it has happened by now.
        now: The time.
    """
    spec: dict[str, Any] = {"count": count, "lastTimestamp": format_time(now)}
    if report.note is not None:
        spec["note"] = report.note
    if report.ttl_seconds is not None:
        spec["ttlSeconds"] = report.ttl_seconds
    return spec
