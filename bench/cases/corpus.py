"""Real CRDs, all at once: `kindgraph apply` on a folder of them, as their users would; then beside two readers.

The corpus is other people's data and not part of the project: it is looked for where ``KINDGRAPH_CORPUS`` says, else in
``~/.cache/kindgraph-corpus``, and the case is left out where it is not there.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from bench.cases.definitions import define
from bench.client import install_workload
from bench.processes import kindgraph
from bench.readers import Readers, ReaderWindow, Stopwatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.processes import ServerProcess
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["CorpusResult", "find_corpus", "measure_corpus"]

_ALONE_DATABASE = "kindgraph_bench_corpus_alone"
_DATABASE = "kindgraph_bench_corpus"
_REFERENCE_DATABASE = "kindgraph_bench_corpus_reference"
_RESOURCES = 50
_PAUSE_SECONDS = 0.01
"""Between two requests of a reader: one that never rests would take a core from what is measured."""


@dataclass(frozen=True)
class CorpusResult:
    """What registering the corpus costs.

    Attributes:
        crds: How many were registered.
        failed: How many were not.
        seconds: How long it took with nothing else going on, from the start of the command to its end.
        client_cpu_seconds: CPU time of the command.
        server_cpu_seconds: CPU time of the server meanwhile.
        beside_seconds: How long it took beside two readers.
        empty_kib: The server's resident set before that.
        memory_kib: The same after.
        installing: What the readers saw meanwhile.
        define_ms: Each time from defining a small kind to the answer of its first query, after all that.
        reference_ms: The same on a server without kinds, taken in turns.
    """

    crds: int
    failed: int
    seconds: float
    client_cpu_seconds: float
    server_cpu_seconds: float
    beside_seconds: float
    empty_kib: int
    memory_kib: int
    installing: dict[str, ReaderWindow]
    define_ms: list[float]
    reference_ms: list[float]

    @property
    def per_second(self) -> float:
        """CRDs registered a second."""
        return self.crds / self.seconds

    @property
    def mb_each(self) -> float:
        """Memory of the whole server for each CRD, in MB (10^6 bytes)."""
        return self.memory_kib * 1024 / self.crds / 1e6

    @property
    def ratio(self) -> float:
        """How much longer a definition takes beside the corpus than beside nothing."""
        return median(self.define_ms) / median(self.reference_ms)


def find_corpus() -> Path | None:
    """Return the folder of the corpus' CRDs, None where it is not on this machine."""
    folder = Path(os.environ.get("KINDGRAPH_CORPUS") or Path.home() / ".cache" / "kindgraph-corpus") / "crds"
    return folder if folder.is_dir() else None


async def measure_corpus(mongo_uri: str, sizes: Sizes, steps: Steps) -> CorpusResult | None:
    """Run the case; None where there is no corpus."""
    folder = find_corpus()
    if folder is None:
        return None
    names = [folder] if sizes.corpus_crds is None else sorted(folder.rglob("*.yaml"))[: sizes.corpus_crds]
    steps.begin("corpus", total=2 + 2 * sizes.definitions)
    steps.say("registering all CRDs")
    async with kindgraph(mongo_uri=mongo_uri, database=_ALONE_DATABASE) as alone:
        cpu_before = alone.cpu_seconds()
        with Stopwatch() as registering:
            crds, failed, client_cpu_seconds = await _apply(alone, names)
        server_cpu_seconds = alone.cpu_seconds() - cpu_before
    steps.advance()
    async with (
        kindgraph(mongo_uri=mongo_uri, database=_REFERENCE_DATABASE) as reference,
        kindgraph(mongo_uri=mongo_uri, database=_DATABASE) as server,
    ):
        await install_workload(server.port, resources=_RESOURCES)
        empty_kib = server.memory_kib()
        async with Readers(server.port, resources=_RESOURCES, pause_seconds=_PAUSE_SECONDS) as readers:
            steps.say("registering all CRDs beside readers")
            with Stopwatch() as installing:
                await _apply(server, names)
            steps.advance()
            await readers.finish()
        await asyncio.sleep(sizes.settle_seconds)
        memory_kib = server.memory_kib()
        steps.say("defining a small kind, in turns with a server that has none")
        times: dict[ServerProcess, list[float]] = {server: [], reference: []}
        for number in range(sizes.definitions):
            for turn in (server, reference):
                times[turn].append(await define(turn, f"Small{number}"))
                steps.advance()
    steps.end()
    return CorpusResult(
        crds=crds,
        failed=failed,
        seconds=registering.seconds,
        client_cpu_seconds=client_cpu_seconds,
        server_cpu_seconds=server_cpu_seconds,
        beside_seconds=installing.seconds,
        empty_kib=empty_kib,
        memory_kib=memory_kib,
        installing=readers.windows(installing.ends),
        define_ms=times[server],
        reference_ms=times[reference],
    )


async def _apply(server: ServerProcess, names: Sequence[Path]) -> tuple[int, int, float]:
    """Apply files; return how many were created, how many failed, and the CPU time of the command."""
    files = [argument for name in names for argument in ("-f", str(name))]
    command = [sys.executable, "-m", "app.cli.main", "apply", "--server", f"http://127.0.0.1:{server.port}", *files]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return output.count(b" created\n"), errors.count(b"error: "), cpu_seconds
