"""Which kind a word of the command line means: a definition's name, kind, singular, plural or ``plural.group``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from controllers.errors import NotFound

if TYPE_CHECKING:
    from controllers.kinds import Kind
    from controllers.resources import Resources

__all__ = ["Ambiguous", "find_kind"]

_MOST_NAMED = 20


class Ambiguous(Exception):
    """A word means several kinds."""


async def find_kind(word: str, resources: Resources) -> Kind:
    """Return the kind that a word means.

    Raises:
        NotFound: None is called so.
        Ambiguous: Several are.
    """
    try:
        return await resources.kinds.get(word)
    except NotFound:
        pass
    folded = word.casefold()
    found = [
        one.name
        for one in await resources.list("ResourceDefinition")
        if folded in _words(one.spec, one.status, one.name)
    ]
    if len(found) == 1:
        return await resources.kinds.get(found[0])
    if found:
        raise Ambiguous(f"{word!r} is ambiguous; it may be {', '.join(found[:_MOST_NAMED])}")
    raise NotFound(f"the server has no kind {word!r}", code="NOT_FOUND")


def _words(spec: Mapping[str, Any], status: Mapping[str, Any], name: str) -> set[str]:
    names = status.get("names") or {}
    # The fields of a kind with a group begin with the group and an underscore.
    own = [str(names.get(one, "")).rpartition("_")[2] for one in ("singular", "plural")]
    words = [spec["kind"], *own, *(str(spec[one]) for one in ("singular", "plural") if one in spec)]
    grouped = [f"{word}.{spec['group']}" for word in words] if spec.get("group") else []
    return {word.casefold() for word in (name, *words, *grouped) if word}
