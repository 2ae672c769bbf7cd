"""``make bench``: runs the cases, prints their tables, and puts those of a whole run into docs/performance.md."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.mongod import EmbeddedMongod
from bench.cases.controllers import measure_controllers
from bench.cases.corpus import measure_corpus
from bench.cases.definitions import measure_definitions
from bench.cases.reads import measure_reads
from bench.cases.validation import measure_validation
from bench.cases.watches import measure_watches
from bench.environment import read_environment
from bench.progress import Steps
from bench.report import markdown, write_json, write_page
from bench.sizes import FULL, QUICK, Sizes

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

__all__ = ["CASES", "main"]

CASES: dict[str, Callable[[str, Sizes, Steps], Awaitable[Any]]] = {
    "definitions": measure_definitions,
    "reads": measure_reads,
    "watches": measure_watches,
    "controllers": measure_controllers,
    "corpus": measure_corpus,
    "validation": measure_validation,
}
"""By the name that the command line and the results know them by; each has a server of its own."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Kindgraph beside yardsticks.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"any of {', '.join(CASES)}; all of them unless said")
    parser.add_argument("--quick", action="store_true", help="a first impression in about a minute")
    parser.add_argument("--mongo-uri", help="a replica set to use instead of an embedded mongod")
    arguments = parser.parse_args(argv)
    unknown = set(arguments.cases) - set(CASES)
    if unknown:
        parser.error(f"no such case: {', '.join(sorted(unknown))}")
    chosen = [name for name in CASES if not arguments.cases or name in arguments.cases]
    sizes = QUICK if arguments.quick else FULL
    with _mongod(arguments.mongo_uri) as mongo_uri:
        environment = read_environment(mongo_uri)
        results = asyncio.run(_measure(chosen, mongo_uri, sizes))
    text = markdown(environment, results)
    print(text)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}{'-quick' if arguments.quick else ''}"
    print(f"\nwritten: {write_json(environment, results, name=name)}")
    if sizes is FULL and len(chosen) == len(CASES):
        print(f"written: {write_page(text)}")
    return 0


async def _measure(chosen: Sequence[str], mongo_uri: str, sizes: Sizes) -> dict[str, Any]:
    with Steps(Console(stderr=True)) as steps:
        return {name: await CASES[name](mongo_uri, sizes, steps) for name in chosen}


@contextlib.contextmanager
def _mongod(mongo_uri: str | None) -> Iterator[str]:
    if mongo_uri is not None:
        yield mongo_uri
        return
    with tempfile.TemporaryDirectory(prefix="kindgraph-bench-") as path:
        with contextlib.closing(DataDirectory.open(Path(path))) as directory:
            with EmbeddedMongod(directory, binary=find_mongod()) as mongod:
                yield mongod.mongo_uri


if __name__ == "__main__":
    raise SystemExit(main())
