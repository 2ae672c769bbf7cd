"""Hostile definitions are refused or served in bounded memory, measured by a limit and not by a clock."""

from __future__ import annotations

import json
import os
import subprocess
import sys

LIMIT_MIB = 384
"""Of address space, beside what the process takes before: a parser of JSON alone reserves many times its text."""

FEW = (
    "100,000 levels",
    "a cycle of references",
    "a web of references",
    "3,000 contradictions",
    "megabytes of enum",
    "names that collide",
    "laughs of merged alternatives",
)
"""One of each sort; ``make fuzz`` tries all of them."""


def test_hostile_definitions_take_a_bounded_amount_of_memory():
    names = () if "KINDGRAPH_FUZZ_EXAMPLES" in os.environ else FEW
    command = [sys.executable, "-m", "tests.fuzz.bounded", str(LIMIT_MIB), *names]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    became = {line["name"]: line["became"] for line in map(json.loads, ran.stdout.splitlines())}
    assert set(names) <= became.keys()
    assert {name: what for name, what in became.items() if what not in {"refused", "served"}} == {}
