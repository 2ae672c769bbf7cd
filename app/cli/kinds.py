"""What KIND on the command line means: one of the server's kinds, by any of the names that people use."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.cli.errors import CommandFailed
from app.cli.output.text import printable
from schema_builder.names import KindNames, kind_names

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.manifests.meaning import Manifest

__all__ = [
    "DEFINITIONS",
    "Kind",
    "definition_name",
    "fetch_definition",
    "fetch_kinds",
    "find_kind",
    "resolve_kind",
    "select_by_group",
]

_SELECTION: Final = "metadata { name } spec { kind group singular plural graphqlName scope }"
_ONE: Final = f"query Kind($name: String!) {{ definition: resourceDefinition(name: $name) {{ {_SELECTION} }} }}"
_ALL: Final = f"""query Kinds($after: String, $resourceVersion: String) {{
  page: resourceDefinitions(first: 500, after: $after, resourceVersion: $resourceVersion) {{
    nodes {{ {_SELECTION} }}
    pageInfo {{ hasNextPage endCursor }}
    resourceVersion
  }}
}}"""
_DEFINITION: Final = "query Definition($name: String!) { definition: resourceDefinition(name: $name) { raw } }"
_MOST_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class Kind:
    """One of the server's kinds.

    Attributes:
        name: The definition's name, which is the GraphQL name too.
        kind: Without the group.
        group: None for none.
        namespaced: Whether its resources live in namespaces.
        names: GraphQL names of its operations.
        singular: Without the group's prefix.
        plural: Likewise.
    """

    name: str
    kind: str
    group: str | None
    namespaced: bool
    names: KindNames
    singular: str
    plural: str

    @classmethod
    def of_definition(cls, name: str, spec: Mapping[str, Any]) -> Kind:
        """Return the kind that a definition defines."""
        kind, group = str(spec["kind"]), spec.get("group") or None
        own = kind_names(kind, None, spec.get("singular"), spec.get("plural"), spec.get("graphqlName"))
        return cls(
            name=name,
            kind=kind,
            group=group,
            namespaced=spec.get("scope") != "CLUSTER",
            names=kind_names(kind, group, spec.get("singular"), spec.get("plural"), spec.get("graphqlName")),
            singular=spec.get("singular") or own.singular_field,
            plural=spec.get("plural") or own.plural_field,
        )

    def called(self) -> set[str]:
        """Return every name that stands for this kind on the command line, but for the definition's own."""
        own = {self.kind, self.singular, self.plural, self.names.singular_field, self.names.plural_field}
        grouped = {f"{name}.{self.group}" for name in (self.kind, self.singular, self.plural)} if self.group else set()
        return own | grouped

    def __str__(self) -> str:
        return f"{self.name} ({self.plural}.{self.group})" if self.group else self.name


DEFINITIONS: Final = Kind.of_definition("ResourceDefinition", {"kind": "ResourceDefinition", "scope": "CLUSTER"})
"""The built-in kind of definitions."""


def definition_name(manifest: Manifest) -> str | None:
    """Return the name of the definition that a manifest means: its own, else the one that its spec makes."""
    spec = manifest.body.get("spec")
    if manifest.name is not None or not isinstance(spec, Mapping):
        return manifest.name
    kind, group, graphql_name = (spec.get(name) or None for name in ("kind", "group", "graphqlName"))
    if not isinstance(kind, str) or not all(part is None or isinstance(part, str) for part in (group, graphql_name)):
        return None
    return kind_names(kind, group, graphql_name=graphql_name).type_name


async def find_kind(client: Client, text: str) -> Kind:
    """Return the kind that a word of the command line means.

    Raises:
        CommandFailed: No kind, or more than one, is called so.
    """
    answer = await client.execute(_ONE, {"name": text})
    if (node := answer.data.get("definition")) is not None:
        return Kind.of_definition(node["metadata"]["name"], node["spec"])
    return resolve_kind(text, await fetch_kinds(client))


async def fetch_kinds(client: Client) -> list[Kind]:
    """Return all kinds of the server, as of one position, by name."""
    kinds: list[Kind] = []
    variables: dict[str, Any] = {}
    while True:
        page = (await client.execute(_ALL, variables)).data["page"]
        kinds += [Kind.of_definition(node["metadata"]["name"], node["spec"]) for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return kinds
        variables = {"after": page["pageInfo"]["endCursor"], "resourceVersion": page["resourceVersion"]}


async def fetch_definition(client: Client, name: str) -> Mapping[str, Any]:
    """Return ``spec`` of a definition under the original names.

    Raises:
        CommandFailed: It is gone.
    """
    answer = await client.execute(_DEFINITION, {"name": name})
    node = answer.data.get("definition")
    if node is None:
        raise CommandFailed(f"the definition of {printable(name)} is gone")
    spec: Mapping[str, Any] = node["raw"]["spec"]
    return spec


def resolve_kind(text: str, kinds: Sequence[Kind]) -> Kind:
    """Return the kind that a word means: a definition's name, else a kind, singular or plural, perhaps with the group.

    Capitals count only where they decide: first the exact word, then the word in any capitals.

    Raises:
        CommandFailed: No kind, or more than one, is called so.
    """
    folded = text.casefold()
    tiers = (
        lambda kind: kind.name == text,
        lambda kind: text in kind.called(),
        lambda kind: kind.name.casefold() == folded,
        lambda kind: folded in {name.casefold() for name in kind.called()},
    )
    for matches in tiers:
        found = [kind for kind in kinds if matches(kind)]
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandFailed(f"{printable(text)!r} is ambiguous; it may be {_listed(found)}")
    hint = _suggestion(folded, kinds) or "; `kindgraph get resourcedefinitions` shows those that it has"
    raise CommandFailed(f"the server has no kind {printable(text)!r}{hint}")


def select_by_group(kind: str, group: str | None, kinds: Iterable[Kind]) -> Kind:
    """Return the kind that a manifest names by ``kind`` and group (or by a definition's name as ``kind``).

    Raises:
        CommandFailed: No kind, or more than one, is meant.
    """
    kinds = list(kinds)
    named = [one for one in kinds if one.name == kind and group in {None, one.group}]
    found = [one for one in kinds if one.kind == kind and one.group == group] or named
    if len(found) == 1:
        return found[0]
    shown = printable(f"{kind} of group {group}" if group else f"{kind} without a group")
    if found:
        raise CommandFailed(f"{shown} is ambiguous; name one as kind: {_listed(found)}")
    if others := [one for one in kinds if one.kind == kind]:
        raise CommandFailed(f"the server has no kind {shown}; there is {_listed(others)}")
    raise CommandFailed(f"the server has no kind {shown}{_suggestion(kind.casefold(), kinds)}")


def _listed(kinds: Sequence[Kind]) -> str:
    shown = [printable(str(kind)) for kind in kinds[:_MOST_CANDIDATES]]
    more = len(kinds) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _suggestion(folded: str, kinds: Iterable[Kind]) -> str:
    spoken = {name.casefold(): kind for kind in kinds for name in {kind.name, *kind.called()}}
    near = difflib.get_close_matches(folded, spoken, n=5, cutoff=0.7)
    found = list(dict.fromkeys(spoken[name] for name in near))
    return f"; did you mean {' or '.join(printable(kind.name) for kind in found)}?" if found else ""
