"""Logs on stderr, a line an event: ``2026-01-31T12:00:00.123Z level=info logger=app.watch.hub message="…"``."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

__all__ = ["LineFormatter", "configure_logs"]


class LineFormatter(logging.Formatter):
    """Formats a record as ``key=value`` pairs on one line; values with spaces or quotes are JSON strings."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        pairs = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": str(record.process),
            "message": record.getMessage(),
        }
        if record.exc_info:
            pairs["error"] = self.formatException(record.exc_info)
        return " ".join([time, *(f"{key}={_quoted(value)}" for key, value in pairs.items())])


def configure_logs(*, level: str, access_log: bool) -> None:
    """Send everything of this level to stderr; of libraries only warnings, and requests only if asked."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in ("app", "schema_builder", "controllers"):
        logging.getLogger(name).setLevel(level.upper())
    logging.getLogger("uvicorn.access").setLevel(logging.INFO if access_log else logging.CRITICAL)


def _quoted(value: str) -> str:
    plain = value and value.isprintable() and not any(character in value for character in ' "=')
    return value if plain else json.dumps(value, ensure_ascii=False)
