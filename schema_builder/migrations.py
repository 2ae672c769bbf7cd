"""Declared migrations: what is to be done once to every stored resource, so that it fits a changed schema.

    move:    {from: spec.host, to: spec.endpoint.host}    within each item: spec.ports[*].port -> spec.ports[*].number
    default: {path: spec.tls, value: true}                where nothing is there; objects on the way are made
    drop:    spec.legacy

Paths are those of indexes; ``[*]`` behind a name means each item of a list, or each value of a map.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from schema_builder.differences import identical
from schema_builder.errors import Failure
from schema_builder.indexes import parse_path

__all__ = ["Blocked", "Migration", "migrate", "parse_migrations", "shown_path", "with_place"]

Path = tuple[str | None, ...]
"""Names from the resource's root; None stands for each item."""

_PATH: Final = "/spec/migrations"
_EACH: Final = "[*]"
_KINDS: Final = frozenset({"move", "default", "drop"})
_TAKEN: Final = frozenset({"apiVersion", "group", "id", "kind", "metadata"})
_MAX: Final = 100
_MAX_STEPS: Final = 50


class Migration(NamedTuple):
    """One step.

    Attributes:
        source: What is taken away; None where nothing is.
        target: Where something is put; None where nothing is.
        value: What is put there by a default.
    """

    source: Path | None
    target: Path | None
    value: Any = None


class Blocked(Exception):
    """A resource cannot be migrated as it is; the message says why, and its path where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path} {message}")
        self.path = path
        self.message = message


def parse_migrations(declared: Any) -> tuple[tuple[Migration, ...], list[Failure]]:
    """Return migrations as declared, and what is wrong with them."""
    if declared is None:
        return (), []
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return (), [Failure(_PATH, "type", "must be a list of {move}, {default} and {drop}")]
    if len(declared) > _MAX:
        return (), [Failure(_PATH, "limit", f"may hold at most {_MAX} steps: take away those that have run")]
    steps: list[Migration] = []
    failures: list[Failure] = []
    for index, one in enumerate(declared):
        found = _parse(one, f"{_PATH}/{index}")
        if isinstance(found, Migration):
            steps.append(found)
        else:
            failures += found
    return tuple(steps), failures


def _parse(one: Any, path: str) -> Migration | list[Failure]:
    given = {name: value for name, value in one.items() if value is not None} if isinstance(one, Mapping) else {}
    if len(given) != 1 or not given.keys() <= _KINDS:
        return [Failure(path, "type", "must have exactly one of move, default and drop")]
    kind, value = next(iter(given.items()))
    if kind == "drop":
        return _failures({f"{path}/drop": value}) or Migration(_read(value), None)
    wanted = {"from", "to"} if kind == "move" else {"path", "value"}
    if not isinstance(value, Mapping) or not {*value} <= wanted or not wanted - {"value"} <= {*value}:
        return [Failure(f"{path}/{kind}", "type", f"must have {' and '.join(sorted(wanted))}, and nothing else")]
    if kind == "default":
        wrong = _failures({f"{path}/default/path": value["path"]})
        return wrong or Migration(None, _read(value["path"]), value.get("value"))
    places = {f"{path}/move/{name}": value[name] for name in ("from", "to")}
    return _failures(places) or _move(_read(value["from"]), _read(value["to"]), f"{path}/move/to")


def _move(source: Path, target: Path, path: str) -> Migration | list[Failure]:
    if source == target:
        return [Failure(path, "move", "is where it comes from")]
    if _inner(source) != _inner(target):
        return [
            Failure(path, "move", f"must lead into the same items as {shown_path(source)}: {_EACH} in the same place")
        ]
    return Migration(source, target)


def _failures(paths: Mapping[str, Any]) -> list[Failure]:
    found = ((pointer, _wrong(text)) for pointer, text in paths.items())
    return [Failure(pointer, "path", message) for pointer, message in found if message]


def _wrong(text: Any) -> str | None:
    if not isinstance(text, str) or not text:
        return "must be a path from the resource's root, such as spec.port or spec.ports[*].port"
    path = _read(text)
    if any(name == "" for name in path) or path[0] is None or len(path) > _MAX_STEPS:
        return "is no path: it has a part without a name"
    if path[0] in _TAKEN:
        return f"must not lead into {path[0]}: migrations are about spec, status and extra fields"
    return "must end with a name" if path[-1] is None else None


def _read(text: str) -> Path:
    path: list[str | None] = []
    for name in parse_path(text):
        each = 0
        while name.endswith(_EACH):
            name = name.removesuffix(_EACH)  # noqa: PLW2901 - what is left of it
            each += 1
        path += [name, *([None] * each)]
    return tuple(path)


def _inner(path: Path) -> Path:
    """Return the part of a path up to its last items."""
    last = max((at for at, name in enumerate(path) if name is None), default=-1)
    return path[: last + 1]


def shown_path(path: Path) -> str:
    """Return a path as it is written."""
    text = ""
    for name in path:
        text += _EACH if name is None else f".{name}" if text else name
    return text


def with_place(path: Path | None) -> tuple[str, ...] | None:
    """Return the place in resources that a path leads to, without the steps into items."""
    return None if path is None else tuple(name for name in path if name is not None)


def migrate(body: Mapping[str, Any], steps: Sequence[Migration]) -> Mapping[str, Any]:
    """Return a body after some steps, in their order: the same object where they change nothing.

    Raises:
        Blocked: A step cannot be done without losing something.
    """
    migrated: dict[str, Any] = _copied(body)
    for step in steps:
        if step.source is None and step.target is not None:
            _fill(migrated, step.target, step.value)
        elif step.target is None and step.source is not None:
            for holder in _holders(migrated, step.source[:-1]):
                holder.pop(str(step.source[-1]), None)
        elif step.source is not None and step.target is not None:
            inner = _inner(step.source)
            for holder in _holders(migrated, inner):
                _shift(holder, step, len(inner))
    return body if identical(migrated, body) else migrated


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _copied(item) for name, item in value.items()}
    return [_copied(item) for item in value] if isinstance(value, list) else value


def _holders(value: Any, path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects at a path."""
    if not path:
        if isinstance(value, dict):
            yield value
        return
    name, rest = path[0], path[1:]
    if name is not None:
        if isinstance(value, dict) and name in value:
            yield from _holders(value[name], rest)
        return
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for item in items:
        yield from _holders(item, rest)


