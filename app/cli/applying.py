"""Applying one manifest: one mutation, from whose own answer it is read what happened (see ``outcomes``).

A resource is applied as it is. A definition is applied by its fields: each one that the manifest gives takes the place
of what was there. A JSON Schema means something as a whole; merged into its predecessor, it would be neither of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from graphql import GraphQLInputObjectType

from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused
from app.cli.inputs import to_input
from app.cli.kinds import DEFINITIONS, Kind, definition_name, fetch_definition, fetch_kinds, select_by_group
from app.cli.listing import find_resource
from app.cli.options import DEFAULT_NAMESPACE
from app.cli.outcomes import Outcomes
from app.cli.output.text import printable

if TYPE_CHECKING:
    from app.cli.client import Answer, Client
    from app.cli.listing import Raw
    from app.cli.manifests.meaning import Manifest
    from schema_builder.errors import Failure

__all__ = ["Applied", "Applier"]

_POSITION: Final = "query Position { page: resourceDefinitions(first: 0) { resourceVersion } }"
_ATTEMPTS: Final = 6
_FIRST_DELAY_SECONDS: Final = 0.1
_MERGED_METADATA: Final = ("labels", "annotations")
_KEPT_METADATA: Final = ("finalizers", "ownerReferences")


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


@dataclass(frozen=True, slots=True)
class _Write:
    """A mutation to send.

    Attributes:
        field: The mutation field.
        input_type: The type of its input.
        value: The input.
    """

    field: str
    input_type: str
    value: Mapping[str, Any]


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
        metadata = self._metadata(manifest, kind)
        name = _name_of(manifest)
        namespace = metadata.get("namespace", DEFAULT_NAMESPACE) if kind.namespaced else None
        value = await self._input(kind, manifest, metadata)
        delay = _FIRST_DELAY_SECONDS
        for left in reversed(range(_ATTEMPTS)):
            before = None
            if (self._dry_run or manifest.is_definition) and name is not None:
                before = await find_resource(self._client, kind, name=name, namespace=namespace)
            write = _write(kind, value, before if manifest.is_definition else None)
            try:
                return await self._send(kind, write, before)
            except RequestRefused as error:
                lost = error.code == "CONFLICT" and manifest.is_definition
                if not (error.retryable or lost) or not left:
                    raise
            await asyncio.sleep(delay)
            delay *= 2
        raise AssertionError("the last attempt returns or raises")

    async def _send(self, kind: Kind, write: _Write, before: Raw | None) -> Applied:
        if self._dry_run:
            after = (await self._mutate(write, dry_run=True)).data["applied"]
            return Applied(kind.name, after["metadata"]["name"], _predicted(before, after["raw"]))
        outcomes = await self._known()
        position = outcomes.position
        answer = await self._mutate(write, dry_run=False)
        metadata = answer.data["applied"]["metadata"]
        return Applied(kind.name, metadata["name"], outcomes.learn(metadata, answer.extensions, before=position))

    async def _mutate(self, write: _Write, *, dry_run: bool) -> Answer:
        selection = "metadata { name uid resourceVersion createdAt updatedAt }" + (" raw" if dry_run else "")
        document = (
            f"mutation Apply($input: {write.input_type}!, $dryRun: Boolean!) "
            f"{{ applied: {write.field}(input: $input, dryRun: $dryRun) {{ {selection} }} }}"
        )
        return await self._client.execute(document, {"input": write.value, "dryRun": dry_run})

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

    async def _input(self, kind: Kind, manifest: Manifest, metadata: Mapping[str, Any]) -> dict[str, Any]:
        """Return the apply input; status is no part of it.

        Raises:
            RequestRefused: There are fields that the kind does not have; all else that is wrong is told as well.
        """
        body = {name: value for name, value in manifest.body.items() if name != "status"}
        converted = to_input(body, await self._input_type(kind.name))
        value = {"metadata": metadata, **converted.value}
        if converted.failures:
            raise await self._unknown_fields(kind, manifest, value, converted.failures)
        return value

    async def _input_type(self, name: str) -> GraphQLInputObjectType:
        task = self._types.get(name)
        if task is None:
            task = self._types[name] = asyncio.create_task(_compile_input_type(self._client, name))
        return await task

    async def _unknown_fields(
        self, kind: Kind, manifest: Manifest, value: Mapping[str, Any], failures: list[Failure]
    ) -> RequestRefused:
        try:
            await self._mutate(_write(kind, value, None), dry_run=True)
        except RequestRefused as error:
            failures = sorted({*failures, *error.failures})
        extensions = {"code": "INVALID", "failures": [failure.as_dict() for failure in failures]}
        return RequestRefused([{"message": f"{manifest} is invalid", "extensions": extensions}])


def _write(kind: Kind, value: Mapping[str, Any], current: Raw | None) -> _Write:
    """Return the mutation for an apply input; a definition that is there is replaced by what the input makes of it."""
    if current is None:
        return _Write(kind.names.apply, kind.names.apply_input, value)
    known, given = current["metadata"], value["metadata"]
    metadata = {name: known[name] for name in _KEPT_METADATA if known.get(name)}
    metadata |= {name: {**(known.get(name) or {}), **(given.get(name) or {})} for name in _MERGED_METADATA}
    metadata |= {"name": known["name"], "resourceVersion": known["resourceVersion"]}
    spec = value.get("spec")
    merged = {**current["spec"], **spec} if isinstance(spec, Mapping) else spec
    return _Write(kind.names.replace, kind.names.replace_input, {"metadata": metadata, "spec": merged})


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


def _name_of(manifest: Manifest) -> str | None:
    """Return the name of what is applied; None for a definition too broken to have one, which the server refuses.

    Raises:
        CommandFailed: A resource has none.
    """
    if manifest.is_definition:
        return definition_name(manifest)
    if manifest.name is None and "generateName" in manifest.metadata:
        raise CommandFailed("metadata.generateName cannot be applied, only created: give it a metadata.name")
    if manifest.name is None:
        raise CommandFailed("metadata.name is missing")
    return manifest.name


def _predicted(before: Raw | None, after: Raw) -> str:
    if before is None:
        return "created"
    return "unchanged" if _stable(before) == _stable(after) else "configured"


def _stable(raw: Raw) -> dict[str, Any]:
    """Return what of a resource a write that changes nothing leaves alone."""
    changing = {"resourceVersion", "updatedAt", "generation"}
    metadata = {name: value for name, value in raw["metadata"].items() if name not in changing}
    return {**raw, "metadata": metadata, "status": None}
