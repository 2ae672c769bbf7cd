"""What each write does, decided purely: current state and input in, the next state out.

The rules (generation, finalizers, no-op writes) are in section 3.2 of the contract. A decision never looks at who else
writes: whoever commits it makes sure that the state it was decided on is still the stored one.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from app.errors import Conflict, LimitExceeded
from app.resources.drafts import applied_metadata, initial_metadata, patched_metadata, replaced_metadata
from app.resources.metadata import metadata_failures
from app.resources.states import State, has_finalizers, is_going
from app.resources.times import format_time
from schema_builder.differences import identical
from schema_builder.errors import BadUserInput, Failure, Invalid, KindgraphError, told
from schema_builder.limits import MAX_BODY_DEPTH

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Mapping, Sequence

    from schema_builder.body import BodySchema

__all__ = [
    "Action",
    "Decision",
    "Rules",
    "decide_apply",
    "decide_create",
    "decide_replace",
    "decide_status",
    "decide_unlink",
    "decide_update",
    "expect_version",
]

_RESERVED = frozenset({"metadata", "status"})


class Action(Enum):
    """What is to be committed."""

    INSERT = "insert"
    REPLACE = "replace"
    DELETE = "delete"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a write does.

    Attributes:
        action: What is to be committed.
        state: The state that the client is answered; the next one, unless the action is NOTHING.
    """

    action: Action
    state: State


@dataclass(frozen=True, slots=True)
class Rules:
    """What a kind asks of its resources.

    Attributes:
        type_name: The kind's GraphQL name, for messages.
        body: Defaults, checks and merges of bodies.
        namespaced: Whether resources have a namespace.
        graphql_named: Whether names are GraphQL names (those of definitions).
        max_depth: How deep a section of a body may be nested.
    """

    type_name: str
    body: BodySchema
    namespaced: bool
    graphql_named: bool = False
    max_depth: int = MAX_BODY_DEPTH


def expect_version(state: State, wanted: str | None) -> None:
    """Check a client's precondition.

    Raises:
        BadUserInput: The text is no resourceVersion.
        Conflict: The resource has another.
    """
    if wanted is None:
        return
    if not wanted.isascii() or not wanted.isdigit() or len(wanted) > 20:
        raise BadUserInput("resourceVersion: must be one that the server has told")
    if int(wanted) != state.version:
        raise Conflict(
            f"{state.metadata['name']}: expected resourceVersion {wanted}, found {state.version}",
            extensions={"resourceVersion": str(state.version)},
        )


def decide_create(
    rules: Rules, given: Mapping[str, Any], *, name: Any, namespace: str | None, uid: str, now: datetime.datetime
) -> Decision:
    """Decide a create under a name that is not taken.

    Raises:
        Invalid: With every failure of metadata and body.
    """
    metadata = initial_metadata(given.get("metadata") or {}, name=name, namespace=namespace, uid=uid, now=now)
    body = rules.body.complete(_sections(given))
    _check(rules, metadata, body)
    return Decision(Action.INSERT, State(metadata, body))


def decide_update(rules: Rules, current: State, patch: Mapping[str, Any], *, now: datetime.datetime) -> Decision:
    """Decide a JSON merge patch (RFC 7386) of all but status."""
    metadata = patched_metadata(current.metadata, patch.get("metadata") or {})
    changes = _sections(patch)
    body = current.body
    if changes:
        body = rules.body.complete(rules.body.merge_patch(current.body, changes), previous=current.body)
    return _changed(rules, current, metadata, body, now=now)


def decide_replace(rules: Rules, current: State, given: Mapping[str, Any], *, now: datetime.datetime) -> Decision:
    """Decide a replacement of all but uid, createdAt and status."""
    metadata = replaced_metadata(current.metadata, given.get("metadata") or {})
    body = _with_status(rules.body.complete(_sections(given), previous=current.body), current)
    return _changed(rules, current, metadata, body, now=now)


def decide_apply(rules: Rules, current: State, given: Mapping[str, Any], *, now: datetime.datetime) -> Decision:
    """Decide a merge of what is applied into what is there."""
    metadata = applied_metadata(current.metadata, given.get("metadata") or {})
    merged = rules.body.merge_apply(current.body, _sections(given))
    body = _with_status(rules.body.complete(merged, previous=current.body), current)
    return _changed(rules, current, metadata, body, now=now)


