"""``kindgraph explain``: what a kind or one of its fields is."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.options import add_client_command

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "explain",
        summary="explain a kind or a field",
        description="Show what a field is: its type, whether it is required, default, allowed values, constraints,\n"
        "and what GraphQL calls it.",
        epilog="example: kindgraph explain externalservice.spec.limits\n"
        'A name that holds a dot is written in brackets: KIND.spec["a.b"].',
    )
    parser.add_argument("path", metavar="KIND[.path.to.field]")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain the field."""
    import asyncio

    from app.cli.explaining import explain_path

    return asyncio.run(explain_path(arguments.path, server=arguments.server))
