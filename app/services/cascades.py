"""What follows a deletion: those who name what is gone are deleted too, or have the name taken away.

The deletion's transaction notes what is to follow; whichever server gets to it does it, write by write, each of them a
write like any other: finalizers are respected, and what it deletes may cascade further. Doing it twice does no harm.
"""

from __future__ import annotations

import asyncio
import logging
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from app.errors import Conflict, KindRemoved, NotFound, Unavailable
from app.resources.decisions import Decision, Rules, decide_unlink
from app.resources.deletion import decide_delete
from app.resources.keys import kind_range, split_key
from app.resources.states import State, is_going
from app.resources.times import utc_now
from app.services.commits import Target
from app.services.links import names_gone
from app.store.documents import state_of
from app.store.errors import LostRace
from app.store.links import Cascade, find_cascades, forget_cascade, referrers
from app.tasks import end_tasks
from schema_builder.errors import Invalid
from schema_builder.links import OnDelete

if TYPE_CHECKING:
    import datetime
    from collections.abc import Callable

    from app.kinds.registry import Registry
    from app.kinds.served import Served
    from app.services.commits import Commits
    from app.services.links import Links
    from app.store.mongo import Document, Store
    from schema_builder.links import LinkTarget

__all__ = ["Cascades"]

_LOOK_SECONDS: Final = 5.0
_WAIT_SECONDS: Final = 2.0
"""How long a deletion waits for what follows it before it is answered."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 30.0
_AT_ONCE: Final = 16
_IN_BACKGROUND: Final = ContextVar("in_background", default=False)
_log = logging.getLogger(__name__)


class _Nobody:
    """The scope of writes that no client waits for."""

    def committed(self, position: int) -> None:
        """Note nothing."""


class _Settled(Exception):
    """Nothing is to be done any more."""


class Cascades:
    """Does what follows deletions, while it is started."""

    def __init__(
        self,
        store: Store,
        registry: Registry,
        links: Links,
        *,
        now: Callable[[], datetime.datetime] = utc_now,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        """Put the parts together; ``commits`` is to be set before anything is begun.

        Args:
            store: The database.
            registry: What is served.
            links: Knows who is named.
            now: The clock.
            look_seconds: How often what other servers have left is looked for.
        """
        self.commits: Commits
        self._store = store
        self._registry = registry
        self._links = links
        self._now = now
        self._look_seconds = look_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for what is to be done."""
        self._looking = asyncio.create_task(self._look(), name="cascades")

    async def stop(self) -> None:
        """End the work; this server or another takes it up again."""
        await end_tasks([self._looking])  # it begins the others
        await end_tasks(self._tasks.values())

    async def follow(self, cascade: Cascade) -> None:
        """Begin what follows a deletion, and wait a little for it to be done, if a client waits."""
        task = self.begin(cascade)
        if not _IN_BACKGROUND.get():
            await asyncio.wait([task], timeout=_WAIT_SECONDS)

    def begin(self, cascade: Cascade) -> asyncio.Task[None]:
        """Do what follows a deletion in the background."""
        task = self._tasks.get(cascade.key)
        if task is None:
            task = self._tasks[cascade.key] = asyncio.create_task(self._persist(cascade), name=cascade.key)
            task.add_done_callback(lambda _: self._tasks.pop(cascade.key, None))
        return task

    async def _look(self) -> None:
        while True:
            try:
                for cascade in await find_cascades(self._store):
                    self.begin(cascade)
            except Unavailable:
                _log.warning("what is to follow deletions cannot be read now")
            await asyncio.sleep(self._look_seconds)

    async def _persist(self, cascade: Cascade) -> None:
        """Stay with a deletion until nothing follows it any more."""
        _IN_BACKGROUND.set(True)
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                if await self._do_all(cascade):
                    await forget_cascade(self._store, cascade)
                    return
            except (Unavailable, LostRace) as error:
                _log.warning("%s: %s; trying again", cascade.key, error)
            except Exception:
                _log.exception("%s failed; trying again", cascade.key)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _do_all(self, cascade: Cascade) -> bool:
        """Go through all who name what is gone until that changes nothing; tells whether nothing is left to do."""
        while True:
            outcomes: list[bool | None] = []
            for name in sorted(self._registry.referrers(cascade.kind)):
                served = self._registry.find(name)
                if served is None or served.storage.links is None:
                    continue
                outcomes += [] if served.storage.links.ready else [False]
                keys = kind_range(served.storage.key)
                some: list[Document] = []
                async for document in referrers(self._store, cascade, keys):
                    some.append(document)
                    if len(some) >= _AT_ONCE:
                        outcomes += await self._do_some(served, some, cascade)
                        some = []
                outcomes += await self._do_some(served, some, cascade)
            if False not in outcomes or True not in outcomes:
                return False not in outcomes

    async def _do_some(self, served: Served, documents: list[Document], cascade: Cascade) -> list[bool | None]:
        return list(await asyncio.gather(*(self._do(served, document, cascade) for document in documents)))

    async def _do(self, served: Served, document: Document, cascade: Cascade) -> bool | None:
        """Do what is to be done to one resource; True where something was, False where it cannot be yet."""
        gone = await self._gone(served, state_of(document), cascade)
        if not gone:
            return None
        _, namespace, name = split_key(document["_id"])
        target = Target(served.kind, name, namespace or None)
        decide = partial(self._decide, gone)
        try:
            await self.commits.write(cast("Any", _Nobody()), target, decide, given=None, dry_run=False)
        except (_Settled, NotFound, KindRemoved):
            return None
        except Conflict as error:
            _log.info("%s: %s", cascade.key, error.message)
            return False
        except Invalid as error:
            _log.error("%s: %s keeps the name, since without it %s", cascade.key, document["_id"], error.message)
            return None
        return True

    async def _gone(self, served: Served, state: State, cascade: Cascade) -> set[LinkTarget]:
        """Return what a resource names of what is gone, leaving out what is there again under its name."""
        held = served.kind.body.held(state.body, namespace=state.metadata["namespace"])
        named = {found.target for found in held if names_gone(found, cascade)}
        keys = {target: self._links.key_of(target) for target in named}
        present = await self._store.find_all([key for key in keys.values() if key is not None]) if named else {}
        return {target for target, key in keys.items() if key not in present}

    def _decide(self, gone: set[LinkTarget], rules: Rules, current: State | None) -> Decision:
        if current is None:
            raise _Settled
        held = rules.body.held(current.body, namespace=current.metadata["namespace"])
        named = [found for found in held if found.target in gone]
        if any(found.link.on_delete is OnDelete.CASCADE for found in named) and not is_going(current):
            return decide_delete(current, now=self._now())
        paths = [found.path for found in named if found.link.on_delete is OnDelete.SET_NULL]
        if not paths:
            raise _Settled
        return decide_unlink(rules, current, paths, now=self._now())