def decide_status(rules: Rules, current: State, status: Any, *, now: datetime.datetime) -> Decision:
    """Decide a JSON merge patch of status alone."""
    merged = rules.body.merge_patch(current.body, {"status": status})
    completed = rules.body.complete(merged, previous=current.body)
    body = {name: value for name, value in current.body.items() if name != "status"}
    if "status" in completed:
        body["status"] = completed["status"]
    if identical(body, current.body):
        return Decision(Action.NOTHING, current)
    if failures := rules.body.status_failures(body, previous=current.body, metadata=current.metadata):
        raise _invalid(rules, current.metadata, failures)
    return Decision(Action.REPLACE, State({**current.metadata, "updatedAt": format_time(now)}, body))


def decide_unlink(
    rules: Rules, current: State, paths: Iterable[Sequence[str | int]], *, now: datetime.datetime
) -> Decision:
    """Decide to take names away: properties become null, or go where the schema forbids null, and list items go.

    Args:
        rules: Of the kind.
        current: The stored state.
        paths: Where the names stand, from the section on.
        now: The time.

    Raises:
        Invalid: Without them the resource breaks rules of its schema.
    """
    body = copy.deepcopy({name: value for name, value in current.body.items() if name != "status"})
    for path in sorted(paths, key=_later_items_first, reverse=True):
        *inner, last = path
        holder: Any = body
        for token in inner:
            holder = holder[token]
        if isinstance(last, int):
            del holder[last]
        else:
            holder[last] = None
    completed = _with_status(rules.body.complete(body, previous=current.body), current)
    return _changed(rules, current, dict(current.metadata), completed, now=now)


def _later_items_first(path: Sequence[str | int]) -> list[str]:
    return [f"{token:09d}" if isinstance(token, int) else token for token in path]


def _changed(
    rules: Rules, current: State, metadata: dict[str, Any], body: Mapping[str, Any], *, now: datetime.datetime
) -> Decision:
    same_body = body is current.body or identical(body, current.body)
    if same_body and identical(metadata, current.metadata):
        return Decision(Action.NOTHING, current)
    failures = list(_metadata_failures(rules, metadata, current))
    if not same_body:
        failures += rules.body.failures(body, previous=current.body, metadata=metadata, max_depth=rules.max_depth)
        metadata["generation"] = current.metadata["generation"] + 1
    if failures:
        raise _invalid(rules, metadata, failures)
    metadata["updatedAt"] = format_time(now)
    state = State(metadata, body)
    ends = is_going(state) and not has_finalizers(state)
    return Decision(Action.DELETE if ends else Action.REPLACE, state)


def _metadata_failures(rules: Rules, metadata: Mapping[str, Any], current: State) -> list[Failure]:
    failures = list(metadata_failures(metadata, namespaced=rules.namespaced, graphql_named=rules.graphql_named))
    if is_going(current):
        failures += [
            Failure(f"/metadata/finalizers/{index}", "finalizer", "cannot be added: the deletion was requested")
            for index, finalizer in enumerate(metadata["finalizers"])
            if finalizer not in current.metadata["finalizers"]
        ]
    return failures


def _check(rules: Rules, metadata: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    failures = [
        *metadata_failures(metadata, namespaced=rules.namespaced, graphql_named=rules.graphql_named),
        *rules.body.failures(body, metadata=metadata, max_depth=rules.max_depth),
    ]
    if failures:
        raise _invalid(rules, metadata, failures)


def _invalid(rules: Rules, metadata: Mapping[str, Any], failures: list[Failure]) -> KindgraphError:
    name = str(metadata["name"])[:80]
    for failure in failures:
        if failure.keyword == "depth":
            return LimitExceeded(f"{rules.type_name} {name!r}: {failure.path} {failure.message}")
    return Invalid(f"{rules.type_name} {name!r} is invalid: {told(failures)}.", failures)


def _sections(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in _RESERVED}


def _with_status(body: Mapping[str, Any], current: State) -> dict[str, Any]:
    kept = {name: value for name, value in body.items() if name != "status"}
    if "status" in current.body:
        kept["status"] = current.body["status"]
    return kept
