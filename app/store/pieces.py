"""Decoding large answers of MongoDB without holding others up.

The driver decodes an answer in one call of C code that lets nobody else run, and 16 MiB take it tenths of a second.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument

from app.pacing import Pace

__all__ = ["UNDECODED", "decode_cursor"]

UNDECODED: Final = CodecOptions(document_class=RawBSONDocument)
"""For a command whose answer is to be decoded here."""

_DECODED: Final[CodecOptions[dict[str, Any]]] = CodecOptions(tz_aware=True)
_SMALL_BYTES: Final = 262_144
_LONG_SECONDS: Final = 0.005


async def decode_cursor(answer: RawBSONDocument) -> dict[str, Any]:
    """Return the ``cursor`` of a command's answer: ``{firstBatch, id, …}``."""
    if len(answer.raw) <= _SMALL_BYTES:
        cursor: dict[str, Any] = bson.decode(answer.raw, _DECODED)["cursor"]
        return cursor
    cursor = dict(answer["cursor"])
    pace = Pace()
    documents = []
    for document in cursor["firstBatch"]:
        began = time.perf_counter()
        documents.append(bson.decode(document.raw, _DECODED))
        taken = time.perf_counter() - began
        if taken > _LONG_SECONDS:  # a request of others takes several turns of the loop: let them have as long
            await asyncio.sleep(taken)
        else:
            await pace.keep()
    return {**cursor, "firstBatch": documents}
