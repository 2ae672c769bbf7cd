"""``kindgraph addons run`` and ``kindgraph addon …``; what a command needs is imported when it runs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from controllers.addons.package import Package

__all__ = ["register_addon", "register_addons"]

_STATE: Final = ".kindgraph-addons"
_STATE_VARIABLE: Final = "KINDGRAPH_ADDONS_STATE"
_CHOICES: Final = {"retain": "RETAIN", "delete": "DELETE"}


def register_addons(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``addons run``."""
    parser = subparsers.add_parser("addons", help="run the addon manager", description="The addon manager.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = commands.add_parser(
        "run",
        help="install addons and run their controllers until SIGTERM",
        description="Install what Addon resources ask for, as far as it is allowed here, and run its controllers.",
        epilog="Nothing runs that is not allowed here. With @sha256:… behind it, only a package with that digest is.",
    )
    run.add_argument(
        "--allow",
        metavar="DIR",
        action="append",
        default=[],
        help="a package, or a directory with packages; repeatable",
    )
    run.add_argument(
        "--allow-entry-point",
        metavar="NAME",
        action="append",
        default=[],
        help="an installed entry point of the group kindgraph.addons; repeatable",
    )
    _add_state(run)
    _add_server(run)
    run.add_argument("--listen", metavar="HOST:PORT", help="serve /healthz, /readyz and /metrics there")
    run.add_argument("--log-format", choices=["text", "json"], default="text")
    run.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default="info")
    run.set_defaults(run=_run, parser=run)


