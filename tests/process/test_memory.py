"""The C library's heap gives back what was freed."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

_PROGRAM: Final = """
from app.process.memory import give_back_memory, resident_bytes, tune_memory

tune_memory()
before = resident_bytes()
blocks = [bytearray(2_000) for _ in range(50_000)]
last = blocks.pop()
held = resident_bytes()
blocks.clear()
give_back_memory()
print(before, held, resident_bytes())
"""
"""Run in a process of its own: what others have freed before would be taken, and hide what is measured."""

_MIB: Final = 2**20


def test_freed_memory_goes_back_to_the_system() -> None:
    output = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True).stdout
    before, held, after = map(int, output.split())
    if not before:
        return  # the system does not say how much memory a process has
    assert held > before + 80 * _MIB
    assert after < before + 40 * _MIB
