"""The entry point: reads the command line, runs one command, turns its end into an exit code."""

from __future__ import annotations

import argparse
import importlib
import importlib.metadata
import os
import sys
from collections.abc import Sequence

from app.cli.errors import CommandFailed

__all__ = ["COMMANDS", "build_parser", "main"]

COMMANDS: tuple[str, ...] = ("serve", "apply", "diff", "get", "describe", "delete", "explain", "schema")
"""Names of modules in ``app.cli``, in the order in which help shows them."""

COMMAND_GROUP = "kindgraph.commands"
"""The group of entry points by which other packages bring commands: name -> a function like ``register`` of ours."""

_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line; parsing sets ``run`` to the chosen command's function."""
    parser = argparse.ArgumentParser(
        prog="kindgraph",
        description="Kindgraph: a GraphQL API server for custom resources.",
    )
    parser.add_argument("--version", action="version", version=importlib.metadata.version("kindgraph"))
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in COMMANDS:
        importlib.import_module(f"app.cli.{command}").register(subparsers)
    brought = {one.name: one for one in importlib.metadata.entry_points(group=COMMAND_GROUP)}
    for name in sorted(brought.keys() - set(COMMANDS)):
        brought[name].load()(subparsers)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: The arguments after the program's name; those of the process when None.

    Returns:
        The exit code: 0 when all went well, 2 for a wrong command line, else what the command says.
    """
    arguments = build_parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except CommandFailed as error:
        sys.stderr.write(f"error: {error.message}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (head, less) has gone: no failure of ours, and the flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
