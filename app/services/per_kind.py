"""Work in the background on kinds: a task for each kind that needs it, for as long as it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Any

from app.tasks import end_tasks

if TYPE_CHECKING:
    from app.kinds.registry import Registry

__all__ = ["PerKind"]


class PerKind:
    """Begins work on kinds as the registry comes to name them.

    Args:
        name: What the work is called, in the names of tasks.
        registry: Tells when kinds change.
        wanted: Returns the names of the kinds that need work now.
        work: Stays with a kind until it needs no more.
    """

    def __init__(
        self,
        name: str,
        registry: Registry,
        *,
        wanted: Callable[[], AbstractSet[str]],
        work: Callable[[str], Coroutine[Any, Any, None]],
    ) -> None:
        self._name = name
        self._registry = registry
        self._wanted = wanted
        self._work = work
        self._kinds: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for kinds that need work."""
        self._looking = asyncio.create_task(self._look(), name=self._name)

    async def stop(self) -> None:
        """End the work; this server or another takes it up again."""
        await end_tasks([self._looking])  # it begins the others
        await end_tasks(self._kinds.values())

    async def _look(self) -> None:
        async for _ in self._registry.subscribe():
            for name in self._wanted() - self._kinds.keys():
                self._kinds[name] = asyncio.create_task(self._work(name), name=f"{self._name} {name}")
                self._kinds[name].add_done_callback(partial(self._forget, name))

    def _forget(self, name: str, _task: asyncio.Task[None]) -> None:
        self._kinds.pop(name, None)
