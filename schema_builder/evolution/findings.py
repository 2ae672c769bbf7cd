"""What was found while two kinds were compared for their clients, gathered by place: one place is in many types."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from schema_builder.evolution.change import Audience, Change, Severity
from schema_builder.evolution.places import Places

if TYPE_CHECKING:
    from collections.abc import Collection

    from schema_builder.definition import Definition

__all__ = ["Findings"]

Place = tuple[str, ...]

_OUTPUTS: Final = "outputs"
_INPUT_ROLES: Final = ("inputs", "patches")
_MAX_NAME: Final = 200


@dataclass(slots=True)
class _Found:
    severity: Severity
    roles: list[str]
    detail: str
    gone: bool


@dataclass(slots=True)
class Findings:
    """Differences by (place, what kind of difference, of what)."""

    _found: dict[tuple[Place, str, str], _Found] = field(default_factory=dict)

    def removed(self, place: Place, role: str, name: str) -> None:
        """Note a field that is gone from some types."""
        self._note(place, "FIELD_REMOVED", name, Severity.BREAKING, role, gone=True)

    def renamed(self, place: Place, role: str, before: str, after: str) -> None:
        """Note a field that GraphQL calls otherwise."""
        self._note(place, "FIELD_RENAMED", f"{before} is now called {after}", Severity.BREAKING, role)

    def added(self, place: Place, role: str, name: str, *, required: bool) -> None:
        """Note a new field."""
        if required:
            self._note(place, "REQUIRED_INPUT_ADDED", name, Severity.BREAKING, role)
        else:
            self._note(place, "FIELD_ADDED", name, Severity.SAFE, role)

    def retyped(self, place: Place, role: str, before: str, after: str, *, safe: bool) -> None:
        """Note a field of another type."""
        if safe:
            self._note(place, "INPUT_WIDENED", "", Severity.SAFE, role, said=f"takes {after} where it took {before}")
        elif after == f"{before}!":
            self._note(place, "INPUT_REQUIRED", "", Severity.BREAKING, role, said="is required in inputs")
        else:
            self._note(place, "TYPE_CHANGED", "", Severity.BREAKING, role, said=f"is {after}, was {before}")

    def one_of(self, place: Place) -> None:
        """Note an input that takes one of its fields only."""
        self._note(place, "ONE_OF", "", Severity.BREAKING, "inputs", said="takes exactly one of its fields in inputs")

    def deprecation(self, place: Place, before: str | None, after: str | None) -> None:
        """Note a mark that came or went."""
        if before == after:
            return
        if after is None:
            self._note(place, "UNDEPRECATED", "", Severity.SAFE, _OUTPUTS, said="is not deprecated any more")
        else:
            self._note(place, "DEPRECATED", "", Severity.SAFE, _OUTPUTS, said=f"is deprecated: {after[:_MAX_NAME]}")

    def described(self) -> None:
        """Note other words about the kind."""
        self._note((), "DESCRIPTION_CHANGED", "", Severity.SAFE, _OUTPUTS, said="the kind is described otherwise")

    def value_removed(self, place: Place, value: str, *, role: str) -> None:
        """Note a value that an enum has no more."""
        if role == "orders":
            self._note((), "ORDER_REMOVED", value, Severity.BREAKING, role, said=f"cannot be ordered by {value}")
        else:
            self._note(place, "ENUM_VALUE_REMOVED", value, Severity.BREAKING, role, said=f"cannot be {value} any more")

    def value_added(self, place: Place, value: str, *, role: str) -> None:
        """Note a new value of an enum: what is read may be it."""
        if role == "orders":
            self._note((), "ORDER_ADDED", value, Severity.SAFE, role, said=f"can be ordered by {value}")
        else:
            severity = Severity.DANGEROUS if role == _OUTPUTS else Severity.SAFE
            self._note(place, "ENUM_VALUE_ADDED", value, severity, role, said=f"can be {value}")

    def member_removed(self, place: Place, name: str) -> None:
        """Note a type that a union has no more."""
        self._note(place, "VARIANT_REMOVED", name, Severity.BREAKING, _OUTPUTS, said=f"cannot be {name} any more")

    def member_added(self, place: Place, name: str) -> None:
        """Note a new type of a union."""
        self._note(place, "VARIANT_ADDED", name, Severity.DANGEROUS, _OUTPUTS, said=f"can be {name}")

    def root_field_renamed(self, root: str, before: str, after: str) -> None:
        """Note a root field that is called otherwise."""
        said = f"{root}.{before} is now called {after}"
        self._note((), "ROOT_FIELD_RENAMED", before, Severity.BREAKING, _OUTPUTS, said=said)

    def _note(
        self, place: Place, change: str, of: str, severity: Severity, role: str, *, said: str = "", gone: bool = False
    ) -> None:
        found = self._found.setdefault((place, change, of), _Found(severity, [], said, gone))
        if severity is Severity.DANGEROUS:
            found.severity = severity
        if role not in found.roles:
            found.roles.append(role)

    def changes(self, before: Definition, after: Definition) -> list[Change]:
        """Return what was found, with pointers into the definitions."""
        places = {False: Places(after), True: Places(before)}
        renamed = "/spec/plural" if before.plural != after.plural else "/spec/singular"
        required = {place for place, change, _ in self._found if change == "REQUIRED_INPUT_ADDED"}
        return [
            Change(
                path=places[found.gone].pointer(place) if place else _pointer(change, renamed),
                change=change,
                audience=Audience.CLIENTS,
                severity=found.severity,
                message=_message(place, change, of, found),
                place=place,
            )
            for (place, change, of), found in self._found.items()
            if not (change == "FIELD_ADDED" and place in required)
        ]


def _pointer(change: str, renamed: str) -> str:
    if change.startswith("ORDER_"):
        return "/spec/indexes"
    return renamed if change == "ROOT_FIELD_RENAMED" else "/spec/description"


def _message(place: Place, change: str, of: str, found: _Found) -> str:
    named = ".".join(place)[:_MAX_NAME]
    match change:
        case "FIELD_REMOVED":
            said = "is removed" if _OUTPUTS in found.roles else f"is no longer in {_listed(found.roles)}"
        case "FIELD_RENAMED":
            said = f"changes its name in GraphQL: {of}"
        case "REQUIRED_INPUT_ADDED":
            said = "is new, and required in inputs"
        case "FIELD_ADDED":
            said = "is new" if _OUTPUTS in found.roles else f"is new in {_listed(found.roles)}"
        case "TYPE_CHANGED" if _OUTPUTS not in found.roles:
            said = f"{found.detail}, in {_listed(found.roles)}"
        case _:
            said = found.detail
    return f"{named} {said}" if named else said


def _listed(roles: Collection[str]) -> str:
    return ", ".join(roles)
