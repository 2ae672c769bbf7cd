"""What MongoDB itself has committed, read from its oplog: the one truth in which the server has no part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pymongo import MongoClient, ReadPreference
from pymongo.read_concern import ReadConcern

from tests.faults.history import Key, Witnessed
from tests.faults.writers import NAMESPACES

__all__ = ["read_oplog"]


def read_oplog(uri: str, *, database: str = "kindgraph") -> list[Witnessed]:
    """Return every commit of a resource of the run, in order; an oplog that has lost its beginning fails.

    An entry is ``{ts, op: i | u | d, ns, o, o2}``: an insert and a replacement hold the whole document. Those of a
    transaction are in ``o.applyOps``.
    """
    with MongoClient[dict[str, Any]](uri, read_preference=ReadPreference.PRIMARY) as client:
        oplog = client["local"].get_collection("oplog.rs", read_concern=ReadConcern("majority"))
        return [
            Witnessed(position=(entry["ts"].time << 32) | entry["ts"].inc, key=key, version=_version(operation))
            for entry in oplog.find({"op": {"$in": ["i", "u", "d", "c"]}}, sort=[("$natural", 1)])
            for operation in _operations(entry)
            if operation["ns"] == f"{database}.resources" and (key := _key(operation)) is not None
        ]


def _operations(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    inner = entry["o"].get("applyOps") if entry["op"] == "c" else None
    if inner is not None:
        yield from inner
    elif entry["op"] != "c":
        yield entry


def _key(operation: Mapping[str, Any]) -> Key | None:
    """Return the resource that an operation is of, None for definitions and whatever else there is."""
    identified = operation["o2"] if operation["op"] == "u" else operation["o"]
    _, namespace, name = identified["_id"].split(" ")
    return (namespace, name) if namespace in NAMESPACES else None


def _version(operation: Mapping[str, Any]) -> int | None:
    return None if operation["op"] == "d" else int(operation["o"]["version"])
