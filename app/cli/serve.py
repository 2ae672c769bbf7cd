"""``kindgraph serve``: the server, on an embedded mongod unless it is given a MongoDB."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.errors import CommandFailed

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser(
        "serve",
        help="run the server",
        description="Run the server. Each option has a variable: KINDGRAPH_HOST, KINDGRAPH_PORT, …; an option wins.",
    )
    # No defaults here: what is not given must leave the setting to its variable.
    parser.add_argument("--host", help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on (8000); 0 picks a free one")
    parser.add_argument("--workers", type=int, help="number of server processes (1)")
    database = parser.add_mutually_exclusive_group()
    database.add_argument("--mongo-uri", metavar="URI", help="a MongoDB replica set, instead of the embedded mongod")
    database.add_argument("--data-dir", metavar="DIR", help="where the embedded mongod keeps its data (.kindgraph)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    raise CommandFailed(f"serve is not wired yet: {arguments}")
