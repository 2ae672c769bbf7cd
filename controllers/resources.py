"""Reading and writing resources of any kind, under the names that their schemas have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from controllers.documents import get_document, list_document, scope_arguments, write_document
from controllers.errors import BadUserInput, DocumentRefused, Invalid, KindChanged, NotFound, ServerError
from controllers.inputs import Inputs
from controllers.kinds import Kind, Kinds
from controllers.resource import Key, Resource

if TYPE_CHECKING:
    from controllers.client import Client

__all__ = ["Page", "Resources", "Scope", "Written"]

_FIRST_PAGE: Final = 100
_LARGEST_PAGE: Final = 500
_PAGE_BYTES: Final = 4_000_000
"""What pages should have, about: resources may be small, or have megabytes each."""
_ENVELOPE: Final = frozenset({"kind", "group", "status", "id", "apiVersion"})
_METADATA: Final = ("name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences")


@dataclass(frozen=True)
class Scope:
    """Which resources of a kind are meant.

    Attributes:
        namespace: None for all.
        where: A filter, as lists take it.
        labels: A label selector, such as ``tier=data,!deprecated``.
    """

    namespace: str | None = None
    where: Mapping[str, Any] | None = field(default=None, hash=False)
    labels: str | None = None


class Page(NamedTuple):
    """Some resources of a scope, and the position of all pages."""

    resources: list[Resource]
    position: int


class Written(NamedTuple):
    """What a mutation has done.

    Attributes:
        resource: The new state; the last one of a deleted resource.
        position: Of the commit.
    """

    resource: Resource
    position: int


class Resources:
    """The resources of one server.

    Args:
        client: The server.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.kinds = Kinds(client)
        self._inputs: dict[str, Inputs] = {}

    async def find(self, kind: str, key: Key) -> Resource | None:
        """Return a resource as it is now; None where there is none."""
        found = await self.kinds.get(kind)
        variables = _named(found, key)
        raw = (await self.client.execute(get_document(found), variables)).data["result"]
        return None if raw is None else Resource(kind, raw["raw"])

    async def pages(self, kind: str, scope: Scope) -> AsyncIterator[Page]:
        """Yield all resources of a scope, as of one position, in pages; at least one.

        Raises:
            Expired: Reading them took longer than the server's history lasts.
        """
        found = await self.kinds.get(kind)
        arguments = scope_arguments(found, namespace=scope.namespace, where=scope.where, labels=scope.labels)
        document = list_document(found, arguments)
        variables: dict[str, Any] = {**arguments, "first": _FIRST_PAGE}
        while True:
            answer = await self.client.execute(document, variables)
            page = answer.data["result"]
            yield Page([Resource(kind, node["raw"]) for node in page["nodes"]], int(page["resourceVersion"]))
            if not page["pageInfo"]["hasNextPage"]:
                return
            each = max(1, answer.size_bytes // max(1, len(page["nodes"])))
            variables["first"] = max(1, min(_LARGEST_PAGE, _PAGE_BYTES // each))
            variables |= {"after": page["pageInfo"]["endCursor"], "resourceVersion": page["resourceVersion"]}

    async def list(self, kind: str, scope: Scope | None = None) -> list[Resource]:
        """Return all resources of a scope, as of one position; as ``pages``."""
        return [resource async for page in self.pages(kind, scope or Scope()) for resource in page.resources]

    async def create(self, kind: str, body: Mapping[str, Any]) -> Written:
        """Create a resource from ``{"metadata": {"name": …}, "spec": …}``.

        Raises:
            AlreadyExists: The name is taken; perhaps by this very call, where its first answer was lost.
        """
        once = "generateName" in body.get("metadata", {})
        return await self._write(kind, "create", {"input": _writable(body)}, repeatable=not once)

    async def apply(self, kind: str, body: Mapping[str, Any]) -> Written:
        """Create a resource, or merge into it what is there; absence removes nothing."""
        return await self._write(kind, "apply", {"input": _writable(body)})

    async def replace(self, kind: str, body: Mapping[str, Any]) -> Written:
        """Replace all of a resource but its status."""
        return await self._write(kind, "replace", {"input": _writable(body)})

    async def update(self, kind: str, key: Key, patch: Mapping[str, Any], *, version: int | None = None) -> Written:
        """Change anything but status by a JSON merge patch.

        Args:
            kind: Of the resource.
            key: Of the resource.
            patch: Absent keeps, null removes, lists are replaced.
            version: Fail with ``Conflict`` where the resource has another.

        Raises:
            Conflict: It has; perhaps from this very call, where its first answer was lost.
        """
        variables = {"patch": patch, "resourceVersion": _text(version)}
        return await self._write(kind, "update", variables, key=key)

    async def update_status(
        self, kind: str, key: Key, status: Mapping[str, Any], *, version: int | None = None
    ) -> Written:
        """Change the status by a JSON merge patch; as ``update``."""
        variables = {"status": status, "resourceVersion": _text(version)}
        return await self._write(kind, "updateStatus", variables, key=key)

    async def delete(self, kind: str, key: Key, *, version: int | None = None) -> Written:
        """Delete a resource, or have it deleted once its finalizers are removed.

        Raises:
            NotFound: There is none.
        """
        return await self._write(kind, "delete", {"resourceVersion": _text(version)}, key=key)

    async def _write(
        self, kind: str, operation: str, variables: dict[str, Any], *, key: Key | None = None, repeatable: bool = True
    ) -> Written:
        """Send a mutation; once more, if the kind turns out to be another than it was when it was read."""
        known = await self.kinds.get(kind)
        try:
            return await self._send(known, operation, variables, key=key, repeatable=repeatable)
        except (DocumentRefused, BadUserInput, Invalid, KindChanged) as error:
            newest = await self._refreshed(kind, error)
            if (newest.uid, newest.generation) == (known.uid, known.generation):
                raise
            return await self._send(newest, operation, variables, key=key, repeatable=repeatable)

    async def _refreshed(self, kind: str, error: ServerError) -> Kind:
        try:
            return await self.kinds.refresh(kind)
        except NotFound as gone:
            raise gone from error

    async def _send(
        self, kind: Kind, operation: str, variables: dict[str, Any], *, key: Key | None, repeatable: bool
    ) -> Written:
        inputs = self._inputs_of(kind)
        converted = {
            name: value if name == "resourceVersion" else await inputs.convert(value, operation)
            for name, value in variables.items()
        }
        named = {} if key is None else _named(kind, key)
        document = write_document(kind, operation)
        answer = await self.client.execute(document, {**named, **converted}, repeatable=repeatable)
        return Written(Resource(kind.name, answer.data["result"]["raw"]), answer.position)

    def _inputs_of(self, kind: Kind) -> Inputs:
        inputs = self._inputs.get(kind.name)
        if inputs is None or inputs.kind is not kind:
            inputs = self._inputs[kind.name] = Inputs(self.client, kind)
        return inputs


def _writable(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a resource a client may say."""
    metadata = {name: value for name, value in body.get("metadata", {}).items() if name in _METADATA}
    rest = {name: value for name, value in body.items() if name not in _ENVELOPE and name != "metadata"}
    return {"metadata": metadata, **rest}


def _named(kind: Kind, key: Key) -> dict[str, Any]:
    return {"name": key.name, "namespace": key.namespace} if kind.namespaced else {"name": key.name}


def _text(version: int | None) -> str | None:
    return None if version is None else str(version)
