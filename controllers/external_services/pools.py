"""The pools of all services, by the resources that describe them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from controllers.external_services.connectors import make_connector
from controllers.external_services.pool import Pool
from controllers.external_services.problems import PoolClosed

if TYPE_CHECKING:
    from controllers import Key
    from controllers.external_services.parameters import Endpoint, Parameters

__all__ = ["Pools"]

_FORGOTTEN_AFTER_PROBES = 4
_FORGOTTEN_AFTER_SECONDS = 60.0


@dataclass
class _Entry:
    uid: str
    endpoint: Endpoint
    pool: Pool[Any]
    forgetting: asyncio.TimerHandle | None = None


class Pools:
    """Makes, changes and closes pools. Those of one resource are worked on by one caller at a time."""

    def __init__(self) -> None:
        self._entries: dict[Key, _Entry] = {}
        self._closing: dict[asyncio.Task[None], Key] = {}

    @contextlib.asynccontextmanager
    async def use(self, key: Key) -> AsyncIterator[Any]:
        """Lend a connection to a service, for programs that run in the controller's process.

        Returns:
            An ``asyncpg.Connection``, a ``redis.asyncio.Redis`` or an ``httpx2.AsyncClient``.

        Raises:
            PoolClosed: There is no pool for that resource.
            PoolExhausted: All connections are in use, and none came back in time.
        """
        entry = self._entries.get(key)
        if entry is None:
            raise PoolClosed(f"there is no pool for {key}")
        async with entry.pool.use() as connection:
            yield connection

    async def configure(self, key: Key, parameters: Parameters, *, uid: str) -> Pool[Any]:
        """Return the pool of a resource, as its spec wants it.

        Other limits and timeouts change the pool that is there. Another endpoint, user or secret gets another pool; the
        former one lends nothing any more, and closes each connection when it is given back.

        Raises:
            Misconfigured: There can be no such pool; the former one stays.
        """
        entry = self._entries.get(key)
        if entry is not None and (entry.uid, entry.endpoint) == (uid, parameters.endpoint):
            await entry.pool.resize(parameters.limits, parameters.timeouts)
        else:
            connector = await make_connector(parameters.endpoint)
            pool = Pool(connector, limits=parameters.limits, timeouts=parameters.timeouts)
            self._retire(key)
            entry = self._entries[key] = _Entry(uid, parameters.endpoint, pool)
        self._forget_later(key, entry, parameters.probe_seconds)
        return entry.pool

    async def close(self, key: Key) -> None:
        """Close the pool of a resource, and return when no connection is left, also of its former pools."""
        self._retire(key)
        closing = [task for task, of in self._closing.items() if of == key]
        if closing:
            await asyncio.wait(closing)

    async def close_all(self) -> None:
        """Close all pools, each as ``close`` does."""
        await asyncio.gather(*(self.close(key) for key in {*self._entries, *self._closing.values()}))

    def _retire(self, key: Key) -> None:
        """Take a pool out of use; it closes in the background."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        if entry.forgetting is not None:
            entry.forgetting.cancel()
        task = asyncio.create_task(entry.pool.close())
        self._closing[task] = key
        task.add_done_callback(self._closing.pop)

    def _forget_later(self, key: Key, entry: _Entry, probe_seconds: float) -> None:
        """Have the pool closed when nobody cares for it any more: another process does, as the Lease has it."""
        if entry.forgetting is not None:
            entry.forgetting.cancel()
        after = max(_FORGOTTEN_AFTER_PROBES * probe_seconds, _FORGOTTEN_AFTER_SECONDS)
        entry.forgetting = asyncio.get_running_loop().call_later(after, self._retire, key)
