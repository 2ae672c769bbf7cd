"""Declared indexes: fixed slots in the shared collection, taken by the definitions that need them.

A plain index takes one of x0 … x15, a unique one one of y0 … y7. In each resource of the kind the slot holds

    x3: {k: "<storage key>:<since>", a: "eu-west", b: 5432}

where ``since`` is the position that the index was declared at, so that what an earlier index has left in the slot is
never seen. Values are normalised: date-times are microseconds since 1970. A missing value is null, and sorts before
every other. In a unique slot ``n`` is the resource's key where some value is missing: such resources are never equal.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from pymongo import ASCENDING, IndexModel

from schema_builder.conditions import instant
from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.indexes import written_path

__all__ = [
    "COLUMNS",
    "MAX_INDEXED_BYTES",
    "PLAIN_SLOTS",
    "UNIQUE_SLOTS",
    "IndexField",
    "IndexState",
    "Slot",
    "index_models",
    "normalised",
    "slot_failures",
    "slot_values",
    "value_at",
]

COLUMNS: Final = "abcdefgh"
PLAIN_SLOTS: Final = tuple(f"x{number}" for number in range(16))
UNIQUE_SLOTS: Final = tuple(f"y{number}" for number in range(8))
MAX_INDEXED_BYTES: Final = 2048
"""Longest text that is indexed: a key of MongoDB's index holds up to eight of them."""
_EPOCH: Final = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_MICROSECOND: Final = datetime.timedelta(microseconds=1)


class IndexState(StrEnum):
    """How far a declared index is."""

    BUILDING = "BUILDING"
    READY = "READY"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class IndexField:
    """One indexed place.

    Attributes:
        path: Original names from the resource's root.
        instant: Whether its values are date-times.
    """

    path: tuple[str, ...]
    instant: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A declared index in its slot.

    Attributes:
        name: Name of the slot, of its field in documents, and of the MongoDB index.
        key: What ``k`` is in the kind's resources.
        fields: What it indexes.
        unique: Whether two resources may not have the same values.
        since: Position from which on all resources have their values in it, once it is READY.
        state: BUILDING: every write gives it values, and some resources have none yet. FAILED: nobody does.
        message: Why it failed.
    """

    name: str
    key: str
    fields: tuple[IndexField, ...]
    unique: bool
    since: int
    state: IndexState = IndexState.READY
    message: str = ""

    @property
    def is_written(self) -> bool:
        """Whether writes give it values."""
        return self.state is not IndexState.FAILED

    @property
    def says(self) -> str:
        """Return what it indexes, for people: ``spec.region, spec.port``."""
        return ", ".join(written_path(field.path) for field in self.fields)


def index_models() -> list[IndexModel]:
    """Return MongoDB's index of each slot."""
    return [_model(name, unique=False) for name in PLAIN_SLOTS] + [_model(name, unique=True) for name in UNIQUE_SLOTS]


def _model(name: str, *, unique: bool) -> IndexModel:
    columns = [(f"{name}.{column}", ASCENDING) for column in f"k{COLUMNS}"]
    last = (f"{name}.n", ASCENDING) if unique else ("_id", ASCENDING)
    return IndexModel(
        [*columns, last], name=name, unique=unique, partialFilterExpression={f"{name}.k": {"$exists": True}}
    )


def value_at(body: Mapping[str, Any], path: Sequence[str]) -> Any:
    """Return the value at a path of original names, None where there is none."""
    value: Any = body
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def normalised(value: Any, field: IndexField) -> Any:
    """Return a value as slots hold it; what ``slot_failures`` tells is none."""
    if isinstance(value, list | Mapping):
        return None
    if not field.instant:
        return value
    moment = instant(value)
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def slot_values(
    slots: Iterable[Slot], metadata: Mapping[str, Any], body: Mapping[str, Any], *, key: str
) -> dict[str, Any]:
    """Return ``{slot name: what it holds}`` for one resource with this key."""
    whole = {**body, "metadata": metadata}
    held: dict[str, Any] = {}
    for slot in slots:
        if not slot.is_written:
            continue
        values = [normalised(value_at(whole, field.path), field) for field in slot.fields]
        entry = {"k": slot.key, **dict(zip(COLUMNS, values, strict=False))}
        if slot.unique and None in values:
            entry["n"] = key
        held[slot.name] = entry
    return held


def slot_failures(slots: Iterable[Slot], body: Mapping[str, Any]) -> Iterator[Failure]:
    """Yield the places that cannot be indexed: lists and objects have no order, and large texts no place."""
    for path in sorted({field.path for slot in slots if slot.is_written for field in slot.fields}):
        value: Any = body
        for depth, name in enumerate(path, start=1):
            value = value.get(name) if isinstance(value, Mapping) else None
            if isinstance(value, list) or (isinstance(value, Mapping) and depth == len(path)):
                message = "must lead to a single value: a declared index holds it"
                yield Failure(_pointer(path[:depth]), "index", message)
                break
        if isinstance(value, str) and _is_long(value):
            message = f"must have at most {MAX_INDEXED_BYTES} bytes in UTF-8: a declared index holds it"
            yield Failure(_pointer(path), "index", message)


def _is_long(text: str) -> bool:
    return len(text) > MAX_INDEXED_BYTES / 4 and len(text.encode(errors="surrogatepass")) > MAX_INDEXED_BYTES


def _pointer(path: Sequence[str]) -> str:
    return "".join(f"/{pointer_token(part)}" for part in path)
