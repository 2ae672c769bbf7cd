"""What a MongoDB at a given address must have."""

import socket
import subprocess

import pytest
from pymongo import MongoClient

from app.embedded.binary import find_mongod
from app.embedded.data_directory import DataDirectory
from app.embedded.errors import MongodbUnsuitable
from app.embedded.mongod import EmbeddedMongod
from app.embedded.requirements import require_replica_set, require_suitable, require_version


@pytest.fixture
def standalone(tmp_path):
    """The address of a mongod that is no replica set."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "db").mkdir()
    process = subprocess.Popen(
        [
            *(find_mongod(), "--dbpath", tmp_path / "db", "--bind_ip", "127.0.0.1", "--port", str(port)),
            *("--unixSocketPrefix", tmp_path, "--wiredTigerCacheSizeGB", "0.25"),
        ],
        stdout=subprocess.DEVNULL,
    )
    yield f"mongodb://127.0.0.1:{port}/"
    process.terminate()
    process.wait()


def test_our_own_replica_set_is_suitable(mongo_uri):
    require_suitable(mongo_uri)


def test_a_standalone_server_is_refused_with_what_to_do(standalone):
    with pytest.raises(MongodbUnsuitable, match=r"no replica set.*--replSet"):
        require_suitable(standalone)


def test_mongos_is_refused():
    with pytest.raises(MongodbUnsuitable, match="sharded cluster"):
        require_replica_set({"msg": "isdbgrid", "isWritablePrimary": True})


@pytest.mark.parametrize("version", ["5.0.14", "4.4.0", "3.6"])
def test_an_old_version_is_refused(version):
    with pytest.raises(MongodbUnsuitable, match=version.replace(".", r"\.")):
        require_version(version)


@pytest.mark.parametrize("version", ["6.0.0", "6.0.5", "7.0.1", "8.1.0-rc0"])
def test_a_later_version_is_taken(version):
    require_version(version)


def test_features_of_an_older_version_are_refused(tmp_path_factory):
    # Its own mongod: the setting is the whole server's.
    directory = DataDirectory.open(tmp_path_factory.mktemp("old"))
    try:
        with EmbeddedMongod(directory, binary=find_mongod(), cache_gib=0.25) as mongod:
            with MongoClient(mongod.mongo_uri) as client:
                client.admin.command("setFeatureCompatibilityVersion", "5.0")
            with pytest.raises(MongodbUnsuitable, match=r"features of 5\.0"):
                require_suitable(mongod.mongo_uri)
    finally:
        directory.close()


def test_a_uri_that_is_none_is_refused():
    with pytest.raises(MongodbUnsuitable, match="URI cannot be used"):
        require_suitable("http://127.0.0.1/")


def test_an_unreachable_server_is_refused_without_its_password():
    with pytest.raises(MongodbUnsuitable, match="refused") as refusal:
        require_suitable("mongodb://user:secret@127.0.0.1:1/", timeout_seconds=0.2)
    assert "secret" not in str(refusal.value)
