"""Reading the resources of a kind: one by name, or all of a list as of one position."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.cli.blockers import BLOCKED_BY
from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused
from app.cli.output.text import printable

if TYPE_CHECKING:
    from app.cli.client import Client
    from app.cli.kinds import Kind

__all__ = ["Listing", "Raw", "Scope", "find_resource", "get_resource", "list_resources", "not_found"]

Raw = Mapping[str, Any]
"""A resource under its original names: ``{group kind metadata spec status …}``."""

_PAGE_SIZE: Final = 200
_ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True)
class Scope:
    """Which resources of a kind are meant.

    Attributes:
        namespace: One namespace; None for all, and for kinds without namespaces.
        selector: Label selector in Kubernetes' syntax.
        name: One resource alone, as a list of at most one.
    """

    namespace: str | None = None
    selector: str | None = None
    name: str | None = None


class Listing(NamedTuple):
    """All resources that are meant, by (namespace, name).

    Attributes:
        resources: As of one position.
        position: That position: a watch from it misses nothing and repeats nothing.
    """

    resources: Sequence[Raw]
    position: str


async def list_resources(client: Client, kind: Kind, scope: Scope) -> Listing:
    """Return all pages of a list, read at the first page's position.

    Raises:
        CommandFailed: The server refuses.
    """
    for left in reversed(range(_ATTEMPTS)):
        try:
            return await _list_once(client, kind, scope)
        except RequestRefused as error:
            # A list that takes longer than the database keeps its past is read again from the present.
            if error.code != "EXPIRED" or not left:
                raise
    raise AssertionError("the last attempt returns or raises")


async def find_resource(client: Client, kind: Kind, *, name: str, namespace: str | None) -> Raw | None:
    """Return the newest state of one resource, None where it is absent."""
    declared, given = ("", "") if namespace is None else (", $namespace: String", ", namespace: $namespace")
    document = (
        f"query Get($name: String!{declared}) {{ found: {kind.names.singular_field}(name: $name{given}) {{ raw }} }}"
    )
    variables = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    node = (await client.execute(document, variables)).data["found"]
    return None if node is None else node["raw"]


async def find_blockers(client: Client, kind: Kind, *, name: str, namespace: str | None) -> list[Mapping[str, Any]]:
    """Return what the deletion of a resource waits for; nothing where it is gone."""
    declared, given = ("", "") if namespace is None else (", $namespace: String", ", namespace: $namespace")
    document = (
        f"query Blockers($name: String!{declared}) {{ found: {kind.names.singular_field}(name: $name{given}) "
        f"{{ metadata {{ {BLOCKED_BY} }} }} }}"
    )
    variables = {"name": name} if namespace is None else {"name": name, "namespace": namespace}
    node = (await client.execute(document, variables)).data["found"]
    return [] if node is None else list(node["metadata"]["deletionBlockedBy"])


async def find_events(client: Client, *, uid: str, most: int) -> list[Mapping[str, Any]]:
    """Return the ``spec`` of what happened to a resource, the latest first."""
    document = """query Events($uid: String!, $most: Int!) {
        events(where: {spec: {regarding: {uid: {eq: $uid}}}}, orderBy: [SPEC_LAST_TIMESTAMP_DESC], first: $most) {
          nodes { spec { type reason note count lastTimestamp reportingController } } } }"""
    page = (await client.execute(document, {"uid": uid, "most": most})).data["events"]
    return [node["spec"] for node in page["nodes"]]


async def get_resource(client: Client, kind: Kind, *, name: str, namespace: str | None) -> Raw:
    """Return the newest state of one resource.

    Raises:
        CommandFailed: It is absent.
    """
    found = await find_resource(client, kind, name=name, namespace=namespace)
    if found is None:
        raise not_found(kind, name=name, namespace=namespace)
    return found


def not_found(kind: Kind, *, name: str, namespace: str | None) -> CommandFailed:
    """Return the error of a resource that is absent."""
    place = f" in namespace {printable(namespace)}" if namespace is not None else ""
    return CommandFailed(f"{kind.name} {printable(name)!r} not found{place}")


async def _list_once(client: Client, kind: Kind, scope: Scope) -> Listing:
    variables: dict[str, Any] = {"first": _PAGE_SIZE, "after": None, "resourceVersion": None}
    types = {"first": "Int", "after": "String", "resourceVersion": "String"}
    passed = [f"{name}: ${name}" for name in types]
    if kind.namespaced and scope.namespace is not None:
        variables["namespace"], types["namespace"] = scope.namespace, "String"
        passed.append("namespace: $namespace")
    if scope.selector is not None:
        variables["selector"], types["selector"] = scope.selector, "String"
        passed.append("labelSelector: $selector")
    if scope.name is not None:
        variables["name"], types["name"] = scope.name, "String"
        passed.append("where: {metadata: {name: {eq: $name}}}")
    document = (
        f"query List({', '.join(f'${name}: {declared}' for name, declared in types.items())}) "
        f"{{ page: {kind.names.plural_field}({', '.join(passed)}) "
        "{ nodes { raw } pageInfo { hasNextPage endCursor } resourceVersion } }"
    )
    resources: list[Raw] = []
    while True:
        page = (await client.execute(document, variables)).data["page"]
        resources += [node["raw"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            return Listing(resources, page["resourceVersion"])
        variables |= {"after": page["pageInfo"]["endCursor"], "resourceVersion": page["resourceVersion"]}