def register_addon(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add ``addon init|validate|package|index|install|list|logs|remove``."""
    parser = subparsers.add_parser("addon", help="make, install and remove addons", description="Addons.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, function: Callable[[argparse.Namespace], None], text: str) -> argparse.ArgumentParser:
        command: argparse.ArgumentParser = commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}."
        )
        command.set_defaults(run=lambda arguments: _guarded(function, arguments), parser=command)
        return command

    add("init", _init, "write a new addon that works").add_argument("directory", metavar="DIR", type=Path)
    add("validate", _validate, "tell what is wrong with a package").add_argument("path", metavar="PATH", type=Path)
    package = add("package", _package, "write the archive of a package, and the index beside it")
    package.add_argument("path", metavar="DIR", type=Path)
    package.add_argument("-o", "--output", metavar="DIR", type=Path, default=Path(), help="where to; here unless given")
    package.add_argument("--index", action="store_true", help="write index.json of all archives there, too")
    install = add("install", _install, "create or upgrade the Addon resource of a package")
    install.add_argument("package", metavar="PATH|NAME[@VERSION]")
    _add_marketplace(install)
    install.add_argument("--configuration", metavar="FILE", type=Path, help="YAML or JSON; else as the package has it")
    install.add_argument("--dry-run", action="store_true", help="print the resource, and send nothing")
    _add_server(install)
    listing = add("list", _list, "list installed addons, or those of a marketplace")
    _add_marketplace(listing)
    _add_server(listing)
    logs = add("logs", _logs, "print what the controllers of an addon have written")
    logs.add_argument("name", metavar="NAME")
    logs.add_argument("--controller", metavar="NAME", help="only this one")
    logs.add_argument("--tail", metavar="N", type=int, default=100, help="so many lines of each; 100 unless given")
    _add_state(logs)
    _add_server(logs)
    remove = add("remove", _remove, "remove an addon")
    remove.add_argument("name", metavar="NAME")
    remove.add_argument(
        "--resources",
        choices=sorted(_CHOICES),
        help="what becomes of its kinds and their resources; asked unless given",
    )
    _add_server(remove)


def _add_server(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--server", metavar="URL", help="the server; else KINDGRAPH_SERVER, else http://127.0.0.1:8000")


def _add_state(parser: argparse.ArgumentParser) -> None:
    default = Path(os.environ.get(_STATE_VARIABLE) or _STATE)
    text = f"the manager's own directory, with logs; else {_STATE_VARIABLE}, else {_STATE}"
    parser.add_argument("--state-dir", metavar="DIR", type=Path, default=default, help=text)


def _add_marketplace(parser: argparse.ArgumentParser) -> None:
    text = "a directory of archives, or its index.json; else KINDGRAPH_MARKETPLACE"
    default = os.environ.get("KINDGRAPH_MARKETPLACE")
    parser.add_argument("--marketplace", metavar="PATH", type=Path, default=default and Path(default), help=text)


def _guarded(function: Callable[[argparse.Namespace], None], arguments: argparse.Namespace) -> int:
    from controllers.addons.errors import AddonRefused
    from controllers.errors import ControllerError

    try:
        function(arguments)
    except (AddonRefused, ControllerError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    return 0


def _run(arguments: argparse.Namespace) -> int:
    import asyncio

    from controllers.addons.allowed import Allowance
    from controllers.addons.manager import ManagerSettings, run_manager
    from controllers.cli import read_address
    from controllers.logs import configure

    missing = [path for path in arguments.allow if not Path(Allowance.parse(path).what).exists()]
    if missing:
        arguments.parser.error(f"--allow {missing[0]}: there is no such file or directory")
    configure(arguments.log_format, level=arguments.log_level)
    settings = ManagerSettings(
        state=arguments.state_dir,
        directories=[Allowance.parse(one) for one in arguments.allow],
        entry_points=[Allowance.parse(one) for one in arguments.allow_entry_point],
        token=os.environ.get("KINDGRAPH_TOKEN"),
    )
    listen = None if arguments.listen is None else read_address(arguments.listen, arguments.parser)
    asyncio.run(run_manager(settings, server=arguments.server, listen=listen))
    return 0


def _init(arguments: argparse.Namespace) -> None:
    from controllers.addons.scaffold import write_scaffold

    write_scaffold(arguments.directory)
    print(f"{arguments.directory}: try `kindgraph addon validate {arguments.directory}`")


def _validate(arguments: argparse.Namespace) -> None:
    from controllers.addons.package import read_package

    package = read_package(arguments.path)
    package.manifest.check_configuration(package.manifest.configuration)
    print(_told(package))


def _package(arguments: argparse.Namespace) -> None:
    from controllers.addons.marketplace import write_index
    from controllers.addons.package import read_package

    package = read_package(arguments.path)
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / package.file_name).write_bytes(package.archive())
    if arguments.index:
        write_index(arguments.output)
    print(f"{arguments.output / package.file_name} {package.digest}")


def _install(arguments: argparse.Namespace) -> None:
    import asyncio
    import json

    from controllers.addons.client import install
    from controllers.addons.errors import AddonRefused
    from controllers.addons.manifest import read_yaml
    from controllers.addons.marketplace import find_offer, open_offer
    from controllers.addons.package import addon_body, read_package

    if "/" in arguments.package or Path(arguments.package).exists():
        package = read_package(Path(arguments.package))
    elif arguments.marketplace is None:
        raise AddonRefused(f"there is no {arguments.package} here, and no marketplace was named: --marketplace PATH")
    else:
        package = open_offer(find_offer(arguments.marketplace, arguments.package))
    configuration = None
    if arguments.configuration is not None:
        (configuration,) = read_yaml(arguments.configuration.read_bytes(), str(arguments.configuration)) or [{}]
    body = addon_body(package, configuration=configuration)
    package.manifest.check_configuration(body["spec"]["configuration"])
    if arguments.dry_run:
        print(json.dumps(body, indent=2))
        return
    done = asyncio.run(install(body, arguments.server))
    print(_told(package))
    print(f"Addon/{package.manifest.name} {done}")


def _list(arguments: argparse.Namespace) -> None:
    import asyncio

    from controllers.addons.client import installed
    from controllers.addons.marketplace import offers

    if arguments.marketplace is not None:
        rows = [(one.name, one.version, one.digest, one.description) for one in offers(arguments.marketplace)]
        _print_table([("NAME", "VERSION", "DIGEST", "DESCRIPTION"), *rows])
        return
    _print_table(
        [("NAME", "VERSION", "WANTED", "PHASE", "READY", "MESSAGE"), *asyncio.run(installed(arguments.server))]
    )


def _logs(arguments: argparse.Namespace) -> None:
    import asyncio

    from controllers.addons.client import last_lines

    lines = asyncio.run(
        last_lines(
            arguments.name,
            server=arguments.server,
            state=arguments.state_dir,
            controller=arguments.controller,
            count=max(arguments.tail, 0),
        )
    )
    for source, line in lines:
        print(f"{source}: {line}")


def _remove(arguments: argparse.Namespace) -> None:
    import asyncio

    from controllers.addons.client import remove

    print(asyncio.run(remove(arguments.name, arguments.server, choice=_CHOICES.get(arguments.resources, ""), ask=_ask)))


def _ask(question: str) -> str | None:
    """Ask whoever sits there; None where nobody does."""
    if not sys.stdin.isatty():
        return None
    answer = input(f"{question} [retain/delete] ").strip().lower()
    return _CHOICES.get(answer)


def _told(package: Package) -> str:
    manifest = package.manifest
    lines = [f"{manifest.name} {manifest.version} {package.digest}"]
    lines += [f"  kind {one['kind']}" for one in manifest.definitions if isinstance(one, dict)]
    lines += [
        f"  runs {one.name}: {one.image or one.entry_point or ' '.join(one.command)}" for one in manifest.controllers
    ]
    lines += [f"  needs {', '.join(one.verbs)} of {', '.join(one.kinds)}" for one in manifest.permissions]
    return "\n".join(lines)


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
