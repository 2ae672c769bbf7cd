"""``kindgraph delete``: resources by name, or those of files."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.options import add_client_command, add_files, add_namespace

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "delete",
        summary="delete resources",
        description="Delete resources by kind and names, or those that files hold. Deleting a definition deletes the\n"
        "resources of its kind. A resource with finalizers is gone only when they are.",
    )
    parser.add_argument("kind", metavar="KIND", nargs="?")
    parser.add_argument("names", metavar="NAME", nargs="*")
    add_files(parser, required=False)
    add_namespace(parser)
    parser.add_argument(
        "--propagation",
        choices=("background", "foreground", "orphan"),
        help="what becomes of what it owns: goes after it (the default), goes before it, or stays",
    )
    parser.add_argument("--ignore-not-found", action="store_true", help="what is absent is no failure")
    parser.add_argument("--dry-run", action="store_true", help="check and report, but change nothing")
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Delete; 1 if anything failed."""
    if (arguments.kind is None) == (arguments.files is None):
        arguments.parser.error("either KIND NAME… or -f FILE is needed")
    if arguments.kind is not None and not arguments.names:
        arguments.parser.error("NAME is missing")
    import asyncio

    from app.cli.deleting import Deleter, delete_files, delete_names

    def deleter_of(client: Any) -> Deleter:
        return Deleter(
            client,
            namespace=arguments.namespace,
            ignore_absent=arguments.ignore_not_found,
            dry_run=arguments.dry_run,
            propagation=arguments.propagation,
        )

    if arguments.files is not None:
        return asyncio.run(delete_files(arguments.files, server=arguments.server, deleter_of=deleter_of))
    return asyncio.run(delete_names(arguments.kind, arguments.names, server=arguments.server, deleter_of=deleter_of))
