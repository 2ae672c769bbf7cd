"""The rules of metadata, as Kubernetes has them.

Sources: RFC 1123 for names; ``k8s.io/apimachinery/pkg/util/validation`` (IsDNS1123Subdomain, IsQualifiedName,
IsValidLabelValue) and ``pkg/api/validation/objectmeta.go`` (annotations, finalizers) for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.validation.messages import shown

__all__ = [
    "MAX_NAME",
    "NO_NAME",
    "generated_name",
    "label_failures",
    "metadata_failures",
    "name_failures",
    "qualified_name_problem",
]

MAX_NAME: Final = 253
_MAX_ANNOTATIONS_BYTES: Final = 256 * 1024
_MAX_LABEL: Final = 63
_MAX_ENTRIES: Final = 1_000

NO_NAME: Final = Failure("/metadata/name", "required", "is required (or generateName, when creating)")

_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_QUALIFIED: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_GRAPHQL_NAME: Final = re.compile(r"(?!__)[_A-Za-z][A-Za-z0-9_]*")

_NAME_RULE: Final = (
    "must be an RFC 1123 subdomain: at most 253 lower-case letters, digits, '-' and '.', beginning and ending with a "
    "letter or digit (also around each '.')"
)
_LABEL_RULE: Final = "at most 63 letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"
_QUALIFIED_RULE: Final = f"must be {_LABEL_RULE}, after an optional DNS prefix and '/'"

_SUFFIX_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX_LENGTH: Final = 5


def generated_name(prefix: str, numbers: Sequence[int]) -> str:
    """Return a name made of a prefix and five random characters (without vowels, so that they spell nothing).

    Args:
        prefix: ``metadata.generateName``; cut so that the name is not too long.
        numbers: Five random numbers.
    """
    suffix = "".join(_SUFFIX_ALPHABET[number % len(_SUFFIX_ALPHABET)] for number in numbers[:_SUFFIX_LENGTH])
    return prefix[: MAX_NAME - _SUFFIX_LENGTH] + suffix


def name_failures(name: Any, *, path: str) -> Iterator[Failure]:
    """Yield what is wrong with a name or a namespace."""
    if not isinstance(name, str) or len(name) > MAX_NAME or not _SUBDOMAIN.fullmatch(name):
        yield Failure(path, "name", f"{_NAME_RULE}; it is {shown(name)}")


def qualified_name_problem(name: str) -> str | None:
    """Return what is wrong with a label's, annotation's or finalizer's key, or None."""
    prefix, slash, local = name.rpartition("/")
    if slash and (len(prefix) > MAX_NAME or not _SUBDOMAIN.fullmatch(prefix)):
        return _QUALIFIED_RULE
    return None if len(local) <= _MAX_LABEL and _QUALIFIED.fullmatch(local) else _QUALIFIED_RULE


def label_failures(labels: Mapping[str, Any], *, path: str) -> Iterator[Failure]:
    """Yield what is wrong with labels."""
    for key, value in labels.items():
        place = f"{path}/{pointer_token(key)}"
        if problem := qualified_name_problem(key):
            yield Failure(place, "label", f"the key {problem}")
        if not isinstance(value, str) or len(value) > _MAX_LABEL or (value and not _QUALIFIED.fullmatch(value)):
            yield Failure(
                place,
                "label",
                f"the value must be empty or {_LABEL_RULE}",
            )


def metadata_failures(
    metadata: Mapping[str, Any], *, namespaced: bool, graphql_named: bool = False
) -> Iterator[Failure]:
    """Yield everything wrong with the metadata that a resource is to have.

    Args:
        metadata: ``{name, namespace, labels, annotations, finalizers, ownerReferences, …}``, all present.
        namespaced: Whether the kind has namespaces.
        graphql_named: Whether names are GraphQL names: those of definitions are.
    """
    if not metadata["name"]:
        yield NO_NAME
    elif not graphql_named:
        yield from name_failures(metadata["name"], path="/metadata/name")
    elif not isinstance(metadata["name"], str) or not _GRAPHQL_NAME.fullmatch(metadata["name"]):
        yield Failure("/metadata/name", "name", f"must be the kind's GraphQL name; it is {shown(metadata['name'])}")
    if namespaced:
        yield from name_failures(metadata["namespace"], path="/metadata/namespace")
    elif metadata["namespace"] is not None:
        yield Failure("/metadata/namespace", "namespace", "must be absent: the kind is cluster-scoped")
    if failures := list(_too_many(metadata)):
        yield from failures
        return
    yield from label_failures(metadata["labels"], path="/metadata/labels")
    yield from _annotation_failures(metadata["annotations"])
    yield from _finalizer_failures(metadata["finalizers"])
    yield from _owner_failures(metadata["ownerReferences"])


def _too_many(metadata: Mapping[str, Any]) -> Iterator[Failure]:
    for name in ("labels", "annotations", "finalizers", "ownerReferences"):
        if len(metadata[name]) > _MAX_ENTRIES:
            yield Failure(f"/metadata/{name}", "maxItems", f"must have at most {_MAX_ENTRIES} entries")


def _annotation_failures(annotations: Mapping[str, Any]) -> Iterator[Failure]:
    size = 0
    for key, value in annotations.items():
        place = f"/metadata/annotations/{pointer_token(key)}"
        if problem := qualified_name_problem(key.lower()):
            yield Failure(place, "annotation", f"the key {problem}")
        if isinstance(value, str):
            size += len(key) + len(value.encode("utf-8", "surrogatepass"))
        else:
            yield Failure(place, "annotation", "the value must be a string")
    if size > _MAX_ANNOTATIONS_BYTES:
        yield Failure(
            "/metadata/annotations", "maxLength", f"must have at most {_MAX_ANNOTATIONS_BYTES} bytes together"
        )


def _finalizer_failures(finalizers: Sequence[Any]) -> Iterator[Failure]:
    for index, finalizer in enumerate(finalizers):
        place = f"/metadata/finalizers/{index}"
        if not isinstance(finalizer, str):
            yield Failure(place, "finalizer", "must be a string")
        elif problem := qualified_name_problem(finalizer):
            yield Failure(place, "finalizer", problem)
        elif finalizer in finalizers[:index]:
            yield Failure(place, "uniqueItems", f"{shown(finalizer)} is there already")


def _owner_failures(owners: Sequence[Any]) -> Iterator[Failure]:
    controllers = 0
    for index, owner in enumerate(owners):
        place = f"/metadata/ownerReferences/{index}"
        if not isinstance(owner, Mapping):
            yield Failure(place, "type", "must be an object")
            continue
        for name in ("kind", "name", "uid"):
            if not isinstance(owner.get(name), str) or not owner[name]:
                yield Failure(f"{place}/{name}", "required", "must be a string that is not empty")
        controllers += owner.get("controller") is True
    if controllers > 1:
        yield Failure("/metadata/ownerReferences", "controller", "must name at most one controller")
