"""Cursors of lists: where in an ordering an element stands, and nothing of the state it was read from.

A cursor is the base64url of ``[signature, sort values…, key without its storage key]``. The signature ties it to the
order it was made for: another order, or another kind's incarnation, cannot read it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Any, Final

import orjson

from schema_builder.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema_builder.backend import Order

__all__ = ["encode_cursor", "order_signature", "parse_cursor"]

_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")


def order_signature(order: Sequence[Order], *, storage: str, namespace: str | None) -> str:
    """Return a short text that differs between orders, kinds and namespaces of lists."""
    text = orjson.dumps([storage, namespace, [[list(term.path), term.descending] for term in order]])
    return hashlib.sha256(text).hexdigest()[:8]


def encode_cursor(signature: str, values: Sequence[Any], *, place: str) -> str:
    """Return the cursor of an element.

    Args:
        signature: Of the order.
        values: Its sort values, one a term: None, boolean, number or string each.
        place: ``"<namespace> <name>"``.
    """
    return base64.urlsafe_b64encode(orjson.dumps([signature, *values, place])).rstrip(b"=").decode()


def parse_cursor(text: str, signature: str, *, terms: int, argument: str) -> tuple[tuple[Any, ...], str]:
    """Return (sort values, ``"<namespace> <name>"``) of a cursor.

    Raises:
        BadUserInput: It is no cursor of this order.
    """
    parts = _decode(text)
    if (
        not isinstance(parts, list)
        or len(parts) != terms + 2
        or parts[0] != signature
        or not isinstance(parts[-1], str)
        or not all(value is None or isinstance(value, bool | int | float | str) for value in parts[1:-1])
    ):
        raise BadUserInput(f"{argument}: is no cursor of this list in this order")
    return tuple(parts[1:-1]), parts[-1]


def _decode(text: str) -> Any:
    if not _BASE64URL.fullmatch(text):
        return None
    try:
        return orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        return None
