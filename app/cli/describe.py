"""``kindgraph describe``: one resource in full, for reading."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.options import add_client_command, add_namespace

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "describe",
        summary="show one resource in full",
        description="Show all of a resource, for reading; `get -o yaml` is for programs.",
    )
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME")
    add_namespace(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show the resource."""
    import asyncio

    from app.cli.describing import describe_resource

    return asyncio.run(
        describe_resource(arguments.kind, arguments.name, server=arguments.server, namespace=arguments.namespace)
    )
