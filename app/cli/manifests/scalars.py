"""What a plain YAML scalar means: the rules of the YAML library inside kubectl (sigs.k8s.io/yaml, YAML 1.1).

They differ from YAML 1.2, and from PyYAML: ``yes`` and ``on`` are booleans, ``0777`` and ``0o777`` octal, ``1e3`` a
number, ``1:30`` and ``=`` strings, ``08`` is eight, and date-times stay strings as written. What kubectl would silently
round (integers outside 64 bits) or cannot put into JSON (infinities) is refused here.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any, Final

from app.cli.manifests.errors import ManifestError

__all__ = ["MAX_INTEGER", "MIN_INTEGER", "key_text", "resolve_scalar", "resolve_tagged"]

MIN_INTEGER: Final = -(2**63)
MAX_INTEGER: Final = 2**63 - 1

_TRUE: Final = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
_FALSE: Final = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
_NULL: Final = frozenset(["", "~", "null", "Null", "NULL"])
_NOT_FINITE: Final = frozenset(
    [".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"],
)
_CONSTANTS: Final[dict[str, Any]] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL, None),
}
_NUMERIC_START: Final = frozenset("0123456789+-.")
_DATE: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}"
    r"([Tt]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[+-]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?",
    re.ASCII,
)
_DECIMAL: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_OTHER_BASE: Final = re.compile(r"([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))", re.ASCII)
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_MAX_DIGITS: Final = 1000

_TAG: Final = "tag:yaml.org,2002:"


def resolve_scalar(text: str) -> Any:
    """Return what a plain (unquoted, untagged) scalar means.

    Raises:
        ManifestError: It is a number that JSON or a signed 64-bit integer cannot hold.
    """
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMERIC_START:
        return text
    if text in _NOT_FINITE:
        raise ManifestError(f"{text} is not a number that JSON can hold; quote it to make it a string")
    if text[0] == ".":
        return _float(text, text) if _FLOAT.fullmatch(text) else text
    if _DATE.fullmatch(text):
        return text
    return _number(text)


def resolve_tagged(tag: str, text: str) -> Any:
    """Return what a scalar with an explicit tag means; unknown tags are passed over and leave a string.

    Raises:
        ManifestError: The text is no value of the tag's type.
    """
    name = tag.removeprefix(_TAG)
    if name == "binary":
        return _binary(text)
    if name not in {"bool", "int", "float", "null", "timestamp"}:
        return text
    value = resolve_scalar(text)
    fits = {
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, int | float) and not isinstance(value, bool),
        "null": value is None,
        "timestamp": _DATE.fullmatch(text) is not None,
    }
    if not fits[name]:
        raise ManifestError(f"cannot read {text!r} as !!{name}")
    return value


def key_text(value: Any) -> str:
    """Return the JSON object key that a YAML mapping key becomes: ``on`` is ``true``, ``0x10`` is ``16``.

    Raises:
        ManifestError: JSON has no such key (null, a list, a mapping).
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    raise ManifestError("a key must be a string, a number or a boolean")


def _number(text: str) -> Any:
    plain = text.replace("_", "")
    if _DECIMAL.fullmatch(plain):
        return _integer(plain, 10, text)
    if match := _OTHER_BASE.fullmatch(plain):
        sign, hexadecimal, binary, octal = match.groups()
        base = 16 if hexadecimal else 2 if binary else 8
        return _integer(sign + (hexadecimal or binary or octal), base, text)
    if _FLOAT.fullmatch(plain):
        return _float(plain, text)
    return text


def _integer(digits: str, base: int, text: str) -> int:
    value = int(digits, base) if len(digits) <= _MAX_DIGITS else None
    if value is None or not MIN_INTEGER <= value <= MAX_INTEGER:
        shown = text if len(text) <= 40 else text[:40] + "…"
        raise ManifestError(f"the integer {shown} does not fit in 64 bits; quote it to make it a string")
    return value


def _float(plain: str, text: str) -> Any:
    value = float(plain)
    if value in {float("inf"), float("-inf")}:
        return text  # out of range is no number to the reader that is followed here
    # JSON writes 1e3 as 1000: the same number, and an integer to whoever asks for one.
    if value.is_integer() and MIN_INTEGER <= value <= MAX_INTEGER and (value or not plain.startswith("-")):
        return int(value)
    return value


def _binary(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise ManifestError(
            "!!binary holds no base64 of UTF-8 text, and JSON has no bytes; write it as a string"
        ) from None