def _fill(body: dict[str, Any], path: Path, value: Any) -> None:
    inner = _inner(path)
    for holder in _holders(body, inner):
        names = path[len(inner) :]
        if _value(holder, names) is None:
            _put(holder, names, _copied(value), path)


def _shift(holder: dict[str, Any], step: Migration, skipped: int) -> None:
    source, target = step.source or (), step.target or ()
    old = _value(holder, source[skipped:])
    if old is None:
        return
    for parent in _holders(holder, source[skipped:-1]):
        parent.pop(str(source[-1]), None)
    new = _value(holder, target[skipped:])
    if new is None:
        _put(holder, target[skipped:], old, target)
    elif not identical(old, new):
        raise Blocked(shown_path(target), f"has a value already, other than that of {shown_path(source)}")


def _value(holder: Any, names: Path) -> Any:
    for name in names:
        holder = holder.get(name) if isinstance(holder, dict) else None
    return holder


def _put(holder: dict[str, Any], names: Path, value: Any, path: Path) -> None:
    """Put a value in its place, making the objects that lead there."""
    *parents, last = (str(name) for name in names)
    for name in parents:
        child = holder.get(name)
        if child is None:
            child = holder[name] = {}
        if not isinstance(child, dict):
            raise Blocked(shown_path(path), f"cannot be there: {name} is no object")
        holder = child
    holder[last] = value
