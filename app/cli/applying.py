"""Applying one manifest: one mutation, from whose own answer it is read what happened (see ``outcomes``)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLInputObjectType

from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused
from app.cli.inputs import to_input
from app.cli.kinds import DEFINITIONS, Kind, fetch_definition, fetch_kinds, select_by_group
from app.cli.options import DEFAULT_NAMESPACE
from app.cli.outcomes import Outcomes
from app.cli.output.text import printable

if TYPE_CHECKING:
    from app.cli.client import Answer, Client
    from app.cli.manifests.meaning import Manifest
    from schema_builder.errors import Failure

__all__ = ["Applied", "Applier"]

_POSITION: Final = "query Position { page: resourceDefinitions(first: 0) { resourceVersion } }"
_ATTEMPTS: Final = 6
_FIRST_DELAY_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a manifest.

    Attributes:
        kind: The definition's name.
        name: The resource's.
        outcome: ``created``, ``configured`` or ``unchanged``.
    """

    kind: str
    name: str
    outcome: str


class Applier:
    """Applies manifests to one server.

    Args:
        client: The server.
        namespace: For manifests without one; a manifest with another is refused.
        dry_run: All but the commit.
    """

    def __init__(self, client: Client, *, namespace: str | None, dry_run: bool) -> None:
        self._client = client
        self._namespace = namespace
        self._dry_run = dry_run
        self._kinds: list[Kind] | None = None
        self._types: dict[str, asyncio.Task[GraphQLInputObjectType]] = {}
        self._outcomes: Outcomes | None = None
        self._lock = asyncio.Lock()

    async def apply(self, manifest: Manifest) -> Applied:
        """Apply one manifest.

        Raises:
            CommandFailed: It cannot be applied; the message names all that is wrong.
        """
        kind = DEFINITIONS if manifest.is_definition else await self._kind(manifest)
        if not manifest.is_definition:
            _check_name(manifest)
        metadata = self._metadata(manifest, kind)
        body = {name: value for name, value in manifest.body.items() if name != "status"}
        converted = to_input({"metadata": metadata, **body}, await self._input_type(kind.name))
        if converted.failures:
            raise await self._unknown_fields(kind, manifest, converted.value, converted.failures)
        if self._dry_run:
            before = await self._read(kind, metadata)
            after = (await self._mutate(kind, converted.value, dry_run=True)).data["applied"]
            return Applied(kind.name, after["metadata"]["name"], _predicted(before, after))
        outcomes = await self._known()
        position = outcomes.position
        answer = await self._mutate(kind, converted.value, dry_run=False)
        after = answer.data["applied"]["metadata"]
        return Applied(kind.name, after["name"], outcomes.learn(after, answer.extensions, before=position))

    async def _known(self) -> Outcomes:
        async with self._lock:
            if self._outcomes is None:
                page = (await self._client.execute(_POSITION)).data["page"]
                self._outcomes = Outcomes(int(page["resourceVersion"]))
            return self._outcomes

    async def _kind(self, manifest: Manifest) -> Kind:
        async with self._lock:
            if self._kinds is None:
                self._kinds = await fetch_kinds(self._client)
        return select_by_group(manifest.kind, manifest.group, self._kinds)

    def _metadata(self, manifest: Manifest, kind: Kind) -> dict[str, Any]:
        metadata = dict(manifest.metadata)
        if not kind.namespaced:
            metadata.pop("namespace", None)
        elif self._namespace is not None:
            given = metadata.setdefault("namespace", self._namespace)
            if given != self._namespace:
                raise CommandFailed(f"its namespace {printable(str(given))} is not {self._namespace}, as -n says")
        return metadata

    async def _input_type(self, name: str) -> GraphQLInputObjectType:
        task = self._types.get(name)
        if task is None:
            task = self._types[name] = asyncio.create_task(_compile_input_type(self._client, name))
        return await task

    async def _mutate(self, kind: Kind, value: Any, *, dry_run: bool) -> Answer:
        """Apply, again where the server says that it can help."""
        selection = "metadata { name uid resourceVersion createdAt updatedAt }" + (" raw" if dry_run else "")
        document = (
            f"mutation Apply($input: {kind.names.apply_input}!, $dryRun: Boolean!) "
            f"{{ applied: {kind.names.apply}(input: $input, dryRun: $dryRun) {{ {selection} }} }}"
        )
        delay = _FIRST_DELAY_SECONDS
        for left in reversed(range(_ATTEMPTS)):
            try:
                return await self._client.execute(document, {"input": value, "dryRun": dry_run})
            except RequestRefused as error:
                if not error.retryable or not left:
                    raise
            await asyncio.sleep(delay)
            delay *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _read(self, kind: Kind, metadata: Mapping[str, Any]) -> Mapping[str, Any] | None:
        if not isinstance(metadata.get("name"), str):
            return None
        variables = {"name": metadata["name"]}
        if not kind.namespaced:
            document = f"query Read($name: String!) {{ read: {kind.names.singular_field}(name: $name) {{ raw }} }}"
        else:
            document = (
                "query Read($name: String!, $namespace: String) "
                f"{{ read: {kind.names.singular_field}(name: $name, namespace: $namespace) {{ raw }} }}"
            )
            variables["namespace"] = metadata.get("namespace", DEFAULT_NAMESPACE)
        node: Mapping[str, Any] | None = (await self._client.execute(document, variables)).data["read"]
        return node

    async def _unknown_fields(
        self, kind: Kind, manifest: Manifest, value: Any, failures: list[Failure]
    ) -> CommandFailed:
        """Return the error of a manifest with fields that the kind does not have, with all else that is wrong in it."""
        try:
            await self._mutate(kind, value, dry_run=True)
        except RequestRefused as error:
            failures = sorted({*failures, *error.failures})
        extensions = {"code": "INVALID", "failures": [failure.as_dict() for failure in failures]}
        message = f"{kind.name} {manifest.name or ''}".strip() + " is invalid"
        return RequestRefused([{"message": message, "extensions": extensions}])


async def _compile_input_type(client: Client, name: str) -> GraphQLInputObjectType:
    """Return the apply input of a kind, compiled from its stored definition."""
    spec = await fetch_definition(client, name)
    return await asyncio.to_thread(_apply_input, spec, name)


def _apply_input(spec: Mapping[str, Any], name: str) -> GraphQLInputObjectType:
    from schema_builder.compile import compile_kind
    from schema_builder.definition import parse_definition

    kind = compile_kind(parse_definition(spec, name=name))
    input_type = kind.type(kind.names.apply_input)
    if not isinstance(input_type, GraphQLInputObjectType):
        raise TypeError(f"{kind.names.apply_input} is no input type")
    return input_type


def _check_name(manifest: Manifest) -> None:
    if manifest.name is None:
        if "generateName" in manifest.metadata:
            raise CommandFailed("metadata.generateName cannot be applied, only created: give it a metadata.name")
        raise CommandFailed("metadata.name is missing")


def _predicted(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> str:
    if before is None:
        return "created"
    return "unchanged" if _stable(before["raw"]) == _stable(after["raw"]) else "configured"


def _stable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of a resource a write that changes nothing leaves alone."""
    changing = {"resourceVersion", "updatedAt", "generation"}
    return {**raw, "metadata": {name: value for name, value in raw["metadata"].items() if name not in changing}}
