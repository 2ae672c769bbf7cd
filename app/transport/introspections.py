"""Answers to introspection: made in pieces, kept encoded, one at a time."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from schema_builder.introspection import Introspection, Pieces

if TYPE_CHECKING:
    from app.transport.execution import Prepared
    from app.transport.limits import TransportLimits
    from app.transport.parameters import GraphQLRequest

__all__ = ["Introspections"]

_SLICE_SECONDS: Final = 0.005
"""How long introspection may hold the event loop before others get their turn."""


class Introspections:
    """A bounded cache of encoded introspection fields.

    Args:
        limits: How much is kept.
    """

    def __init__(self, limits: TransportLimits) -> None:
        self._limits = limits
        self._results: OrderedDict[Any, Mapping[str, orjson.Fragment]] = OrderedDict()
        self._sizes: dict[Any, int] = {}
        self._bytes = 0
        self._turn = asyncio.Lock()

    async def get(self, prepared: Prepared, request: GraphQLRequest) -> Mapping[str, Any]:
        """Return the encoded value of each introspection field of an operation, by response name.

        Raises:
            KindgraphError: The result would be too large.
        """
        key = (
            request.query,
            request.operation_name,
            orjson.dumps(
                prepared.variables.coerced, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS
            ),
            prepared.snapshot.fingerprint,
        )
        async with self._turn:
            known = self._results.get(key)
            if known is not None:
                self._results.move_to_end(key)
                return known
            encoded = {
                name: await self._field(prepared, details) for name, details in prepared.plan.introspection.items()
            }
            self._keep(key, encoded)
            return {name: orjson.Fragment(text) for name, text in encoded.items()}

    async def _field(self, prepared: Prepared, details: Any) -> bytes:
        introspection = Introspection(
            prepared.snapshot.schema,
            collect=prepared.plan.collect,
            variables=prepared.variables,
            encode=lambda item: orjson.Fragment(orjson.dumps(item)),
        )
        return orjson.dumps(await _in_slices(introspection.field(details)))

    def _keep(self, key: Any, encoded: Mapping[str, bytes]) -> None:
        size = len(key[0]) + len(key[2]) + sum(map(len, encoded.values()))
        if size > self._limits.max_cached_introspection_bytes:
            return
        self._results[key] = {name: orjson.Fragment(text) for name, text in encoded.items()}
        self._sizes[key] = size
        self._bytes += size
        while self._bytes > self._limits.max_cached_introspection_bytes:
            oldest, _ = self._results.popitem(last=False)
            self._bytes -= self._sizes.pop(oldest)


async def _in_slices(pieces: Pieces) -> Any:
    until = time.perf_counter() + _SLICE_SECONDS
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value
        if time.perf_counter() > until:
            await asyncio.sleep(0)
            until = time.perf_counter() + _SLICE_SECONDS
