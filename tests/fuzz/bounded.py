"""``python -m tests.fuzz.bounded MIB [NAME…]``: hostile definitions, in processes that may take so much memory more.

Prints a line of JSON for each: its name, what became of it, and how many MiB it took at its peak.
"""

# ruff: noqa: T201 - it is a command

from __future__ import annotations

import json
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from schema_builder.body import BodySchema
from schema_builder.compile import compile_kind
from schema_builder.definition import parse_definition
from schema_builder.errors import DefinitionRefused
from schema_builder.sdl import sdl
from schema_builder.snapshot import base_snapshot
from tests.hostile.test_kinds import EITHER, NAMES, OBJECT, REFUSED, chain, deep, properties

MIB = 2**20

MORE: dict[str, Callable[[], Any]] = {
    "100,000 levels": lambda: deep(100_000),
    "a hundred levels, a hundred times": lambda: properties(100, deep(99)),
    "25,000 objects": lambda: {
        "type": "object",
        "properties": {f"p{n}": {"properties": {"a": {}}} for n in range(24_500)},
    },
    "25,000 different objects": lambda: {"properties": {f"p{n}": {"properties": {f"a{n}": {}}} for n in range(24_500)}},
    "laughs of merged alternatives": lambda: chain(
        60, lambda ref: {"anyOf": [ref, {"allOf": [ref, OBJECT]}]}, last=OBJECT
    ),
    "a web of references": lambda: {
        "type": "object",
        "properties": {"a": {"allOf": [{"$ref": f"#/$defs/d{n}"} for n in range(24)]}},
        "$defs": {
            f"d{n}": {"type": "object", "properties": {f"x{m}": {"$ref": f"#/$defs/d{m}"} for m in range(24)}}
            for n in range(24)
        },
    },
    "megabytes of names that collide after escaping": lambda: {
        "type": "object",
        "properties": {
            "".join("-_."[n // 3**k % 3] for k in range(9)) + "x" * 100: {"type": "string"} for n in range(19_683)
        },
    },
    "3,000 contradictions": lambda: properties(
        3_000, {"allOf": [{"type": "string"}, {"type": "integer"}], "minLength": 5}
    ),
    "an enum of 100,000 texts": lambda: properties(1, {"type": "string", "enum": [f"A{n}" for n in range(100_000)]}),
    "defaults of megabytes": lambda: properties(8, {"default": ["x" * 100] * 4_000}),
    "3,000 patterns": lambda: (
        properties(0, {}) | {"properties": {f"p{n}": {"pattern": f"^(a{n}|b)[a-z]{{1,40}}$"} for n in range(3_000)}}
    ),
}


def cases() -> dict[str, Callable[[], Any]]:
    """Return what makes the ``spec`` of each definition."""
    made: dict[str, Callable[[], Any]] = {}
    for name, schema in {**REFUSED, **EITHER}.items():
        made[name] = lambda schema=schema: {"kind": "Foo", "schema": schema, "statusSchema": schema}
    for name, make in MORE.items():
        made[name] = lambda make=make: {"kind": "Foo", "schema": make()}
    for name, spec in NAMES.items():
        made[f"name: {name}"] = lambda spec=spec: {"kind": "Foo", **spec}
    return made


def become(spec: Any) -> str:
    """Return what becomes of a definition: all that a server does with it is done."""
    try:
        kind = compile_kind(parse_definition(spec, name=None))
    except DefinitionRefused as refused:
        return "refused" if refused.failures else "refused without a reason"
    sdl(base_snapshot().with_kind(kind))
    body = BodySchema(kind.definition)
    body.failures(body.complete({"spec": {"a": 1, "p1": "x"}}))
    return "served"


def _taken() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _try(make: Callable[[], Any], *, limit: int, answer: int) -> None:
    """Do it in a forked process, and write ``{became, mib}``."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resource.setrlimit(resource.RLIMIT_AS, (_taken() + limit,) * 2)
    try:
        became = become(make())
    except MemoryError:
        became = "out of memory"
    taken = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    os.write(answer, json.dumps({"became": became, "mib": round(taken)}).encode())
    os._exit(0)


def main() -> None:
    """Try those that are named, or all."""
    limit, chosen = int(sys.argv[1]) * MIB, sys.argv[2:]
    made = cases()
    for name in chosen or made:
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            _try(made[name], limit=limit, answer=writing)
        os.close(writing)
        told = os.read(reading, 10_000) or b'{"became": "killed"}'
        os.close(reading)
        os.waitpid(child, 0)
        print(json.dumps({"name": name, **json.loads(told)}), flush=True)


if __name__ == "__main__":
    main()
