"""Gates: writers of one kind run side by side, and stand aside while the kind itself is changed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

__all__ = ["Gates"]


class _Gate:
    __slots__ = ("closed", "inside", "moved", "waiting")

    def __init__(self) -> None:
        self.inside = 0
        self.waiting = 0
        self.closed = False
        self.moved = asyncio.Condition()


class Gates:
    """One gate for each storage key in use."""

    def __init__(self) -> None:
        self._gates: dict[str, _Gate] = {}

    @asynccontextmanager
    async def passing(self, key: str) -> AsyncIterator[None]:
        """Write to a kind, beside other writers."""
        gate = self._gates.setdefault(key, _Gate())
        if gate.closed:
            await self._wait(gate, lambda: not gate.closed)
        gate.inside += 1
        try:
            yield
        finally:
            gate.inside -= 1
            if gate.waiting:
                async with gate.moved:
                    gate.moved.notify_all()
            self._forget(key, gate)

    @asynccontextmanager
    async def closing(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody writes to a kind, and keep it so."""
        gate = self._gates.setdefault(key, _Gate())
        await self._wait(gate, lambda: not gate.closed)
        gate.closed = True
        try:
            await self._wait(gate, lambda: gate.inside == 0)
            yield
        finally:
            gate.closed = False
            if gate.waiting:
                async with gate.moved:
                    gate.moved.notify_all()
            self._forget(key, gate)

    @staticmethod
    async def _wait(gate: _Gate, until: Callable[[], bool]) -> None:
        gate.waiting += 1
        try:
            async with gate.moved:
                await gate.moved.wait_for(until)
        finally:
            gate.waiting -= 1

    def _forget(self, key: str, gate: _Gate) -> None:
        if not gate.inside and not gate.waiting and not gate.closed:
            self._gates.pop(key, None)
