"""The reference implementation of JSON Schema, and whether it finds the same failures as we do.

Both tell every failure, but not always at the same place: the reference tells a missing, unknown or forbidden name at
the object around it, and of ``unevaluated*`` not which item is wrong. We say nothing below a value of a wrong type.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from jsonschema.validators import Draft7Validator, Draft202012Validator

from schema_builder.dialect import Dialect
from schema_builder.differences import pointer_token

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from schema_builder.errors import Failure

__all__ = ["REFERENCES", "disagreements"]

REFERENCES: Final[dict[Dialect, Any]] = {
    Dialect.DRAFT_2020_12: Draft202012Validator,
    Dialect.DRAFT_7: Draft7Validator,
}

_UNEVALUATED: Final = ("unevaluatedItems", "unevaluatedProperties")
_TOLD_AROUND: Final = {
    *_UNEVALUATED, "additionalItems", "additionalProperties", "dependencies", "dependentRequired", "false", "items",
    "propertyNames", "required",
}  # fmt: skip


def disagreements(failures: Iterable[Failure], errors: Iterable[ValidationError]) -> list[str]:
    """Return what only one of both finds wrong, in words; empty where they agree.

    Args:
        failures: What we say of an instance.
        errors: What ``iter_errors`` of the reference says of it.
    """
    ours = [(failure.path, _places(failure)) for failure in failures]
    theirs = [(_pointer(error), str(error.validator)) for error in errors]
    mistyped = tuple(f"{path}/" for path, keyword in theirs if keyword == "type")
    vague = [path for path, keyword in theirs if keyword in _UNEVALUATED]
    told = {path for path, _ in theirs}
    known = {place for _, places in ours for place in places}
    known.update(place for place in vague if any(path.startswith(place) for path, _ in ours))
    only_ours = {path for path, places in ours if told.isdisjoint(places) and not path.startswith(tuple(vague))}
    only_theirs = {path for path in told - known if not path.startswith(mistyped)}
    return [f"only ours: {path!r}" for path in only_ours] + [f"only the reference: {path!r}" for path in only_theirs]


def _places(failure: Failure) -> set[str]:
    return {failure.path, failure.path.rpartition("/")[0]} if failure.keyword in _TOLD_AROUND else {failure.path}


def _pointer(error: ValidationError) -> str:
    return "".join(f"/{pointer_token(str(token))}" for token in error.absolute_path)
