"""Compiling definitions without keeping others waiting: small ones at once, large ones in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from app.version import VERSION
from schema_builder.checking import build_giants
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition

if TYPE_CHECKING:
    from app.store.definitions import StoredDefinition

__all__ = ["compile_spec", "compile_stored", "is_large", "packed_texts"]

_FEW: Final = 300
"""Values that are looked at in well under a millisecond."""
_MUCH_TEXT: Final = 50_000
_RULES: Final = "x-kubernetes-validations"
_AT_ONCE: Final = 2

Make = Callable[[Mapping[str, Any], str | None], CompiledKind]

_LANES: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore]] = WeakKeyDictionary()


def is_large(value: Any) -> bool:
    """Tell whether a JSON value has so many parts, or so much text, that work on it belongs in a thread.

    Schemas with rules count as large: compiling rules takes longer than anything else of their size.
    """
    parts, text, waiting = 0, 0, [value]
    while waiting:
        item = waiting.pop()
        parts += 1
        if isinstance(item, str):
            text += len(item)
        elif isinstance(item, Mapping):
            if _RULES in item:
                return True
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        if parts + len(waiting) > _FEW or text > _MUCH_TEXT:
            return True
    return False


async def compile_spec(spec: Mapping[str, Any], *, name: str | None) -> CompiledKind:
    """Return the kind of a definition's ``spec``.

    Raises:
        DefinitionRefused: With every failure found.
    """
    return await _aside(_compile, spec, name) if _takes_long(spec) else _compile(spec, name)


async def compile_stored(stored: StoredDefinition, *, present: CompiledKind | None) -> CompiledKind:
    """Return the kind of a stored definition; the present one where the definition is served alike.

    What this very version has accepted before is not judged again: a server with many kinds starts much sooner.
    """
    spec = stored.state.body["spec"]
    make = _recompile if stored.judged_by == VERSION else _compile
    kind = await _aside(make, spec, stored.name) if _takes_long(spec) else make(spec, stored.name)
    return present if present is not None and present.fingerprint == kind.fingerprint else kind


def packed_texts(kind: CompiledKind, spec: Mapping[str, Any]) -> dict[str, bytes]:
    """Return those schemas of the ``spec`` that a kind was compiled from that need not be written again, packed."""
    definition = kind.definition
    sections = {"schema": "spec", "statusSchema": "status"}
    return {
        name: definition.schemas[section].data
        for name, section in sections.items()
        if name in spec and section in definition.as_given
    }


def _takes_long(spec: Mapping[str, Any]) -> bool:
    return is_large(spec) or bool(spec.get("rules"))


def _compile(spec: Mapping[str, Any], name: str | None) -> CompiledKind:
    return compile_kind(parse_definition(spec, name=name))


def _recompile(spec: Mapping[str, Any], name: str | None) -> CompiledKind:
    kind = CompiledKind(parse_definition(spec, name=name))
    build_giants(kind)
    return kind


async def _aside(make: Make, spec: Mapping[str, Any], name: str | None) -> CompiledKind:
    """Compile in a thread; more threads than a few would only take turns, and keep the event loop from its own."""
    loop = asyncio.get_running_loop()
    async with _LANES.setdefault(loop, asyncio.Semaphore(_AT_ONCE)):
        return await asyncio.to_thread(make, spec, name)
