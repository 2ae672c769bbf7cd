"""``kindgraph apply``: definitions, Kubernetes CRDs and resources from files, created or updated."""

from __future__ import annotations

import argparse
from typing import Any, Final

from app.cli.options import add_client_command, add_files

__all__ = ["register", "run"]

_EPILOG: Final = """examples:
  kindgraph apply -f examples/
  kindgraph apply -f definition.yaml -f resource.yaml
  kubectl get crd NAME -o yaml | kindgraph apply -f -

Definitions are applied before resources, whatever their order. A failure does not stop the rest."""
_SELDOM: Final = 100_000
"""Objects between two looks of the garbage collector."""
_SWITCH_SECONDS: Final = 0.001
"""How long the thread that reads files may keep the one that talks to the server waiting."""


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = add_client_command(
        subparsers,
        "apply",
        summary="create or update kinds and resources from files",
        description="Create or update definitions, Kubernetes CRDs and resources from YAML or JSON files.",
        epilog=_EPILOG,
    )
    add_files(parser, required=True)
    parser.add_argument("-n", "--namespace", metavar="NS", help="the namespace of resources that name none (default)")
    parser.add_argument("--dry-run", action="store_true", help="check and report, but change nothing")
    parser.add_argument(
        "--allow-breaking",
        action="store_true",
        help="permit updates of definitions that break clients or refuse stored resources (see kindgraph diff)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Apply the files; 1 if anything in them failed."""
    import asyncio
    import gc
    import sys

    from app.cli.bulk import apply_files

    # Manifests are trees, which are freed without the collector; its looks at them would take a tenth of the time.
    gc.freeze()
    gc.set_threshold(_SELDOM)
    sys.setswitchinterval(_SWITCH_SECONDS)
    return asyncio.run(
        apply_files(
            arguments.files,
            server=arguments.server,
            namespace=arguments.namespace,
            dry_run=arguments.dry_run,
            allow_breaking=arguments.allow_breaking,
        )
    )
