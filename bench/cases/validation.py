"""What it costs to judge a resource: all of its failures, beside the ``jsonschema`` package on the same schemas.

One process, no server: each resource is judged again and again, and the fastest of some turns counts. Kindgraph judges
whole bodies (bounds, schema, formats, unknown fields); the package does what its users do: ``iter_errors`` of a
validator that was made once.
"""

from __future__ import annotations

import asyncio
import re
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from jsonschema.validators import Draft202012Validator

from bench.bodies import Bodies, corpus_bodies, own_bodies
from schema_builder.body import BodySchema
from schema_builder.definition import parse_definition

if TYPE_CHECKING:
    from bench.progress import Steps
    from bench.sizes import Sizes

__all__ = ["ValidationResult", "ValidationRow", "measure_validation"]

_CORPUS = "valid examples of the corpus"


@dataclass(frozen=True)
class ValidationRow:
    """Resources of one sort, each with the time of one judgement in microseconds, ascending."""

    label: str
    our_us: list[float]
    reference_us: list[float]

    def share_within(self, limit_us: float) -> float:
        """Return which part of the resources takes no longer, from 0 to 1."""
        return sum(one <= limit_us for one in self.our_us) / len(self.our_us)

    @property
    def ratio(self) -> float:
        """How many times longer the package takes, by medians."""
        return median(self.reference_us) / median(self.our_us)


@dataclass(frozen=True)
class ValidationResult:
    """All sorts; that of the corpus is missing where the corpus is."""

    rows: list[ValidationRow]


async def measure_validation(_mongo_uri: str, sizes: Sizes, steps: Steps) -> ValidationResult:
    """Run the case, in a thread of its own: nothing else has to wait for it."""
    return await asyncio.to_thread(_measure, sizes, steps)


def _measure(sizes: Sizes, steps: Steps) -> ValidationResult:
    own = own_bodies()
    steps.begin("validation", total=len(own) + sizes.corpus_resources)
    rows = []
    for bodies in own:
        steps.say(bodies.label)
        rows.append(_row(bodies.label, [bodies], turns=sizes.validation_turns, steps=steps))
    if sizes.corpus_resources:
        steps.say(_CORPUS)
        found = _row(_CORPUS, corpus_bodies(sizes.corpus_resources), turns=sizes.validation_turns, steps=steps)
        rows += [found] if found.our_us else []
    steps.end()
    return ValidationResult(rows)


def _row(label: str, sorts: Iterable[Bodies], *, turns: int, steps: Steps) -> ValidationRow:
    ours, references = [], []
    for sort in sorts:
        schema = BodySchema(parse_definition(sort.spec, name=None))
        reference = _reference(sort.spec)
        for body in sort.bodies:
            completed = schema.complete(body)
            if schema.failures(completed):
                raise RuntimeError(f"{label} has a resource that is not valid: {schema.failures(completed)[0]}")
            ours.append(_fastest(partial(schema.failures, completed), turns))
            if reference is not None:
                references.append(_fastest(partial(reference, completed), turns))
        steps.advance()
    return ValidationRow(label, sorted(ours), sorted(references))


def _reference(spec: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], int] | None:
    """Return what counts the errors of a body by the package; None where it cannot read the schema's patterns."""
    schemas = {"spec": spec.get("schema"), "status": spec.get("statusSchema"), **spec.get("extraFields", {})}
    validators = {name: Draft202012Validator(schema) for name, schema in schemas.items() if schema is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of patterns that the next Python may read otherwise
        try:
            for pattern in set(_patterns(list(schemas.values()))):
                re.compile(pattern)
        except re.error:
            return None

    def count(body: Mapping[str, Any]) -> int:
        return sum(1 for name, value in body.items() if name in validators for _ in validators[name].iter_errors(value))

    return count


def _patterns(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        if isinstance(value.get("pattern"), str):
            yield value["pattern"]
        for item in value.values():
            yield from _patterns(item)
    elif isinstance(value, list):
        for item in value:
            yield from _patterns(item)


def _fastest(judge: Callable[[], Any], turns: int) -> float:
    """Return how many microseconds the fastest of some turns takes; the first, which compiles, is not counted."""
    judge()
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        judge()
        times.append(time.perf_counter() - began)
    return min(times) * 1e6
