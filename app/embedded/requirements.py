"""Whether a MongoDB has what Kindgraph builds on, asked before anything is written to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pymongo import MongoClient
from pymongo.errors import ConfigurationError, InvalidURI, OperationFailure, PyMongoError

from app.embedded.binary import MINIMUM_VERSION, parse_version, version_text
from app.embedded.errors import MongodbUnsuitable

__all__ = ["require_replica_set", "require_suitable", "require_version"]


def require_suitable(mongo_uri: str, *, timeout_seconds: float = 10) -> None:
    """Return if the MongoDB at an address can carry Kindgraph.

    Args:
        mongo_uri: The address.
        timeout_seconds: How long to wait for a primary.

    Raises:
        MongodbUnsuitable: It cannot be reached or read, is no replica set, or is too old; the message says which,
            without the address, which may hold a password.
    """
    try:
        with MongoClient[dict[str, Any]](mongo_uri, serverSelectionTimeoutMS=round(timeout_seconds * 1000)) as client:
            hello = client.admin.command("hello")
            require_replica_set(hello)
            require_version(client.admin.command("buildInfo")["version"])
            _require_features(client)
    except (InvalidURI, ConfigurationError, ValueError) as error:
        raise MongodbUnsuitable(f"the MongoDB URI cannot be used: {error}") from error
    except PyMongoError as error:
        raise MongodbUnsuitable(f"the MongoDB at the URI cannot be used: {_first_line(error)}") from error


def require_replica_set(hello: Mapping[str, Any]) -> None:
    """Refuse mongos and standalone servers by their answer to ``hello``."""
    if hello.get("msg") == "isdbgrid":
        raise MongodbUnsuitable(
            "the MongoDB at the URI is a sharded cluster (mongos): two shards can give two changes one position. "
            "Give a replica set"
        )
    if "setName" not in hello:
        raise MongodbUnsuitable(
            "the MongoDB at the URI is no replica set, so it has no change streams. Start it with --replSet and run "
            "rs.initiate() once; one member is enough"
        )


def require_version(version: str) -> None:
    """Refuse a version such as ``5.0.14``."""
    if parse_version(version) < MINIMUM_VERSION:
        raise MongodbUnsuitable(
            f"the MongoDB at the URI is version {version}; {version_text(MINIMUM_VERSION)} or later is needed"
        )


def _require_features(client: MongoClient[dict[str, Any]]) -> None:
    """An upgraded server keeps its old features until it is told otherwise."""
    try:
        answer = client.admin.command("getParameter", featureCompatibilityVersion=1)
    except OperationFailure:
        return  # no right to ask: the first use will tell
    version = answer["featureCompatibilityVersion"]["version"]
    if parse_version(version) < MINIMUM_VERSION:
        raise MongodbUnsuitable(
            f"the MongoDB at the URI keeps to the features of {version}; run "
            f'setFeatureCompatibilityVersion "{version_text(MINIMUM_VERSION)}"'
        )


def _first_line(error: PyMongoError) -> str:
    # Beyond the first sentence the driver describes its topology.
    return str(error).partition(", Timeout:")[0].partition(" (configured timeouts")[0]
