"""Applying one manifest: one mutation, from whose own answer it is read what happened (see ``outcomes``).

A resource is applied as it is. A definition is applied by its fields: each one that the manifest gives takes the place
of what was there. A JSON Schema means something as a whole; merged into its predecessor, it would be neither of them.
Which definitions there are is asked once for all: those that are missing are created, without reading each of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.cli.compiled import CompiledKinds, apply_input, failures_of
from app.cli.errors import CommandFailed
from app.cli.failures import RequestRefused
from app.cli.inputs import to_input
from app.cli.kinds import DEFINITIONS, Kind, definition_name, fetch_kinds, select_by_group
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
_UNREADABLE: Final = frozenset({"INVALID", "BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"})
"""Codes under which the client looks for more that is wrong: of several faults the server tells the first sort."""
_OVERTAKEN: Final = frozenset({"ALREADY_EXISTS", "CONFLICT"})
"""Codes that tell of another writer of the same definition: it is read, and written once more."""
_MERGED_METADATA: Final = ("labels", "annotations")
_KEPT_METADATA: Final = ("finalizers", "ownerReferences")


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a manifest.

    Attributes:
        kind: The definition's name.
        name: The resource's.
        outcome: ``created``, ``configured`` or ``unchanged``.
        before: What was there, and
        after: what would be, in a dry run; None where nothing was, or where the kind is not there yet.
        extensions: Of the server's answer, in a dry run.
    """

    kind: str
    name: str
    outcome: str
    before: Raw | None = None
    after: Raw | None = None
    extensions: Mapping[str, Any] = field(default_factory=dict)


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
        allow_breaking: Updates of definitions may break clients, and refuse stored resources.
    """

    def __init__(self, client: Client, *, namespace: str | None, dry_run: bool, allow_breaking: bool = False) -> None:
        self._client = client
        self._allow_breaking = allow_breaking
        self._foreseen: dict[tuple[str, str | None], str] = {}
        self._namespace = namespace
        self._dry_run = dry_run
        self._kinds: list[Kind] | None = None
        self._defined: set[str] | None = None
        self._compiled = CompiledKinds(client)
        self._outcomes: Outcomes | None = None
        self._lock = asyncio.Lock()

    async def apply(self, manifest: Manifest) -> Applied:
        """Apply one manifest.

        Raises:
            CommandFailed: It cannot be applied; the message names all that is wrong.
        """
        if not manifest.is_definition and (foreseen := self._foreseen.get((manifest.kind, manifest.group))) is not None:
            return Applied(foreseen, _name_of(manifest) or "", "created")
        kind = DEFINITIONS if manifest.is_definition else await self._kind(manifest)
        metadata = self._metadata(manifest, kind)
        name = _name_of(manifest)
        if kind is DEFINITIONS and name is not None and await self._is_built_in(manifest, name):
            return Applied(kind.name, name, "unchanged")
        namespace = metadata.get("namespace", DEFAULT_NAMESPACE) if kind.namespaced else None
        body = {name: value for name, value in manifest.body.items() if name != "status"}
        converted = to_input(body, apply_input(await self._compiled.get(kind.name)))
        value = {"metadata": metadata, **converted.value}
        if kind is DEFINITIONS and self._allow_breaking and isinstance(value.get("spec"), Mapping):
            value["spec"] = {**value["spec"], "allowBreaking": True}
        try:
            if converted.failures:
                raise _refusal(converted.failures)
            applied = await self._apply(kind, value, name=name, namespace=namespace)
        except RequestRefused as error:
            if error.code not in _UNREADABLE:
                raise
            current = None if name is None else await find_resource(self._client, kind, name=name, namespace=namespace)
            found = failures_of(await self._compiled.get(kind.name), body, current=current)
            if not found:
                raise
            named = {failure.path for failure in found}
            raise _refusal([*found, *(one for one in error.failures if one.path not in named)]) from None
        if manifest.is_definition and self._dry_run and applied.outcome == "created":
            self._foresee(manifest, applied.name)
        return applied

    def _foresee(self, manifest: Manifest, name: str) -> None:
        """Remember a kind that would be there: its resources cannot be tried, and would be created."""
        spec = manifest.body["spec"]
        self._foreseen[spec["kind"], spec.get("group") or None] = name
        self._foreseen[name, None] = name

    async def _is_built_in(self, manifest: Manifest, name: str) -> bool:
        """Tell whether a manifest is what the server said of a kind of its own: that comes with a list of all kinds."""
        if not (manifest.body.get("status") or {}).get("builtIn"):
            return False
        served = await find_resource(self._client, DEFINITIONS, name=name, namespace=None)
        return served is not None and bool(served["spec"] == manifest.body.get("spec"))

    async def _apply(self, kind: Kind, value: Mapping[str, Any], *, name: str | None, namespace: Any) -> Applied:
        """Write, again where another write came in between or the server asks for it."""
        delay = _FIRST_DELAY_SECONDS
        for left in reversed(range(_ATTEMPTS)):
            before = await self._before(kind, name=name, namespace=namespace)
            try:
                applied = await self._send(kind, _write(kind, value, before), before)
            except RequestRefused as error:
                overtaken = kind is DEFINITIONS and error.code in _OVERTAKEN
                if not (error.retryable or overtaken) or not left:
                    raise
            else:
                self._note(kind, applied.name)
                return applied
            if name is not None:
                self._note(kind, name)
            await asyncio.sleep(delay)
            delay *= 2
        raise AssertionError("the last attempt returns or raises")

    def _note(self, kind: Kind, name: str) -> None:
        """Remember that a definition is there, or may be."""
        if kind is DEFINITIONS and self._defined is not None and not self._dry_run:
            self._defined.add(name)

    async def _before(self, kind: Kind, *, name: str | None, namespace: Any) -> Raw | None:
        """Return what is there, where that is needed before writing: None for nothing."""
        if name is None or not (self._dry_run or kind is DEFINITIONS):
            return None
        if kind is DEFINITIONS:
            async with self._lock:
                if self._defined is None:
                    self._defined = {one.name for one in await fetch_kinds(self._client)}
            if name not in self._defined:
                return None
        return await find_resource(self._client, kind, name=name, namespace=namespace)

    async def _send(self, kind: Kind, write: _Write, before: Raw | None) -> Applied:
        if self._dry_run:
            answer = await self._mutate(write, dry_run=True)
            after = answer.data["applied"]
            outcome = _predicted(before, after["raw"])
            return Applied(kind.name, after["metadata"]["name"], outcome, before, after["raw"], answer.extensions)
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
        metadata = {name: value for name, value in manifest.metadata.items() if name != "generateName"}
        if not kind.namespaced:
            metadata.pop("namespace", None)
        elif self._namespace is not None:
            given = metadata.setdefault("namespace", self._namespace)
            if given != self._namespace:
                raise CommandFailed(f"its namespace {printable(str(given))} is not {self._namespace}, as -n says")
        return metadata


def _write(kind: Kind, value: Mapping[str, Any], current: Raw | None) -> _Write:
    """Return the mutation for an apply input; a definition is created, or replaced by what the input makes of it."""
    if kind is not DEFINITIONS:
        return _Write(kind.names.apply, kind.names.apply_input, value)
    if current is None:
        return _Write(kind.names.create, kind.names.create_input, value)
    known, given = current["metadata"], value["metadata"]
    metadata = {name: known[name] for name in _KEPT_METADATA if known.get(name)}
    metadata |= {name: {**(known.get(name) or {}), **(given.get(name) or {})} for name in _MERGED_METADATA}
    metadata |= {"name": known["name"], "resourceVersion": known["resourceVersion"]}
    spec = value.get("spec")
    merged = {**current["spec"], **spec} if isinstance(spec, Mapping) else spec
    return _Write(kind.names.replace, kind.names.replace_input, {"metadata": metadata, "spec": merged})


def _refusal(failures: Sequence[Failure]) -> RequestRefused:
    said = [failure.as_dict() for failure in sorted(failures)]
    return RequestRefused([{"message": "invalid", "extensions": {"code": "INVALID", "failures": said}}])


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
