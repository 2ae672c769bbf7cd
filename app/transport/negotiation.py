"""Media types of GraphQL over HTTP: what a client accepts, and what it sends."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["MediaType", "accepted", "is_json"]


class MediaType(StrEnum):
    """What ``/graphql`` can answer with."""

    RESPONSE = "application/graphql-response+json"
    JSON = "application/json"
    EVENT_STREAM = "text/event-stream"


_RANGES: Final = {
    **{media_type.value: media_type for media_type in MediaType},
    "*/*": MediaType.JSON,
    "application/*": MediaType.JSON,
    "text/*": MediaType.EVENT_STREAM,
}


def accepted(header: str | None) -> MediaType | None:
    """Return the media type to answer with, or None where the client accepts none of ours.

    The greatest quality wins, then the first in the header; a client that says nothing gets ``application/json``.
    """
    if header is None or not header.strip():
        return MediaType.JSON
    best: tuple[float, MediaType] | None = None
    for media_range in header.lower().split(","):
        name, _, parameters = media_range.partition(";")
        media_type = _RANGES.get(name.strip())
        quality = _quality(parameters)
        if media_type is not None and quality > 0 and (best is None or quality > best[0]):
            best = quality, media_type
    return best[1] if best else None


def _quality(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def is_json(header: str | None) -> bool:
    """Return whether a ``Content-Type`` is JSON in UTF-8.

    No web form can send that: a page of another site cannot post it without asking first (CORS preflight).
    """
    name, _, parameters = (header or "").lower().partition(";")
    if name.strip() != MediaType.JSON:
        return False
    for parameter in parameters.split(";"):
        key, _, value = parameter.partition("=")
        if key.strip() == "charset" and value.strip().strip('"') not in {"utf-8", "utf8"}:
            return False
    return True
