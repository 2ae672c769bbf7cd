"""The position of a write is that of its commit, also where the driver had to send the write twice."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote

import pytest

from app.store.mongo import Store
from app.store.positions import position_of
from app.tasks import end_tasks

if TYPE_CHECKING:
    from app.store.sessions import WriteSession

KEY = "k1 default a"
_COMMAND_AT = 26
"""Where the name of the command is in a message: after the header, flags, a section's kind, a length and a type."""


class Cutter:
    """Stands between a driver and mongod; swallows one answer, and breaks the connection that it was for.

    Attributes:
        command: The command whose answer is swallowed next; None when that is done.
    """

    def __init__(self, target: str, *, meanwhile: Callable[[], Awaitable[None]]) -> None:
        self.command: bytes | None = None
        self._target = target
        self._meanwhile = meanwhile
        self._connections: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncIterator[str]:
        """Listen on a socket; give the address for drivers."""
        server = await asyncio.start_unix_server(self._serve, path)
        yield f"mongodb://{quote_plus(str(path))}/?directConnection=true"
        server.close()
        await end_tasks(self._connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        upstream, downstream = await asyncio.open_unix_connection(self._target)
        is_cut = asyncio.Event()
        pumps = [
            asyncio.create_task(self._ask(reader, downstream, is_cut)),
            asyncio.create_task(self._answer(upstream, writer, is_cut)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end_tasks(pumps)
            for end in (writer, downstream):
                end.close()
                with contextlib.suppress(OSError):
                    await end.wait_closed()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_cut: asyncio.Event) -> None:
        while True:
            message = await _message(reader)
            if self.command is not None and message[_COMMAND_AT:].startswith(self.command + b"\0"):
                self.command = None
                is_cut.set()
            writer.write(message)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_cut: asyncio.Event) -> None:
        while True:
            message = await _message(reader)
            if is_cut.is_set():
                await self._meanwhile()
                return
            writer.write(message)


async def _message(reader: asyncio.StreamReader) -> bytes:
    """Return one message of MongoDB's wire protocol; its first four bytes are its length."""
    length = await reader.readexactly(4)
    return length + await reader.readexactly(int.from_bytes(length, "little") - 4)


@pytest.fixture
async def store(mongo_uri: str, database: str) -> AsyncIterator[Store]:
    opened = await Store.open(mongo_uri, database)
    yield opened
    await opened.close()


@pytest.fixture
async def cutter(mongo_uri: str, store: Store) -> Cutter:
    async def write_another() -> None:
        async with store.writing() as session:
            await session.find("another")
            await session.insert({"_id": f"another {session.position}", "version": session.position})

    return Cutter(unquote(mongo_uri.removeprefix("mongodb://").partition("/?")[0]), meanwhile=write_another)


@pytest.fixture
async def cut_store(cutter: Cutter, database: str) -> AsyncIterator[Store]:
    """A store that reaches its database through the cutter."""
    with tempfile.TemporaryDirectory(prefix="kindgraph-", dir="/tmp") as directory:
        async with cutter.listening(Path(directory) / "cut.sock") as uri:
            opened = await Store.open(uri, database)
            yield opened
            await opened.close()


def document(version: int, *, uid: str = "u") -> dict[str, object]:
    return {"_id": KEY, "version": version, "metadata": {"uid": uid}}


async def insert(session: WriteSession) -> None:
    await session.find(KEY)
    await session.insert(document(session.position))


async def insert_until(session: WriteSession) -> None:
    await session.find(KEY)
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=1)
    await session.insert(document(session.position), until=later)


async def replace(session: WriteSession) -> None:
    found = await session.find(KEY)
    assert found is not None
    await session.replace(document(session.position), seen=found["version"])


async def delete(session: WriteSession) -> None:
    found = await session.find(KEY)
    assert found is not None
    await session.delete(KEY, seen=found["version"])


async def replace_in_a_transaction(session: WriteSession) -> None:
    found = await session.find(KEY)
    assert found is not None
    version = session.position
    async with session.transaction():
        await session.replace(document(version), seen=found["version"])


@pytest.mark.parametrize(
    ("write", "command", "is_there"),
    [
        (insert, b"insert", False),
        (insert_until, b"update", False),
        (replace, b"update", True),
        (delete, b"delete", True),
        (replace_in_a_transaction, b"commitTransaction", True),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_a_write_that_was_sent_twice_is_where_it_was_committed_first(
    write: Callable[[WriteSession], Awaitable[None]],
    command: bytes,
    is_there: bool,
    store: Store,
    cut_store: Store,
    cutter: Cutter,
) -> None:
    if is_there:
        async with store.writing() as session:
            await insert(session)
    async with await store.resources.watch([{"$match": {"documentKey._id": KEY}}]) as changes:
        async with cut_store.writing() as session:
            cutter.command = command
            await write(session)
            assert cutter.command is None, "nothing was cut"
            committed_at = await session.committed_at()
            assert session.position > committed_at, "the second answer has a time of its own"
        assert position_of((await changes.next())["clusterTime"]) == committed_at


async def test_a_write_that_was_sent_once_is_where_its_answer_says(store: Store) -> None:
    async with await store.resources.watch([]) as changes:
        async with store.writing() as session:
            await insert(session)
            assert await session.committed_at() == session.position
        assert position_of((await changes.next())["clusterTime"]) == session.position


async def test_a_session_that_has_written_nothing_is_where_it_has_read(cut_store: Store) -> None:
    async with cut_store.writing() as session:
        await session.find(KEY)
        assert await session.committed_at() == session.position
