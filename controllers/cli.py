"""The commands of this package: entry points of ``kindgraph``, and ``kindgraph-controllers`` on its own.

What a command needs is imported when it runs.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

__all__ = ["main", "read_address", "register_controller", "register_models"]


def register_controller(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``controller run``."""
    parser = subparsers.add_parser("controller", help="run controllers", description="Run controllers.")
    _add_run(parser.add_subparsers(title="commands", metavar="COMMAND", required=True))


def register_models(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``models``."""
    parser = subparsers.add_parser(
        "models",
        help="write pydantic models of a kind",
        description="Write a Python module with pydantic models of a kind, from its definition.",
        epilog="KIND is a definition's name, kind, singular, plural or plural.group.",
    )
    parser.add_argument("kind", metavar="KIND")
    _add_server(parser)
    parser.add_argument("-o", "--output", metavar="FILE", help="write it there, and not to stdout")
    parser.set_defaults(run=_models, parser=parser)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of ``kindgraph-controllers``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="kindgraph-controllers", description="Controllers of Kindgraph.")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_run(subparsers)
    register_models(subparsers)
    arguments = parser.parse_args(argv)
    code: int = arguments.run(arguments)
    return code


def _add_run(subparsers: argparse._SubParsersAction[Any]) -> None:
    parser = subparsers.add_parser(
        "run",
        help="run controllers until SIGTERM",
        description="Run controllers until SIGTERM or SIGINT; reconciles that have begun are finished first.",
    )
    parser.add_argument("names", nargs="+", metavar="MODULE:OBJECT", help="a controller, or a list; FILE.py:OBJECT too")
    _add_server(parser)
    parser.add_argument("--listen", metavar="HOST:PORT", help="serve /healthz, /readyz and /metrics there")
    parser.add_argument("--log-format", choices=["text", "json"], default="text")
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")
    parser.set_defaults(run=_run, parser=parser)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help="the server; else KINDGRAPH_SERVER, else http://127.0.0.1:8000")


def _run(arguments: argparse.Namespace) -> int:
    from controllers.loading import NotLoaded, load_controllers
    from controllers.process import run

    listen = None if arguments.listen is None else read_address(arguments.listen, arguments.parser)
    try:
        controllers = load_controllers(arguments.names)
    except NotLoaded as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    run(
        controllers,
        server=arguments.server,
        listen=listen,
        log_format=arguments.log_format,
        log_level=arguments.log_level,
    )
    return 0


def _models(arguments: argparse.Namespace) -> int:
    import asyncio

    from controllers.calling import Ambiguous
    from controllers.errors import ControllerError

    try:
        source = asyncio.run(_source(arguments.kind, arguments.server))
        if arguments.output is None:
            sys.stdout.write(source)
        else:
            Path(arguments.output).write_text(source, encoding="utf-8")
    except (ControllerError, Ambiguous, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


async def _source(word: str, server: str | None) -> str:
    from controllers.calling import find_kind
    from controllers.client import Client
    from controllers.models import write_models
    from controllers.resources import Resources

    async with Client(server) as client:
        return write_models(await find_kind(word, Resources(client)))


def read_address(text: str, parser: argparse.ArgumentParser) -> tuple[str, int]:
    """Read ``HOST:PORT``; what is none ends the program."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:
        parser.error(f"--listen {text}: HOST:PORT is needed")
    return host.strip("[]") or "127.0.0.1", int(port)
