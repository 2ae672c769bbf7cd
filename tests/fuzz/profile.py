"""How much is tried: a little and always the same by ``make test``, as much as is asked for by ``make fuzz``."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

__all__ = ["EXAMPLES", "fuzzed"]

EXAMPLES = int(os.environ.get("KINDGRAPH_FUZZ_EXAMPLES", "0"))


def fuzzed(examples: int) -> settings:
    """Return the settings of a test that tries so many examples unless more are asked for."""
    return settings(
        max_examples=max(examples, EXAMPLES),
        deadline=None,
        derandomize=not EXAMPLES,
        database=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
