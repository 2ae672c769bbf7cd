"""``kindgraph diff``: what applying files would change, and what of it would break whom."""

from __future__ import annotations

import argparse
from typing import Any, Final

from app.cli.errors import CommandFailed
from app.cli.options import add_client_command, add_files

__all__ = ["register", "run"]

_EPILOG: Final = """examples:
  kindgraph diff -f examples/
  kubectl get crd NAME -o yaml | kindgraph diff -f -

Exit codes: 0, nothing would change; 1, something would; 2, something is wrong."""
_TROUBLE: Final = 2


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "diff",
        summary="show what applying files would change, and what it would break",
        description="Show what applying definitions, CRDs and resources would change, and what it would break.",
        epilog=_EPILOG,
    )
    add_files(parser, required=True)
    parser.add_argument("-n", "--namespace", metavar="NS", help="the namespace of resources that name none (default)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Compare the files with the server; 1 if anything would change."""
    import asyncio

    from app.cli.diffing import diff_files

    try:
        return asyncio.run(diff_files(arguments.files, server=arguments.server, namespace=arguments.namespace))
    except CommandFailed as error:
        raise CommandFailed(error.message, exit_code=max(_TROUBLE, error.exit_code)) from None
