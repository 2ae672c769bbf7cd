"""``kindgraph schema``: the server's GraphQL schema, as SDL."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app.cli.options import add_client_command

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "schema",
        summary="print the GraphQL schema",
        description="Print the server's GraphQL schema (SDL) as of now, with all kinds.",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    import asyncio

    return asyncio.run(_print_schema(arguments.server))


async def _print_schema(server: str | None) -> int:
    from app.cli.client import connect

    async with connect(server) as client:
        async for piece in client.sdl():
            sys.stdout.write(piece)
    return 0
