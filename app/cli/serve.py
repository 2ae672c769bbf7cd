"""``kindgraph serve``: the server, on an embedded mongod unless it is given a MongoDB."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from app.cli.errors import CommandFailed

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from app.settings import Settings

__all__ = ["register", "run"]

_OPTIONS = ("host", "port", "workers", "mongo_uri", "data_dir")


def register(subparsers: argparse._SubParsersAction[Any]) -> None:
    """Add the command's parser."""
    parser = subparsers.add_parser(
        "serve",
        help="run the server",
        description="Run the server. Every setting has a variable, KINDGRAPH_HOST, KINDGRAPH_PORT and so on "
        "(docs/configuration.md); an option here wins over its variable.",
    )
    # No defaults here: what is not given must leave the setting to its variable.
    parser.add_argument("--host", help="address to listen on (default 127.0.0.1)")
    parser.add_argument("--port", help="port to listen on (default 8000); 0 picks a free one and prints it")
    parser.add_argument("--workers", metavar="N", help="number of server processes on the port (default 1)")
    database = parser.add_mutually_exclusive_group()
    database.add_argument("--mongo-uri", metavar="URI", help="a MongoDB replica set, instead of the embedded mongod")
    database.add_argument(
        "--data-dir", metavar="DIR", help="where the embedded mongod keeps its data (default .kindgraph)"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    settings = _read_settings(arguments)

    from app.application import ApplicationUnable
    from app.embedded.errors import DatabaseUnusable
    from app.process.listening import AddressUnusable, bind, bound_port
    from app.process.logs import configure_logs

    configure_logs(level=settings.log_level, access_log=settings.access_log)
    _raise_limit_of_open_files()
    signal.signal(signal.SIGTERM, _end_before_serving)
    try:
        with contextlib.ExitStack() as held:
            # The port first: whether it is taken is known at once, a database takes a second to start.
            sockets = [held.enter_context(bound) for bound in bind(settings.host, settings.port)]
            if settings.workers > 1:
                port = bound_port(sockets)
                for bound in sockets:
                    bound.close()
                sockets = [held.enter_context(bound) for bound in bind(settings.host, port, shared=True)]
            uri, description, find_failure = held.enter_context(_database(settings))
            served = settings.with_mongo_uri(uri)
            return _serve(served, sockets, description=description, find_failure=find_failure)
    except (AddressUnusable, ApplicationUnable, DatabaseUnusable) as error:
        raise CommandFailed(str(error)) from error


def _read_settings(arguments: argparse.Namespace) -> Settings:
    from pydantic import ValidationError

    from app.settings import ENVIRONMENT_PREFIX, Settings, unknown_variables

    for name in unknown_variables():
        print(f"warning: the variable {name} is no setting (docs/configuration.md lists them)", file=sys.stderr)
    given = {name: getattr(arguments, name) for name in _OPTIONS if getattr(arguments, name) is not None}
    if "data_dir" in given:
        given["mongo_uri"] = None  # an option wins over the variable that asks for the opposite
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = [
            f"{_spelling(str(problem['loc'][0]), given=given, prefix=ENVIRONMENT_PREFIX)}: {problem['msg']}"
            for problem in error.errors()
        ]
        raise CommandFailed("; ".join(problems), exit_code=2) from error


def _spelling(name: str, *, given: dict[str, Any], prefix: str) -> str:
    return "--" + name.replace("_", "-") if name in given else prefix + name.upper()


@contextlib.contextmanager
def _database(settings: Settings) -> Iterator[tuple[str, str, Callable[[], str | None]]]:
    """Yield the database's address, what to call it, and how to find out that it has ended."""
    from app.embedded.binary import find_mongod
    from app.embedded.data_directory import DataDirectory
    from app.embedded.mongod import EmbeddedMongod
    from app.embedded.requirements import require_suitable

    if settings.mongo_uri is not None:
        uri = settings.mongo_uri.get_secret_value()
        require_suitable(uri)
        yield uri, "the MongoDB at the given URI", lambda: None
        return
    binary = find_mongod(settings.mongod)
    with contextlib.closing(DataDirectory.open(settings.data_dir)) as directory:
        with EmbeddedMongod(directory, binary=binary, cache_gib=settings.mongod_cache_gib) as mongod:
            yield (
                directory.mongo_uri,
                f"embedded mongod in {directory.path}",
                lambda: f"mongod has ended: {mongod.last_words()}" if mongod.has_ended else None,
            )


def _serve(
    settings: Settings, sockets: list[socket.socket], *, description: str, find_failure: Callable[[], str | None]
) -> int:
    from app.process.listening import bound_port, url_of

    url = url_of(settings.host, bound_port(sockets))

    def tell() -> None:
        print(f"Kindgraph serves {description}")
        print(f"  GraphQL   {url}/graphql")
        print(f"  schema    {url}/schema.graphql")
        print(f"  web page  {url}/", flush=True)

    if settings.workers > 1:
        from app.process.parent import Parent

        return Parent(settings, sockets=sockets, on_ready=tell, find_failure=find_failure).run()

    from app.process.single import serve_application

    return serve_application(settings, sockets=sockets, on_ready=tell, find_failure=find_failure)


def _end_before_serving(*_: object) -> NoReturn:
    """End cleanly although nothing serves yet; what has been started is stopped on the way out."""
    sys.exit(0)


def _raise_limit_of_open_files() -> None:
    """Each watch is an open file, and the usual soft limit is 1,024; mongod inherits the limit."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
