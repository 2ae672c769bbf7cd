"""A real mongod for the session, and a database of its own for each test."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.mongod import EmbeddedMongod


@pytest.fixture(scope="session")
def mongo_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a replica set that lives as long as the session."""
    path: Path = tmp_path_factory.mktemp("mongod")
    directory = DataDirectory.open(path)
    try:
        with EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.5) as mongod:
            yield mongod.mongo_uri
    finally:
        directory.close()


@pytest.fixture
def database(mongo_uri: str) -> Iterator[str]:
    """The name of a database that no other test uses; dropped afterwards."""
    name = f"test_{secrets.token_hex(8)}"
    yield name
    with MongoClient[dict[str, Any]](mongo_uri) as client:
        client.drop_database(name)
