"""The client process of a run: writers, watchers and readers, until it is told to finish.

    python -m tests.faults.client OPTIONS

with ``{"seed": …, "urls": […], "record": PATH, "writers": 4, "watchers": 6, "pause_seconds": 0.1}`` for its options.

It reads lines of JSON: ``{"server": 0, "url": …}`` where a server has a new address, ``{"note": …}`` for the record,
``{"finish": true}``; at the end of its input it stops at once. It writes lines of JSON: its counts, every second, and
``{"finished": true}`` once every watcher has seen the last commit.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from tests.faults.clients import Servers
from tests.faults.history import Filter, Key, Outcome, State
from tests.faults.readers import Reader
from tests.faults.recording import Recorder
from tests.faults.watchers import Watcher, random_filter
from tests.faults.writers import Writer

__all__ = ["Client"]


class Client:
    """All clients of a run, in one event loop, with one clock."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._servers = Servers(list(options["urls"]))
        self._recorder = Recorder(Path(options["record"]))
        self._stopping = asyncio.Event()
        self._goal: int | None = None
        seed = str(options["seed"])
        known: dict[Key, State] = {}
        positions: list[int] = []
        common: dict[str, Any] = {"servers": self._servers, "recorder": self._recorder, "seed": seed}
        self._reader = Reader(**common, positions=positions)
        self._writers = [
            Writer(f"w{number}", **common, pause_seconds=options["pause_seconds"], known=known, positions=positions)
            for number in range(options["writers"])
        ]
        self._watchers = [
            Watcher(
                f"v{number}",
                **common,
                reader=self._reader,
                faithful=number < 2,
                positions=positions,
                goal=lambda: self._goal,
            )
            for number in range(options["watchers"])
        ]

    async def run(self) -> None:
        """Work until it is told to finish, or its input ends."""
        telling = asyncio.create_task(self._tell())
        listening = asyncio.create_task(self._listen())
        working = asyncio.create_task(self._work())
        await asyncio.wait([listening, working], return_when=asyncio.FIRST_COMPLETED)
        for task in (telling, listening, working):
            task.cancel()
        outcomes = await asyncio.gather(telling, listening, working, return_exceptions=True)
        await self._servers.close()
        self._recorder.close()
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as watching:
            for watcher in self._watchers:
                watching.create_task(watcher.run())
            async with asyncio.TaskGroup() as writing:
                for writer in self._writers:
                    writing.create_task(writer.run(self._stopping))
                writing.create_task(self._reader.run(self._stopping, choose=random_filter))
            self._goal = await self._final_position()
            self._recorder.goal(self._goal)
        _say({"finished": True})

    async def _final_position(self) -> int:
        """Read the final list of every server; return the newest position of them."""
        position = 0
        for server in range(len(self._servers.urls)):
            while (listing := await self._reader.read(server, Filter(), final=True)) is None:  # noqa: ASYNC110 - it asks
                await asyncio.sleep(0.1)
            position = max(position, listing.position)
        return position

    async def _listen(self) -> None:
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            told = json.loads(line)
            if "url" in told:
                self._servers.urls[told["server"]] = told["url"]
            if "note" in told:
                self._recorder.note(told["note"])
            if told.get("finish"):
                self._stopping.set()

    async def _tell(self) -> None:
        while True:
            counts = self._recorder.counts
            _say({"counts": {**counts, **{str(outcome): counts[outcome] for outcome in Outcome}}})
            await asyncio.sleep(1)


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(Client(json.loads(sys.argv[1])).run())
