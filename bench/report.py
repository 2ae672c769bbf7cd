"""Turns results into what people read: Markdown for docs/performance.md, JSON for whoever compares runs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from bench.cases.controllers import WRITES_PER_SECOND, ControllersResult
from bench.cases.corpus import CorpusResult
from bench.cases.definitions import DefinitionsResult
from bench.cases.reads import OPERATIONS, YARDSTICKS, ReadsResult
from bench.cases.validation import ValidationResult
from bench.cases.watches import WatchesResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.environment import Environment
    from bench.readers import ReaderWindow

__all__ = ["markdown", "write_json", "write_page"]

_BEGIN, _END = "<!-- bench:begin -->", "<!-- bench:end -->"
_PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
_RESULTS = Path(__file__).parent / "results"

_YARDSTICK_RATIOS = {
    ("cached", "get-one"): 1022 / 254,
    ("cached", "list-100"): 146 / 96,
    ("raw", "get-one"): 2221 / 254,
    ("raw", "list-100"): 1329 / 96,
}
"""How the yardsticks stood to the plain one when the design was made, on an idle machine."""
_YARDSTICK_TOLERANCE = 0.25

_NAMES = {
    "kindgraph": "**Kindgraph**",
    "plain": "Strawberry, as documented",
    "cached": "Strawberry with ParserCache and ValidationCache",
    "raw": "Starlette + PyMongo + orjson, no GraphQL",
}


_NO_CORPUS = (
    "### Real CRDs\n\n"
    "Not measured: there are none in `$KINDGRAPH_CORPUS/crds`, or in `~/.cache/kindgraph-corpus/crds` without it."
)


class _Goal(NamedTuple):
    what: str
    wanted: float
    at_most: bool
    reached: float
    unit: str


def write_json(environment: Environment, results: Mapping[str, Any], *, name: str) -> Path:
    """Write everything that was measured; return the file, which is not for committing."""
    measured = {case: asdict(found) for case, found in results.items() if found is not None}
    record = {"environment": asdict(environment), "results": measured}
    path = _RESULTS / f"{name}.json"
    path.write_bytes(orjson.dumps(record, option=orjson.OPT_INDENT_2))
    return path


def write_page(text: str, *, page: Path = _PAGE) -> Path:
    """Put the text between the markers of the page.

    Raises:
        ValueError: The page has no markers.
    """
    head, begin, rest = page.read_text(encoding="utf-8").partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{page} has no {_BEGIN} … {_END}")
    page.write_text(f"{head}{begin}\n\n{text.strip()}\n\n{end}{tail}", encoding="utf-8")
    return page


def markdown(environment: Environment, results: Mapping[str, Any]) -> str:
    """Return the tables of all results there are."""
    parts = [_machine(environment)]
    goals: list[_Goal] = []
    definitions, reads = results.get("definitions"), results.get("reads")
    watches = results.get("watches")
    if isinstance(definitions, DefinitionsResult):
        parts.append(_definitions(definitions))
        goals += _definition_goals(definitions)
    if isinstance(reads, ReadsResult):
        parts += [_reads(reads), _yardsticks(reads)]
        goals += _read_goals(reads)
    if isinstance(watches, WatchesResult):
        parts.append(_watches(watches))
        goals += _watch_goals(watches)
    controllers = results.get("controllers")
    if isinstance(controllers, ControllersResult):
        parts.append(_controllers(controllers))
        goals += _controller_goals(controllers)
    if "corpus" in results:
        corpus = results["corpus"]
        parts.append(_corpus(corpus) if isinstance(corpus, CorpusResult) else _NO_CORPUS)
        goals += _corpus_goals(corpus) if isinstance(corpus, CorpusResult) else ()
    validation = results.get("validation")
    if isinstance(validation, ValidationResult):
        parts.append(_validation(validation))
        goals += _validation_goals(validation)
    return "\n\n".join([parts[0], _goals(goals), *parts[1:]])


def _table(head: Sequence[str], rows: Iterator[Sequence[str]] | Sequence[Sequence[str]]) -> str:
    rule = ["---"] + ["--:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _machine(environment: Environment) -> str:
    versions = ", ".join(f"{name} {number}" for name, number in environment.versions.items())
    return (
        f"Measured at commit `{environment.commit}` on {environment.cores} cores of {environment.processor}, "
        f"{environment.memory_gib:.0f} GiB, {environment.system}; load average before the run "
        f"{environment.load_before:.1f}.\n\nVersions: {versions}."
    )


def _goals(goals: Sequence[_Goal]) -> str:
    def row(goal: _Goal) -> list[str]:
        good = goal.reached <= goal.wanted if goal.at_most else goal.reached >= goal.wanted
        sign = "≤" if goal.at_most else "≥"
        verdict = "reached" if good else "**missed**"
        return [goal.what, f"{sign} {goal.wanted:g}{goal.unit}", f"{goal.reached:.2f}{goal.unit}", verdict]

    return "### Goals\n\n" + _table(["goal", "wanted", "measured", ""], [row(goal) for goal in goals])


def _definition_goals(result: DefinitionsResult) -> Iterator[_Goal]:
    for step in result.steps:
        wanted = {1000: 1.3, 5000: 1.6}.get(step.kinds)
        if wanted is not None:
            what = f"define-to-usable with {step.kinds:,} kinds, against none"
            yield _Goal(what, wanted, at_most=True, reached=step.ratio, unit=" x")
        longest = step.defining["healthz"].max_ms
        what = f"longest wait of a concurrent reader while defining beside {step.kinds:,}"
        yield _Goal(what, 50, at_most=True, reached=longest, unit=" ms")
        kib = result.kib_per_kind(step)
        if step.kinds >= 1000 and kib is not None:
            yield _Goal(f"memory of a kind at {step.kinds:,}", 150, at_most=True, reached=kib, unit=" KiB")


def _read_goals(result: ReadsResult) -> Iterator[_Goal]:
    for operation in OPERATIONS:
        ratio = result.per_second("kindgraph", operation.name) / result.per_second("plain", operation.name)
        yield _Goal(f"{operation.name}, against plain Strawberry", 3, at_most=False, reached=ratio, unit=" x")


def _validation_goals(result: ValidationResult) -> Iterator[_Goal]:
    for row in result.rows:
        if not row.label.startswith("large"):
            what = f"judging a resource, median ({row.label})"
            yield _Goal(what, 300, at_most=True, reached=median(row.our_us), unit=" µs")


def _validation(result: ValidationResult) -> str:
    def rows() -> Iterator[list[str]]:
        for row in result.rows:
            ours = row.our_us
            yield [
                row.label,
                f"{len(ours):,}",
                f"{median(ours):,.0f}",
                f"{ours[int(0.95 * len(ours))]:,.0f}",
                f"{row.share_within(300):.0%}",
                f"{median(row.reference_us):,.0f}",
                f"{row.ratio:.0f}",
            ]

    head = ["resources", "how many", "median, µs", "p95, µs", "within 300 µs", "jsonschema, median, µs", "x faster"]
    return (
        "### Validation\n\n"
        "All failures of a resource, beside the `jsonschema` package with the same schemas, made once. Kindgraph's "
        "time has formats and unknown fields in it, the package's has not. Each resource counts with its fastest "
        "turn.\n\n" + _table(head, rows())
    )


def _definitions(result: DefinitionsResult) -> str:
    def wait(window: ReaderWindow) -> str:
        return f"{window.p99_ms:.1f} / {window.max_ms:.1f}" if window.requests else "-"

    def rows() -> Iterator[list[str]]:
        baseline = result.baseline
        yield ["(nothing going on)", *[""] * 6, wait(baseline["get-one"]), wait(baseline["healthz"]), ""]
        for step in result.steps:
            kib = result.kib_per_kind(step)
            yield [
                f"{step.kinds:,}",
                f"{step.median_ms:.1f}",
                f"{step.reference_median_ms:.1f}",
                f"{step.ratio:.2f}",
                f"{step.memory_kib / 1024:.0f}",
                "" if kib is None else f"{kib:.0f}",
                f"{step.installed_per_second:.0f} ({step.install_retries})" if step.installed_per_second else "",
                wait(step.defining["get-one"]),
                wait(step.defining["healthz"]),
                wait(step.installing["healthz"]) if step.installed_per_second else "",
            ]

    head = [
        "kinds installed",
        "define-to-usable, ms",
        "with none, ms",
        "ratio",
        "RSS, MiB",
        "KiB a kind",
        "installed/s (put off)",
        "get-one meanwhile, ms",
        "/healthz meanwhile, ms",
        "/healthz while installing, ms",
    ]
    return (
        "### Define-to-usable\n\n"
        "From sending `createResourceDefinition` to the answer of the first typed query of the new kind; medians of "
        f"{len(result.steps[0].define_ms)}, in turns with a server that has no other kind. Then again beside two "
        "readers, which ask 1 ms after each answer; theirs are p99 / longest. `/healthz` touches nothing but the event "
        "loop.\n\n" + _table(head, rows())
    )


def _reads(result: ReadsResult) -> str:
    def rows() -> Iterator[list[str]]:
        for server in ("kindgraph", *YARDSTICKS):
            row = [_NAMES[server]]
            for operation in OPERATIONS:
                found = result.find(server, operation.name)
                ratio = found.per_second / result.per_second("plain", operation.name)
                row += [
                    f"{found.per_second:,.0f}",
                    f"{ratio:.1f}",
                    f"{found.p50_ms:.1f} / {found.p99_ms:.1f}",
                    f"{found.cpu_us:,.0f}",
                ]
            yield row

    head = ["server"]
    for operation in OPERATIONS:
        head += [f"{operation.name}/s", "x plain", "p50 / p99, ms", "CPU, µs"]
    concurrency = " and ".join(f"{operation.name} at concurrency {operation.concurrency}" for operation in OPERATIONS)
    return (
        "### Reads\n\n"
        f"{concurrency}, of {result.resources:,} resources; one process each, the same mongod, options and client; "
        f"medians of {len(result.reads[0].turns)} interleaved rounds. CPU is the server's, for one request.\n\n"
        + _table(head, rows())
    )


def _watch_goals(result: WatchesResult) -> Iterator[_Goal]:
    for found in result.fan_out:
        if found.subscribers < 1_000:
            continue
        among = f"{found.subscribers:,} subscribers"
        what = f"deliveries to {among}, against a raw broadcast"
        yield _Goal(what, 0.7, at_most=False, reached=found.ratio, unit=" x")
        if found.subscribers == 1_000:
            what = f"a change reaches {among} at 20 writes a second, p99"
            yield _Goal(what, 50, at_most=True, reached=found.p99_ms, unit=" ms")
    few, many, *_ = result.filtered
    if few.cpu_us:  # the clock of CPU time ticks every 10 ms: a quick run may be over before
        what = f"CPU of a write that one subscriber takes, of {many.subscribers:,} with filters, against one alone"
        yield _Goal(what, 1.5, at_most=True, reached=many.cpu_us / few.cpu_us, unit=" x")
    for where, kib in (("a connection of its own", result.idle.alone_kib), ("shared ones", result.idle.together_kib)):
        what = f"memory of an idle subscriber, of {result.idle.subscribers:,} on {where}"
        yield _Goal(what, 20, at_most=True, reached=kib * 1.024, unit=" KB")


def _controller_goals(result: ControllersResult) -> Iterator[_Goal]:
    among = f"a controller of {result.resources:,}, at {WRITES_PER_SECOND} changes a second"
    what = f"{among}: begin of a reconcile after the answer to its write, p99"
    yield _Goal(what, 50, at_most=True, reached=result.behind_p99_ms, unit=" ms")


def _controllers(result: ControllersResult) -> str:
    head = [
        "resources", "all known after, s", "CPU of that, s", "reconciles/s", "CPU of one, µs", "KiB a resource",
        f"at {WRITES_PER_SECOND} writes/s, ms", "after the answer, ms", "inside the controller, ms",
    ]  # fmt: skip
    row = [
        f"{result.resources:,}",
        f"{result.sync_seconds:.2f}",
        f"{result.sync_cpu_seconds:.2f}",
        f"{result.per_second:,.0f}",
        f"{result.cpu_us:,.0f}",
        f"{result.memory_kib:.1f}",
        f"{result.p50_ms:.1f} / {result.p99_ms:.1f}",
        f"{result.behind_p50_ms:.1f} / {result.behind_p99_ms:.1f}",
        f"{result.within_p99_ms:.1f}",
    ]
    return (
        "### Controllers\n\n"
        "A controller with eight workers and a reconcile that does nothing, in a process of its own: how soon it knows "
        "all resources, and what a reconcile costs. CPU is the controller's. Then the time from sending a write to the "
        f"begin of its reconcile, p50 / p99 of {result.changes:,}; from the write's answer, which may come later than "
        "the event; and from the arrival of the event in the controller, p99.\n\n" + _table(head, [row])
    )


def _watches(result: WatchesResult) -> str:
    fan_out = [
        [
            f"{found.subscribers:,}",
            f"{found.per_second:,.0f}",
            f"{found.raw_per_second:,.0f}",
            f"{found.ratio:.2f}",
            f"{found.cpu_us:.1f}",
            f"{found.raw_cpu_us:.1f}",
            f"{found.p50_ms:.1f} / {found.p99_ms:.1f}",
        ]
        for found in result.fan_out
    ]
    head = ["subscribers", "deliveries/s", "raw/s", "ratio", "CPU, µs", "raw CPU, µs", "at 20 writes/s, ms"]
    filtered = [[f"{one.subscribers:,}", f"{one.matching:,}", f"{one.cpu_us:,.0f}"] for one in result.filtered]
    return (
        "### Watches\n\n"
        "Subscribers of all changes of one kind, each on a WebSocket of its own, while resources are updated as fast "
        "as eight writers can; beside a raw ASGI application that sends the same bytes to as many. CPU is the server's "
        "for one delivery, the writes included. Then the time from sending a write to the arrival of its event, p50 / "
        "p99, at 20 writes a second.\n\n" + _table(head, fan_out) + "\n\n"
        "Subscribers that each have a filter of their own, and the CPU time of the server for one write:\n\n"
        + _table(["subscribers", "of which take the change", "CPU of a write, µs"], filtered)
        + f"\n\nMemory that {result.idle.subscribers:,} idle subscribers add to a fresh server, for each of them: the "
        "growth of its resident set, connections included.\n\n"
        + _table(
            ["each on a WebSocket of its own, KiB", "500 on a WebSocket, KiB", "a raw WebSocket, nothing asked, KiB"],
            [[f"{kib:.1f}" for kib in (result.idle.alone_kib, result.idle.together_kib, result.idle.raw_kib)]],
        )
    )


def _yardsticks(result: ReadsResult) -> str:
    def rows() -> Iterator[list[str]]:
        for (server, operation), designed in _YARDSTICK_RATIOS.items():
            ratio = result.per_second(server, operation) / result.per_second("plain", operation)
            off = ratio / designed - 1
            verdict = "within 25 %" if abs(off) <= _YARDSTICK_TOLERANCE else f"**{off:+.0%}**"
            yield [f"{server} against plain, {operation}", f"{ratio:.2f}", f"{designed:.2f}", verdict]

    return (
        "The yardsticks among themselves, beside the ratios that the design's figures were given with: where they "
        "differ, so may every other ratio here.\n\n" + _table(["yardsticks", "here", "then", ""], rows())
    )


def _corpus_goals(result: CorpusResult) -> Iterator[_Goal]:
    yield _Goal("real CRDs registered a second", 50, at_most=False, reached=result.per_second, unit="")
    yield _Goal("memory of the whole server for each real CRD", 0.5, at_most=True, reached=result.mb_each, unit=" MB")
    longest = result.installing["healthz"].max_ms
    yield _Goal("longest wait of a reader while they are registered", 50, at_most=True, reached=longest, unit=" ms")
    yield _Goal("define-to-usable beside them, against none", 1.3, at_most=True, reached=result.ratio, unit=" x")


def _corpus(result: CorpusResult) -> str:
    readers = result.installing
    rows = [
        ["CRDs registered (refused)", f"{result.crds:,} ({result.failed})"],
        ["seconds", f"{result.seconds:.1f}"],
        ["CRDs a second", f"{result.per_second:.1f}"],
        ["CPU of the command, ms a CRD", f"{result.client_cpu_seconds / result.crds * 1000:.1f}"],
        ["CPU of the server, ms a CRD", f"{result.server_cpu_seconds / result.crds * 1000:.1f}"],
        ["CRDs a second beside two readers", f"{result.crds / result.beside_seconds:.1f}"],
        ["RSS of the server before / after, MiB", f"{result.empty_kib / 1024:.0f} / {result.memory_kib / 1024:.0f}"],
        ["MB a CRD, of all that the server has", f"{result.mb_each:.2f}"],
        ["MB a CRD, added", f"{(result.memory_kib - result.empty_kib) * 1024 / result.crds / 1e6:.2f}"],
        *(
            [f"{name} meanwhile, p99 / longest, ms", f"{window.p99_ms:.1f} / {window.max_ms:.1f}"]
            for name, window in readers.items()
        ),
        ["define-to-usable of a small kind afterwards, ms", f"{median(result.define_ms):.1f}"],
        ["the same on a server without kinds, in turns, ms", f"{median(result.reference_ms):.1f}"],
    ]
    return (
        "### Real CRDs\n\n"
        "One `kindgraph apply -f` of a folder of CustomResourceDefinitions that others wrote, on an empty server; "
        "then the same beside two readers. Command, server, mongod and readers share the machine.\n\n"
        + _table(["", ""], rows)
    )
