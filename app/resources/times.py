"""Times of metadata: RFC 3339 in UTC, of fixed width, so that text sorts as time does."""

from __future__ import annotations

import datetime

__all__ = ["format_time", "utc_now"]


def utc_now() -> datetime.datetime:
    """Return the time."""
    return datetime.datetime.now(datetime.UTC)


def format_time(moment: datetime.datetime) -> str:
    """Return ``2026-01-31T09:30:00.125Z``: milliseconds, rounded down."""
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
