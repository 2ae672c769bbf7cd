"""JSON values as CEL values: what a schema says about numbers, dates, durations and bytes decides their type.

The rule of Kubernetes: a ``number`` is a double even where its value is whole, and strings of the formats ``date``,
``date-time``, ``duration`` and ``byte`` are timestamps, durations and bytes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from schema_builder.places import Unresolvable

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["Converter"]

_NANOSECONDS: Final[Mapping[str, int]] = {
    unit: nanoseconds
    for units, nanoseconds in (
        ("ns nano nanos nanosecond nanoseconds", 1),
        ("us µs μs micro micros microsecond microseconds", 10**3),
        ("ms milli millis millisecond milliseconds", 10**6),
        ("s sec secs second seconds", 10**9),
        ("m min mins minute minutes", 60 * 10**9),
        ("h hr hrs hour hours", 3_600 * 10**9),
        ("d day days", 86_400 * 10**9),
        ("w wk wks week weeks", 604_800 * 10**9),
    )
    for unit in units.split()
}
_UNIT: Final = re.compile(
    r"(?P<number>[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20}) ?"
    rf"(?P<unit>{'|'.join(sorted(_NANOSECONDS, key=len, reverse=True))}) ?"
)
_DURATION: Final = re.compile(f"(?:{re.sub('[?]P<[a-z]+>', '?:', _UNIT.pattern)})+")


class Converter:
    """Converts values of the places of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._needed: dict[int, bool] = {}

    def of(self, schema: Any) -> Callable[[Any], Any] | None:
        """Return what converts values of a schema, or None where JSON and CEL agree."""
        return partial(self.convert, schema=schema) if self.needed(schema) else None

    def needed(self, schema: Any) -> bool:
        """Tell whether anything below a schema has another type in CEL than in JSON."""
        known = self._needed.get(id(schema))
        if known is None:
            known = self._needed[id(schema)] = self._search(schema)
        return known

    def convert(self, value: Any, schema: Any) -> Any:
        """Return a value as its schema says; what does not fit the schema stays as it is."""
        if not isinstance(schema, dict):
            return value
        leaf = _leaf(schema)
        if leaf is not None and isinstance(value, str | int):
            value = leaf(value)
        if isinstance(value, Mapping):
            value = {name: self._convert_all(item, _of_property(schema, name)) for name, item in value.items()}
        elif isinstance(value, list) and isinstance(items := schema.get("items"), dict):
            value = [self.convert(item, items) for item in value]
        return self._convert_all(value, self._beside(schema))

    def _convert_all(self, value: Any, schemas: list[Any]) -> Any:
        for schema in schemas:
            value = self.convert(value, schema)
        return value

    def _beside(self, schema: dict[str, Any]) -> list[Any]:
        found = list(schema.get("allOf", ()))
        if "$ref" in schema:
            try:
                found.append(self._document.resolve(schema["$ref"], base=self._document.base(schema)).schema)
            except Unresolvable:  # the definition was refused for it
                return found
        return found

    def _search(self, start: Any) -> bool:
        seen: set[int] = set()
        pending = [start]
        while pending:
            schema = pending.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            seen.add(id(schema))
            if _leaf(schema) is not None:
                return True
            pending += self._beside(schema)
            pending += schema.get("properties", {}).values()
            pending += schema.get("patternProperties", {}).values()
            pending += (schema.get("items"), schema.get("additionalProperties"))
        return False


def _of_property(schema: dict[str, Any], name: str) -> list[Any]:
    properties = schema.get("properties")
    if properties is not None and name in properties:
        return [properties[name]]
    extra = schema.get("additionalProperties")
    return [extra] if isinstance(extra, dict) else []


def _leaf(schema: dict[str, Any]) -> Callable[[Any], Any] | None:
    if schema.get("type") == "number" and schema.get("x-kubernetes-int-or-string") is not True:
        return _double
    if schema.get("type") == "integer":
        return None
    return _FORMATS.get(schema["format"]) if isinstance(schema.get("format"), str) else None


def _double(value: Any) -> Any:
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _timestamp(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    from google.protobuf.timestamp_pb2 import Timestamp  # noqa: PLC0415 - only few kinds need it

    moment = Timestamp()
    text = value.upper()
    try:
        moment.FromJsonString(text if "T" in text else f"{text}T00:00:00Z")
    except ValueError:
        return value
    return moment


def _duration(value: Any) -> Any:
    """Return a duration as Go and Kubernetes write them: ``1h30m``, ``-1.5s``, ``2 days``."""
    if not isinstance(value, str):
        return value
    from google.protobuf.duration_pb2 import Duration  # noqa: PLC0415 - only few kinds need it

    sign, text = (-1, value[1:]) if value.startswith("-") else (1, value.removeprefix("+"))
    if text != "0" and not _DURATION.fullmatch(text):
        return value
    nanoseconds = sum(
        Decimal(match["number"]) * _NANOSECONDS[match["unit"]] for match in _UNIT.finditer(text if text != "0" else "")
    )
    length = Duration()
    try:
        length.FromNanoseconds(sign * int(nanoseconds))
    except ValueError:
        return value
    return length


def _bytes(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return bytearray(base64.b64decode(value, validate=True))
    except (ValueError, binascii.Error):
        return value


_FORMATS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "byte": _bytes,
    "date": _timestamp,
    "date-time": _timestamp,
    "duration": _duration,
}
