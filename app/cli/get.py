"""``kindgraph get``: resources as a table, YAML, JSON or names, once or as they change."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.options import add_client_command, add_namespace

__all__ = ["register", "run"]


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "get",
        summary="show resources",
        description="Show one resource, or all of a kind, as a table of the columns that the definition names.",
        epilog="KIND is a definition's name, kind, singular, plural or plural.group.",
    )
    parser.add_argument("kind", metavar="KIND")
    parser.add_argument("name", metavar="NAME", nargs="?")
    where = parser.add_mutually_exclusive_group()
    add_namespace(where)
    where.add_argument("-A", "--all-namespaces", action="store_true", help="in every namespace")
    parser.add_argument("-l", "--selector", metavar="SELECTOR", help="only with labels such as app=db,tier!=test")
    parser.add_argument("-o", "--output", choices=["table", "yaml", "json", "name"], default="table")
    parser.add_argument("-w", "--watch", action="store_true", help="go on showing what changes")
    parser.add_argument(
        "--output-watch-events",
        action="store_true",
        help="with --watch and -o json or yaml: {type, object} for each, ADDED for what is there, JSON on a line each",
    )
    parser.set_defaults(run=run, parser=parser)


def run(arguments: argparse.Namespace) -> int:
    """Show what is there, and what changes."""
    if arguments.name is not None and (arguments.all_namespaces or arguments.selector is not None):
        arguments.parser.error("NAME goes with neither -A nor -l")
    if arguments.output_watch_events and not (arguments.watch and arguments.output in {"json", "yaml"}):
        arguments.parser.error("--output-watch-events goes with --watch and -o json or yaml")
    import asyncio

    from app.cli.getting import show_resources

    return asyncio.run(
        show_resources(
            arguments.kind,
            server=arguments.server,
            name=arguments.name,
            namespace=arguments.namespace,
            all_namespaces=arguments.all_namespaces,
            selector=arguments.selector,
            output=arguments.output,
            watch=arguments.watch,
            watch_events=arguments.output_watch_events,
        )
    )
