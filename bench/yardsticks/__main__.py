"""Serves one yardstick on a free port and prints it: ``python -m bench.yardsticks raw --mongo-uri URI``.

On uvicorn exactly as Kindgraph runs it.
"""

from __future__ import annotations

import argparse
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from app.process.serving import uvicorn_config
from app.settings import Settings
from bench.yardsticks.broadcast import broadcast_application
from bench.yardsticks.raw import raw_application
from bench.yardsticks.store import ServiceStore
from bench.yardsticks.strawberry_api import cached_application, plain_application

_APPLICATIONS: dict[str, Callable[[ServiceStore], Any]] = {
    "plain": plain_application,
    "cached": cached_application,
    "raw": raw_application,
    "broadcast": lambda _: broadcast_application(),
}


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bench.yardsticks")
    parser.add_argument("name", choices=sorted(_APPLICATIONS))
    parser.add_argument("--mongo-uri", required=True)
    arguments = parser.parse_args()
    application = _APPLICATIONS[arguments.name](ServiceStore(arguments.mongo_uri))
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    config = uvicorn_config(application, Settings.model_validate({}))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
