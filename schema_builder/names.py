"""From what a definition calls things to what GraphQL may call them.

A kind's GraphQL name K comes from its kind and group, or is its graphqlName; every other name of the kind is made
from K. Kinds hold no ``_``, so a kind without a group never meets one with a group. Names are a function of the
definition alone: no order of registration matters.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

__all__ = [
    "MAX_NAME_LENGTH",
    "KindNames",
    "assign_companion_names",
    "assign_field_names",
    "bounded",
    "envelope_names",
    "field_name",
    "group_prefix",
    "kind_names",
    "pascal",
    "plural_of",
    "singular_of",
    "stems",
]

MAX_NAME_LENGTH: Final = 120
_HASH_LENGTH: Final = 8
_MAX_STEM_LENGTH: Final = MAX_NAME_LENGTH - _HASH_LENGTH - 1
"""What ``bounded`` keeps of any name."""

_LEGAL_NAME: Final = re.compile(r"(?!__)[_A-Za-z][_0-9A-Za-z]*\Z")
_ILLEGAL: Final = re.compile(r"[^_0-9A-Za-z]")
_WORD_BREAK: Final = re.compile(r"[^0-9A-Za-z]+")
_SIBILANT: Final = ("s", "x", "z", "ch", "sh")


@dataclass(frozen=True, slots=True)
class KindNames:
    """Every name that a kind has because of what it is called; names of nested types are not here.

    Attributes:
        type_name: K, which is the definition's ``metadata.name`` too.
        singular_field: Query field of one resource.
        plural_field: Query field of the list.
        watch: Subscription field.
    """

    type_name: str
    singular_field: str
    plural_field: str
    create: str
    update: str
    replace: str
    apply: str
    update_status: str
    delete: str
    watch: str
    connection: str
    edge: str
    event: str
    filter: str
    order_by: str
    patch: str
    create_input: str
    replace_input: str
    apply_input: str


def kind_names(
    kind: str,
    group: str | None = None,
    singular: str | None = None,
    plural: str | None = None,
    graphql_name: str | None = None,
) -> KindNames:
    """Return the names of a kind; the parts are taken as valid.

    Args:
        kind: Such as ``ExternalService``; its leading letter is capitalised.
        group: DNS-like, such as ``net.example.org``; prefixes types and fields.
        singular: camelCase; derived from the kind where absent.
        plural: camelCase; derived from the singular where absent.
        graphql_name: Overrides all of them.
    """
    prefix = ""
    if graphql_name:
        type_name = bounded(graphql_name)
        singular = singular_of(graphql_name)
        plural = plural_of(singular)
    else:
        singular = singular or singular_of(kind)
        plural = plural or plural_of(singular)
        prefix = f"{group_prefix(group)}_" if group else ""
        type_name = bounded(prefix + _capitalised(kind))
    if plural == singular:
        plural += "List"
    return _names(type_name, prefix, singular, plural)


def _names(type_name: str, prefix: str, singular: str, plural: str) -> KindNames:
    field_prefix = _lowered(prefix)
    return KindNames(
        type_name=type_name,
        singular_field=bounded(field_prefix + singular),
        plural_field=bounded(field_prefix + plural),
        create=bounded(f"create{type_name}"),
        update=bounded(f"update{type_name}"),
        replace=bounded(f"replace{type_name}"),
        apply=bounded(f"apply{type_name}"),
        update_status=bounded(f"update{type_name}Status"),
        delete=bounded(f"delete{type_name}"),
        watch=bounded(f"watch{prefix}{_capitalised(plural)}"),
        connection=bounded(f"{type_name}Connection"),
        edge=bounded(f"{type_name}Edge"),
        event=bounded(f"{type_name}Event"),
        filter=bounded(f"{type_name}Filter"),
        order_by=bounded(f"{type_name}OrderBy"),
        patch=bounded(f"{type_name}Patch"),
        create_input=bounded(f"Create{type_name}Input"),
        replace_input=bounded(f"Replace{type_name}Input"),
        apply_input=bounded(f"Apply{type_name}Input"),
    )


def envelope_names(names: KindNames) -> tuple[str, ...]:
    """Return the names of the types that every kind has."""
    return (
        names.type_name,
        names.connection,
        names.edge,
        names.event,
        names.filter,
        names.order_by,
        names.patch,
        names.create_input,
        names.replace_input,
        names.apply_input,
    )


def stems(names: KindNames, sections: Iterable[str]) -> tuple[str, ...] | None:
    """Return what the names of a kind's nested types begin with, one for each section of its body.

    None where they are so long that they may be cut before that.
    """
    found = tuple(names.type_name + pascal(section) for section in sections)
    return None if any(len(stem) > _MAX_STEM_LENGTH for stem in found) else found


def group_prefix(group: str) -> str:
    """Return a group in Pascal case (``NetExampleOrg``): ``.`` is a word break, ``-`` becomes ``_``."""
    prefix = "".join(_capitalised(word) for word in group.replace("-", "_").split("."))
    return f"_{prefix}" if prefix[:1].isdigit() else prefix


def singular_of(kind: str) -> str:
    """Return a kind with its leading capital(s) lowered: ``externalService``, and ``httpRoute`` of ``HTTPRoute``."""
    capitals = len(kind) - len(kind.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if 1 < capitals < len(kind) and kind[capitals].islower():
        capitals -= 1
    return kind[:capitals].lower() + kind[capitals:]


def plural_of(singular: str) -> str:
    """Return the plural: es after s, x, z, ch and sh; ies for a consonant and y; else s."""
    last = singular.lower()
    if last.endswith(_SIBILANT):
        return f"{singular}es"
    if last.endswith("y") and last[-2:-1] not in {"", "a", "e", "i", "o", "u"}:
        return f"{singular[:-1]}ies"
    return f"{singular}s"


def field_name(original: str) -> str:
    """Return the GraphQL field name of a property: legal names are kept, others escaped.

    Characters that no name may hold become ``_``, a leading digit is preceded by one, and two leading underscores (they
    belong to introspection) become one. A name without any letter or digit is named by its hash.
    """
    if _LEGAL_NAME.match(original):
        return bounded(original)
    name = _ILLEGAL.sub("_", original)
    if not name.strip("_"):
        return f"_{_stable_hash(original)}"
    if name[0].isdigit():
        name = f"_{name}"
    if name.startswith("__"):
        name = f"_{name.lstrip('_')}"
    return bounded(name)


def assign_field_names(originals: Iterable[str], reserved: Collection[str] = ()) -> dict[str, str]:
    """Return the GraphQL name of each property of one object, all different and none of them reserved.

    A legal name is kept, whatever its siblings are; where escaped names collide, each gets a short hash of its
    original, so that a name does not depend on the order of its siblings.
    """
    names = {original: field_name(original) for original in originals}
    claims: dict[str, int] = {}
    for name in names.values():
        claims[name] = claims.get(name, 0) + 1
    return (
        {
            original: name
            if name not in reserved and (claims[name] == 1 or name == original)
            else _suffixed(name, original, taken={*claims, *reserved})
            for original, name in names.items()
        }
        if any(count > 1 for count in claims.values()) or not claims.keys().isdisjoint(reserved)
        else names
    )


def assign_companion_names(names: Mapping[str, str], originals: Iterable[str], *, suffix: str) -> dict[str, str]:
    """Return names for fields that stand beside some properties of one object: theirs, and a suffix.

    The properties' own names are never touched; a companion whose name one of them has gets a short hash.

    Args:
        names: GraphQL names of all properties by their original ones.
        originals: Those that have a companion.
        suffix: Of the companions.
    """
    taken = set(names.values())
    wanted = {original: bounded(names[original] + suffix) for original in originals}
    return {
        original: _suffixed(name, original, taken={*taken, *wanted.values()}) if name in taken else name
        for original, name in wanted.items()
    }


def _suffixed(name: str, original: str, *, taken: Collection[str]) -> str:
    digest = hashlib.sha256(original.encode("utf-8", "surrogatepass")).hexdigest()
    for length in range(_HASH_LENGTH, len(digest) + 1):
        suffixed = f"{name[: MAX_NAME_LENGTH - length - 1]}_{digest[:length]}"
        if suffixed not in taken:
            return suffixed
    raise AssertionError("a name that holds the whole hash of another")


def pascal(original: str) -> str:
    """Return a property's part of a type name: ``MaxConns``, ``XY`` of ``x-y``; it may begin with a digit."""
    words = "".join(_capitalised(word) for word in _WORD_BREAK.split(original) if word)
    return words or f"Field{_stable_hash(original)}"


def bounded(name: str) -> str:
    """Return a name of at most ``MAX_NAME_LENGTH`` characters: a longer one ends in a hash of the whole."""
    if len(name) <= MAX_NAME_LENGTH:
        return name
    return f"{name[: MAX_NAME_LENGTH - _HASH_LENGTH - 1]}_{_stable_hash(name)}"


def _stable_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:]


def _lowered(word: str) -> str:
    return word[:1].lower() + word[1:]
