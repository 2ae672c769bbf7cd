"""What classes and attributes are called: names that Python and pydantic can have, one each."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable
from typing import Final

from pydantic import BaseModel

__all__ = ["ClassNames", "attribute_names", "pascal"]

_NO_WORD: Final = re.compile(r"[^0-9A-Za-z]+")
_NO_IDENTIFIER: Final = re.compile(r"[^0-9A-Za-z_]")
_MOST_LENGTH: Final = 120
_TAKEN: Final = frozenset(
    {*dir(BaseModel), *dir(builtins), *keyword.kwlist, *keyword.softkwlist, "Any", "Literal", "BaseModel", "ConfigDict"}
)


def pascal(text: str) -> str:
    """Return a text in Pascal case, as part of the name of a class: ``MaxConns`` of ``max-conns`` and ``maxConns``."""
    return "".join(word[:1].upper() + word[1:] for word in _NO_WORD.split(text) if word)


def attribute_names(originals: Iterable[str]) -> dict[str, str]:
    """Return an attribute's name for each property, its own where Python and pydantic allow that."""
    names: dict[str, str] = {}
    ordered = sorted(originals, key=lambda original: (_attribute(original) != original, original))
    taken: set[str] = set()
    for original in ordered:
        name = wanted = _attribute(original)
        number = 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        taken.add(name)
        names[original] = name
    return names


class ClassNames:
    """Gives each class a name of its own."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def take(self, wanted: str) -> str:
        """Return a name that nobody has."""
        base = wanted[:_MOST_LENGTH]
        if not base or not base[0].isalpha():
            base = f"Model{base}"
        if base in _TAKEN:
            base = f"{base}Model"
        name, number = base, 2
        while name in self._taken:
            name, number = f"{base}{number}", number + 1
        self._taken.add(name)
        return name


def _attribute(original: str) -> str:
    name = _NO_IDENTIFIER.sub("_", original).lstrip("_")  # pydantic keeps a leading underscore for itself
    if not name:
        return "field"
    if not name[0].isalpha():
        name = f"field_{name}"
    return f"{name}_" if name in _TAKEN or name.startswith("model_") else name
