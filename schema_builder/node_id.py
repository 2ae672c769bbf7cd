"""Opaque node ids: base64url of ``(definition name, namespace, name, uid)``."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from schema_builder.backend import Resource

__all__ = ["NodeId", "decode", "encode", "id_of"]

_SEPARATOR = "\0"


class NodeId(NamedTuple):
    """What an id names; ``namespace`` is None for cluster-scoped resources."""

    kind: str
    namespace: str | None
    name: str
    uid: str


def id_of(resource: Resource) -> str:
    """Return the id of a resource."""
    metadata = resource.metadata
    return encode(
        NodeId(resource.kind, metadata.get("namespace"), metadata.get("name") or "", metadata.get("uid") or "")
    )


def encode(node: NodeId) -> str:
    """Return the opaque form: URL-safe, without padding."""
    text = _SEPARATOR.join((node.kind, node.namespace or "", node.name, node.uid))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode("ascii")


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
