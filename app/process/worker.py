r"""One of several server processes, started by the parent as ``python -P -m app.process.worker``.

parent -> worker   {"settings": {…}, "mongo_uri": "…", "listeners": [descriptor…]}\n     once
worker -> parent   ready\n                                                              once
end of file        the parent is dead: so is the database, and nothing is left to be finished
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Mapping
from typing import Any, Final

from app.settings import Settings

__all__ = ["PARENT_GONE", "READY", "main", "order"]

READY: Final = b"ready\n"
PARENT_GONE: Final = 70
_ORDER_MAX_BYTES: Final = 2**16


def order(settings: Settings, *, listeners: list[int]) -> bytes:
    """Return what the parent sends; the database's address goes this way because it may hold a password."""
    uri = settings.mongo_uri
    told = {
        "settings": settings.model_dump(mode="json", exclude={"mongo_uri"}),
        "mongo_uri": None if uri is None else uri.get_secret_value(),
        "listeners": listeners,
    }
    return json.dumps(told).encode() + b"\n"


def main(control_descriptor: int) -> int:
    """Serve until the parent says so (SIGTERM) or dies; return the exit code."""
    from app.application import ApplicationUnable  # noqa: PLC0415 - after the order, like all that is slow
    from app.process.logs import configure_logs  # noqa: PLC0415
    from app.process.single import serve_application  # noqa: PLC0415

    with socket.socket(fileno=control_descriptor) as control:
        told = _read_order(control)
        settings = Settings(**told["settings"], mongo_uri=told["mongo_uri"])
        configure_logs(level=settings.log_level, access_log=settings.access_log)
        threading.Thread(target=_end_with_parent, args=(control,), daemon=True).start()
        listeners = [socket.socket(fileno=descriptor) for descriptor in told["listeners"]]

        def ready() -> None:
            with contextlib.suppress(OSError):
                control.sendall(READY)

        try:
            return serve_application(settings, sockets=listeners, on_ready=ready)
        except ApplicationUnable as error:
            logging.getLogger(__name__).error("%s", error)  # noqa: TRY400 - the message says it all
            return 1


def _read_order(control: socket.socket) -> Mapping[str, Any]:
    received = b""
    while not received.endswith(b"\n") and len(received) < _ORDER_MAX_BYTES:
        part = control.recv(_ORDER_MAX_BYTES)
        if not part:
            sys.exit(PARENT_GONE)
        received += part
    told: Mapping[str, Any] = json.loads(received)
    return told


def _end_with_parent(control: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while control.recv(1024):
            pass
    os._exit(PARENT_GONE)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
