"""How a resource looks inside MongoDB.

    {_id: "<storage key> <namespace> <name>",
     version: 7…,                           # int64, the object's resourceVersion
     metadata: {name, namespace, uid, …},   # wire form; the rules of labels and annotations keep its keys harmless
     body: {spec, status, …},
     labels: ["app", "app=web"],            # what selectors look up
     deleting: "orphan",                    # the server's own finalizer that holds it back from its deletion
     escaped: true,                         # only where keys of the body had to be escaped
     x0: {k: "<storage key>:<n>", a: …},    # slots of declared indexes: app.store.slots
     migrated: 7…,                          # the newest migration that it has gone through, where some were pending
     internal: {…}}                         # definitions only: what the registry needs beside the resource

The schemas of a definition are JSON text in here, compressed where it is long: their depth and their keys are not
MongoDB's business, and each of them would be sent, journaled and kept in histories at five times the size.
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Any, Final

import bson
import orjson
from bson.int64 import Int64

from app.errors import LimitExceeded
from app.resources.deletion import held_by_collector
from app.resources.keys import DEFINITIONS_KEY, resource_key
from app.resources.selectors import label_terms
from app.resources.states import State
from app.store.escaping import escape_keys, unescape_keys
from schema_builder.backend import Resource
from schema_builder.errors import Failure, Invalid
from schema_builder.structural import EMPTY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schema_builder.compile import CompiledKind

__all__ = ["MAX_BYTES", "TEXT_FIELDS", "pack_texts", "state_of", "to_document", "to_resource", "visible"]

MAX_BYTES: Final = 4 * 1024 * 1024
"""Largest document: a change event carries two of them, and must stay under MongoDB's 16 MiB."""

TEXT_FIELDS: Final = ("schema", "statusSchema", "extraFields")
"""Fields of a definition's spec that are stored as JSON text."""

_SHORT_TEXT: Final = 512
_COMPRESSION: Final = 3


def to_document(
    state: State,
    *,
    storage: str,
    slots: Mapping[str, Any] | None = None,
    internal: Mapping[str, Any] | None = None,
    migrated: int = 0,
) -> dict[str, Any]:
    """Return the document of a state.

    Args:
        state: The state; its version is to be the stored one. A definition's body may be packed already.
        storage: The kind's storage key.
        slots: Values of the kind's declared indexes.
        internal: What the registry keeps beside a definition.
        migrated: The number of the newest run of migrations that it has gone through; 0 where none is pending.

    Raises:
        LimitExceeded: The document is larger than 4 MiB.
        Invalid: A text in it is no Unicode.
    """
    body = pack_texts(state.body) if storage == DEFINITIONS_KEY else state.body
    stored = escape_keys(body)
    metadata = state.metadata
    document: dict[str, Any] = {
        "_id": resource_key(storage, namespace=metadata["namespace"], name=metadata["name"]),
        "version": state.version,
        "metadata": metadata,
        "body": stored,
    }
    if metadata["labels"]:
        document["labels"] = label_terms(metadata["labels"])
    if (finalizer := held_by_collector(metadata)) is not None:
        document["deleting"] = finalizer
    if stored is not body:
        document["escaped"] = True
    if internal is not None:
        document["internal"] = internal
    if migrated:
        document["migrated"] = Int64(migrated)
    document.update(slots or {})
    size = _size(document)
    if size > MAX_BYTES:
        raise LimitExceeded(
            f"{metadata['name']}: a resource has at most {MAX_BYTES} bytes of BSON, this one has {size}"
        )
    return document


def _size(document: Mapping[str, Any]) -> int:
    try:
        return len(bson.encode(document))
    except UnicodeEncodeError as error:
        reason = Failure("", "unicode", f"holds a text that is no Unicode: {error.object[:40]!a}")
        raise Invalid("The resource is invalid: a text is no Unicode", [reason]) from None


def state_of(document: Mapping[str, Any]) -> State:
    """Return the state that a document holds, writeOnly values included."""
    body = document["body"]
    if document.get("escaped"):
        body = unescape_keys(body)
    if document["_id"].startswith(DEFINITIONS_KEY):
        body = _without_texts(body)
    return State(document["metadata"], body, document["version"])


def to_resource(document: Mapping[str, Any], kind: CompiledKind) -> Resource:
    """Return the resource that a document holds, as clients may see it.

    Args:
        document: As MongoDB has it: the answer of a read, or the ``fullDocument`` of a change event.
        kind: Its kind (``Registry.kind_by_storage_key`` of the first part of ``_id``).
    """
    return visible(state_of(document), kind)


def visible(state: State, kind: CompiledKind) -> Resource:
    """Return a state as clients may see it: without writeOnly values, with its resourceVersion."""
    body = kind.body.redact(state.body) if kind.body.has_write_only else state.body
    return Resource(kind.names.type_name, {**state.metadata, "resourceVersion": str(state.version)}, body)


def pack_texts(body: Mapping[str, Any], known: Mapping[str, bytes] = EMPTY) -> dict[str, Any]:
    """Return a definition's body with its schemas as they are stored; takes long where they are large.

    Args:
        body: The body.
        known: Schemas as compressed JSON, by the name of their field.
    """
    spec = dict(body["spec"])
    for name in TEXT_FIELDS:
        if name in known:
            spec[name] = known[name]
        elif name in spec and not isinstance(spec[name], bytes | str):  # text is packed already: no schema is one
            text = orjson.dumps(spec[name])
            spec[name] = text.decode() if len(text) < _SHORT_TEXT else zlib.compress(text, _COMPRESSION)
    return {**body, "spec": spec}


def _without_texts(body: Mapping[str, Any]) -> dict[str, Any]:
    spec = dict(body["spec"])
    for name in TEXT_FIELDS:
        stored = spec.get(name)
        if isinstance(stored, bytes):
            spec[name] = orjson.loads(zlib.decompress(stored))
        elif isinstance(stored, str):
            spec[name] = orjson.loads(stored)
    return {**body, "spec": spec}
