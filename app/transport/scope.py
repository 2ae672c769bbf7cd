"""What one request carries through its resolvers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from schema_builder.backend import Backend, Resource
    from schema_builder.links import LinkTarget

__all__ = ["Scope"]


class _Batch:
    """Links that are read together."""

    __slots__ = ("reading", "targets")

    def __init__(self) -> None:
        self.targets: dict[LinkTarget, None] = {}
        self.reading: asyncio.Future[dict[LinkTarget, Resource | None]]


class Scope:
    """The ``context`` of graphql-core for one request; implements ``schema_builder.backend.RequestScope``.

    Attributes:
        backend: Who answers.
        resume_position: Where the client says that its stream broke off, or None.
        rights: What the request may see, for whoever shares answers with equal ones; None where everybody may see all.
        committed_position: The greatest commit position of the request's mutations, or None.
        warnings: What the client should know although it is no error, each once.
        told: Further lists for ``extensions``, by name.
    """

    __slots__ = ("_batches", "backend", "committed_position", "resume_position", "rights", "told", "warnings")

    def __init__(self, backend: Backend, *, resume_position: int | None = None) -> None:
        self.backend = backend
        self.resume_position = resume_position
        self.rights: Hashable = None
        self.committed_position: int | None = None
        self.warnings: list[str] = []
        self.told: dict[str, list[Mapping[str, Any]]] = {}
        self._batches: dict[int | None, _Batch] = {}

    def committed(self, position: int) -> None:
        """Note the commit position of a mutation."""
        if self.committed_position is None or position > self.committed_position:
            self.committed_position = position

    def warn(self, message: str) -> None:
        """Note a warning."""
        if message not in self.warnings:
            self.warnings.append(message)

    def tell(self, name: str, value: Mapping[str, Any]) -> None:
        """Note a value for a list of its own."""
        self.told.setdefault(name, []).append(value)

    async def linked(self, targets: Sequence[LinkTarget], *, position: int | None) -> list[Resource | None]:
        """Return what some links name; all that is asked for in one turn of the event loop is read by one command."""
        batch = self._batches.get(position)
        if batch is None:
            batch = self._batches[position] = _Batch()
            batch.reading = asyncio.ensure_future(self._read(batch, position))
        batch.targets.update(dict.fromkeys(targets))
        found = await asyncio.shield(batch.reading)
        return [found[target] for target in targets]

    async def _read(self, batch: _Batch, position: int | None) -> dict[LinkTarget, Resource | None]:
        await asyncio.sleep(0)  # whoever is about to ask, does so first
        del self._batches[position]
        targets = list(batch.targets)
        return dict(zip(targets, await self.backend.linked(self, targets, position=position), strict=True))

    @property
    def extensions(self) -> dict[str, Any]:
        """Return the ``extensions`` of the answer."""
        extensions: dict[str, Any] = {}
        if self.committed_position is not None:
            extensions["resourceVersion"] = str(self.committed_position)
        if self.warnings:
            extensions["warnings"] = self.warnings
        return {**extensions, **self.told}
