"""What a document means: a definition, or a resource of some kind; Kubernetes' envelope is taken off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.cli.manifests.crd import convert_crd, is_crd
from app.cli.manifests.errors import ManifestError

__all__ = ["DEFINITION_KIND", "Manifest", "items_of", "read_manifest"]

DEFINITION_KIND: Final = "ResourceDefinition"

_ENVELOPE: Final = frozenset({"apiVersion", "group", "kind", "metadata", "id"})
_KEPT_METADATA: Final = ("name", "generateName", "namespace", "labels", "annotations", "finalizers", "ownerReferences")
_LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_MAX_LIST_DEPTH: Final = 10


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a document asks for.

    Attributes:
        kind: The kind's name, or a definition's.
        group: The kind's group; None for none.
        metadata: Only what a client may set; ``name`` may be missing in a definition's.
        body: ``spec`` and extra fields by original name, with ``status`` where the document has one.
        is_definition: It defines a kind; ``body["spec"]`` is in our form.
    """

    kind: str
    group: str | None
    metadata: Mapping[str, Any]
    body: Mapping[str, Any]
    is_definition: bool = False

    @property
    def name(self) -> str | None:
        """The resource's name, None where it has none."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) else None

    def __str__(self) -> str:
        """Return ``KIND/NAME`` for messages, or ``KIND``; a definition without a name is called by its kind."""
        spec = self.body.get("spec")
        named = self.name or (spec.get("kind") if self.is_definition and isinstance(spec, Mapping) else None)
        named = named or self.metadata.get("generateName")
        return f"{self.kind}/{named}" if named else self.kind

    @property
    def namespace(self) -> str | None:
        """The resource's namespace, None where it names none."""
        namespace = self.metadata.get("namespace")
        return namespace if isinstance(namespace, str) else None


def items_of(data: Any, *, depth: int = 0) -> Iterator[Any]:
    """Return the objects of a document: itself, or the items of a ``List``, ``FooList`` and the like, in order."""
    is_list = (
        isinstance(data, Mapping)
        and isinstance(data.get("kind"), str)
        and data["kind"].endswith("List")
        and isinstance(data.get("items"), list)
        and "spec" not in data
    )
    if not is_list or depth >= _MAX_LIST_DEPTH:
        yield data
        return
    for item in data["items"]:
        yield from items_of(_with_type_of_list(item, data), depth=depth + 1)


def read_manifest(data: Any) -> Manifest:
    """Return what one object asks for.

    Raises:
        ManifestError: It is no resource, or a CRD that cannot be converted.
    """
    if not isinstance(data, Mapping):
        raise ManifestError("the document is no object with kind and metadata")
    kind = data.get("kind")
    if not isinstance(kind, str) or not kind:
        raise ManifestError("kind is missing")
    metadata = data.get("metadata")
    if metadata is None:
        metadata = {}
    if not isinstance(metadata, Mapping):
        raise ManifestError("metadata is no object")
    if is_crd(data):
        return Manifest(
            kind=DEFINITION_KIND,
            group=None,
            metadata=_kept(metadata, names=False, kubernetes=True),
            body={"spec": convert_crd(data)},
            is_definition=True,
        )
    group = _group(data)
    return Manifest(
        kind=kind,
        group=group,
        metadata=_kept(metadata, names=True, kubernetes="apiVersion" in data),
        body={name: value for name, value in data.items() if name not in _ENVELOPE},
        is_definition=kind == DEFINITION_KIND and group is None,
    )


def _with_type_of_list(item: Any, data: Mapping[str, Any]) -> Any:
    """Return an item with the kind that a typed list says for all, as servers write ``FooList``."""
    if not isinstance(item, Mapping) or "kind" in item or data["kind"] == "List":
        return item
    shared = {name: data[name] for name in ("apiVersion", "group") if name in data}
    return {**shared, "kind": data["kind"].removesuffix("List"), **item}


def _group(data: Mapping[str, Any]) -> str | None:
    """Return the group that ``group: G`` or ``apiVersion: G/VERSION`` names; ``apiVersion: v1`` names none."""
    group = data.get("group")
    if group is not None and not isinstance(group, str):
        raise ManifestError("group is no string")
    version = data.get("apiVersion")
    if version is None:
        return group or None
    if not isinstance(version, str):
        raise ManifestError("apiVersion is no string")
    named, slash, _ = version.rpartition("/")
    if group and slash and named != group:
        raise ManifestError(f"apiVersion {version} and group {group} contradict each other")
    return group or named or None


def _kept(metadata: Mapping[str, Any], *, names: bool, kubernetes: bool) -> dict[str, Any]:
    """Return what of metadata is the client's to set; what a server sets is left out without a word.

    Args:
        metadata: As written.
        names: False for a CRD: ``plural.group`` is no name of ours.
        kubernetes: Owner references are to objects of a cluster, which mean nothing here.
    """
    dropped = {"name", "generateName", "namespace"} if not names else set()
    if kubernetes:
        dropped.add("ownerReferences")
    kept = {name: metadata[name] for name in _KEPT_METADATA if metadata.get(name) is not None and name not in dropped}
    annotations = kept.get("annotations")
    if isinstance(annotations, Mapping) and _LAST_APPLIED in annotations:
        kept["annotations"] = {name: value for name, value in annotations.items() if name != _LAST_APPLIED}
    return {name: value for name, value in kept.items() if value != {} or name not in {"annotations", "labels"}}
