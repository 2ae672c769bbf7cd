"""Garbage collection in steps."""

import asyncio
import contextlib
import gc
import weakref

import pytest

from app.process.garbage import collect_in_steps, tune_garbage_collection


class Node:
    """Something that only a collector can free."""

    def __init__(self):
        self.me = self


@pytest.fixture(autouse=True)
def untouched():
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


@contextlib.asynccontextmanager
async def collecting():
    task = asyncio.create_task(collect_in_steps())
    yield
    task.cancel()


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_what_survives_is_set_aside_and_new_garbage_is_freed(monkeypatch):
    monkeypatch.setattr("app.process.garbage._STEP_SECONDS", 0.01)
    tune_garbage_collection()
    kept = [[] for _ in range(60_000)]
    dead = weakref.ref(Node())
    async with collecting():
        await until(lambda: gc.get_freeze_count() > len(kept) and dead() is None)


async def test_garbage_that_was_set_aside_is_found_when_the_process_has_grown(monkeypatch):
    monkeypatch.setattr("app.process.garbage._STEP_SECONDS", 0.01)
    monkeypatch.setattr("app.process.garbage._GROWTH", 1.0)
    monkeypatch.setattr("app.process.garbage._LEAST_GROWTH_BYTES", 8 * 2**20)
    node = Node()
    dead = weakref.ref(node)
    gc.collect()
    gc.freeze()
    del node
    gc.collect()
    assert dead() is not None
    async with collecting():
        await asyncio.sleep(0)
        grown = bytes(range(256)) * 2**17
        await until(lambda: dead() is None)
    assert grown
