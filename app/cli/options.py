"""Options that several client commands share."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["DEFAULT_NAMESPACE", "add_client_command", "add_files", "add_namespace"]

DEFAULT_NAMESPACE = "default"


def add_client_command(
    subparsers: argparse._SubParsersAction[Any], name: str, *, summary: str, description: str, epilog: str | None = None
) -> argparse.ArgumentParser:
    """Add the parser of a command that talks to a server."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--server",
        metavar="URL",
        help="the server (KINDGRAPH_SERVER, or http://127.0.0.1:8000)",
    )
    return parser


def add_namespace(parser: argparse._ActionsContainer) -> None:
    """Add ``-n NS``; a namespaced kind is looked for in ``default`` without it."""
    parser.add_argument("-n", "--namespace", metavar="NS", help=f"the namespace ({DEFAULT_NAMESPACE})")


def add_files(parser: argparse.ArgumentParser, *, required: bool) -> None:
    """Add ``-f FILE|DIR|-``, any number of times."""
    parser.add_argument(
        "-f",
        "--filename",
        dest="files",
        metavar="FILE|DIR|-",
        action="append",
        required=required,
        help="a file, a directory (recursively, *.yaml *.yml *.json) or - for standard input; can be repeated",
    )
