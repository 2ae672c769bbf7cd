"""Opaque node ids: base64url of ``(definition name, namespace, name, uid)``."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schema_builder.backend import Resource

__all__ = ["NodeId", "decode", "encode", "id_of"]

_SEPARATOR = "\0"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")


class NodeId(NamedTuple):
    """What an id names; ``namespace`` is None for cluster-scoped resources."""

    kind: str
    namespace: str | None
    name: str
    uid: str


def id_of(resource: Resource) -> str:
    """Return the id of a resource."""
    metadata = resource.metadata
    return _encoded(resource.kind, metadata.get("namespace"), metadata.get("name") or "", metadata.get("uid") or "")


def encode(node: NodeId) -> str:
    """Return the opaque form: URL-safe, without padding."""
    return _encoded(node.kind, node.namespace, node.name, node.uid)


def _encoded(kind: str, namespace: str | None, name: str, uid: str) -> str:
    text = f"{kind}{_SEPARATOR}{namespace or ''}{_SEPARATOR}{name}{_SEPARATOR}{uid}".encode()
    # binascii, not base64: a list encodes an id for each of its resources.
    encoded = binascii.b2a_base64(text, newline=False).translate(_URL_SAFE)
    return encoded.rstrip(b"=").decode("ascii")


def decode(node_id: str) -> NodeId | None:
    """Return what an id names, or None where it is no id of ours: ids are opaque, so a foreign one names nothing."""
    try:
        raw = base64.b64decode(node_id + "=" * (-len(node_id) % 4), altchars=b"-_", validate=True)
        parts = raw.decode().split(_SEPARATOR)
    except (binascii.Error, ValueError):
        return None
    if len(parts) != 4 or not parts[0] or not parts[2] or not parts[3]:
        return None
    node = NodeId(parts[0], parts[1] or None, parts[2], parts[3])
    return node if encode(node) == node_id else None
