"""A little world of owners and owned on running servers: two kinds with namespaces, and one without."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.support.serving import GraphqlClient

KINDS = {"Widget": "NAMESPACED", "Gadget": "NAMESPACED", "Plant": "CLUSTER"}
DEFINE = "mutation ($input: CreateResourceDefinitionInput!) { createResourceDefinition(input: $input) { id } }"
METADATA = """metadata { name namespace uid resourceVersion finalizers deletionRequestedAt
    ownerReferences { kind name uid controller blockOwnerDeletion } }"""
TIMEOUT_SECONDS = 30
_POLL_SECONDS = 0.03


class World:
    """Makes and deletes resources of the three kinds by GraphQL; a resource is told as its metadata and ``kind``."""

    def __init__(self, server: GraphqlClient) -> None:
        self.server = server

    async def define(self) -> None:
        for kind, scope in KINDS.items():
            await self.server.graphql(DEFINE, {"input": {"spec": {"kind": kind, "scope": scope}}})

    async def create(
        self,
        name: str,
        *,
        kind: str = "Widget",
        namespace: str | None = "default",
        owners: Sequence[Mapping[str, Any]] = (),
        blocks: bool = False,
        finalizers: Sequence[str] = (),
    ) -> dict[str, Any]:
        references = [self.reference(one, blocks=blocks) for one in owners]
        metadata = {"name": name, "namespace": namespace, "ownerReferences": references, "finalizers": finalizers}
        document = f"mutation ($i: Create{kind}Input!) {{ made: create{kind}(input: $i) {{ kind {METADATA} }} }}"
        return _told(await self.server.graphql(document, {"i": {"metadata": metadata}}))

    async def patch(self, name: str, metadata: Mapping[str, Any], *, kind: str = "Widget") -> dict[str, Any]:
        document = f"""mutation ($n: String!, $p: {kind}Patch!) {{
            made: update{kind}(name: $n, patch: $p) {{ kind {METADATA} }} }}"""
        return _told(await self.server.graphql(document, {"n": name, "p": {"metadata": metadata}}))

    async def own(self, name: str, owners: Sequence[Mapping[str, Any]], *, blocks: bool = False) -> dict[str, Any]:
        return await self.patch(name, {"ownerReferences": [self.reference(one, blocks=blocks) for one in owners]})

    async def delete(
        self, name: str, *, kind: str = "Widget", propagation: str | None = None, namespace: str | None = "default"
    ) -> dict[str, Any]:
        return _told(await self.server.graphql(*_deletion(name, kind, propagation, namespace)))

    async def delete_unless_collected(self, name: str, *, kind: str, propagation: str) -> None:
        answer = await self.server.settled(*_deletion(name, kind, propagation, "default"))
        codes = [error["extensions"]["code"] for error in answer.get("errors") or []]
        assert codes in ([], ["NOT_FOUND"]), answer

    async def there(self, *, kinds: Sequence[str] = tuple(KINDS)) -> dict[str, dict[str, Any]]:
        """Return everything that is there, by name."""
        plurals = " ".join(f"{kind.lower()}s(first: 500) {{ nodes {{ kind {METADATA} }} }}" for kind in kinds)
        lists = (await self.server.graphql(f"{{ {plurals} }}")).values()
        return {
            node["metadata"]["name"]: {**node["metadata"], "kind": node["kind"]}
            for one in lists
            for node in one["nodes"]
        }

    async def until(
        self, holds: Callable[[dict[str, dict[str, Any]]], bool], *, kinds: Sequence[str] = tuple(KINDS)
    ) -> dict[str, dict[str, Any]]:
        """Return what is there as soon as something holds of it."""
        there: dict[str, dict[str, Any]] = {}
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                while True:
                    there = await self.there(kinds=kinds)
                    if holds(there):
                        return there
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(f"still there: {there}") from None

    async def until_only(self, *names: str, kinds: Sequence[str] = tuple(KINDS)) -> dict[str, dict[str, Any]]:
        return await self.until(lambda there: set(there) == set(names), kinds=kinds)

    @staticmethod
    def reference(owner: Mapping[str, Any], *, blocks: bool = False) -> dict[str, Any]:
        named = {"kind": owner["kind"], "name": owner["name"], "uid": owner["uid"]}
        return {**named, "blockOwnerDeletion": True} if blocks else named


def _told(data: Mapping[str, Any]) -> dict[str, Any]:
    return {**data["made"]["metadata"], "kind": data["made"]["kind"]}


def _deletion(name: str, kind: str, propagation: str | None, namespace: str | None) -> tuple[str, dict[str, Any]]:
    place, given = (", $s: String", ", namespace: $s") if KINDS[kind] == "NAMESPACED" else ("", "")
    document = f"""mutation ($n: String!, $p: DeletionPropagation{place}) {{
        made: delete{kind}(name: $n, propagation: $p{given}) {{ kind {METADATA} }} }}"""
    return document, {"n": name, "p": propagation, **({"s": namespace} if given else {})}
