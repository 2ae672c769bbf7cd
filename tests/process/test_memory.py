"""The C library's heap gives back what was freed."""

from __future__ import annotations

from app.process.memory import give_back_memory, resident_bytes, tune_memory

_MIB = 2**20


def test_freed_memory_goes_back_to_the_system() -> None:
    tune_memory()
    before = resident_bytes()
    if not before:
        return  # the system does not say how much memory a process has
    blocks = [bytearray(2_000) for _ in range(50_000)]
    last = blocks.pop()
    assert resident_bytes() > before + 80 * _MIB
    blocks.clear()
    give_back_memory()
    assert last is not None
    assert resident_bytes() < before + 40 * _MIB
