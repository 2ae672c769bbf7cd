"""A Kubernetes CustomResourceDefinition as a definition of ours.

    spec.group                                  group
    spec.names                                  kind; plural and singular where they say more than the kind does
    spec.scope                                  scope
    the storage version's openAPIV3Schema       schema (of spec), statusSchema, extraFields (the rest), description
    its own x-kubernetes-validations            rules
    its additionalPrinterColumns                columns

Other versions, conversion webhooks, categories and short names have no counterpart and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from app.cli.manifests.errors import ManifestError
from app.cli.paths import Path, Property, parse_path, write_path
from schema_builder.names import plural_of, singular_of

__all__ = ["API_GROUP", "KIND", "convert_crd", "is_crd"]

API_GROUP: Final = "apiextensions.k8s.io"
KIND: Final = "CustomResourceDefinition"

_VERSION: Final = "v1"
_SCOPES: Final = {"Namespaced": "NAMESPACED", "Cluster": "CLUSTER"}
_ENVELOPE: Final = frozenset({"apiVersion", "kind", "metadata"})
_LEGAL_NAME: Final = re.compile(r"[a-z][A-Za-z0-9]*", re.ASCII)
_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_RULES: Final = "x-kubernetes-validations"
_ANYTHING: Final = {"type": "object", _PRESERVE: True}
_COLUMN_TYPES: Final = frozenset({"string", "integer", "number", "boolean", "date"})
_METADATA_NAMES: Final = {"creationTimestamp": "createdAt", "deletionTimestamp": "deletionRequestedAt"}
_AGE: Final = (Property("metadata"), Property("createdAt"))


def is_crd(manifest: Mapping[str, Any]) -> bool:
    """Tell whether a manifest is a Kubernetes CRD, of whatever version."""
    version = manifest.get("apiVersion")
    return manifest.get("kind") == KIND and isinstance(version, str) and version.partition("/")[0] == API_GROUP


def convert_crd(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``ResourceDefinition.spec`` of a CRD.

    Raises:
        ManifestError: It is no CRD of apiextensions.k8s.io/v1, or lacks what every CRD has.
    """
    if manifest["apiVersion"] != f"{API_GROUP}/{_VERSION}":
        raise ManifestError(f"{KIND} of {manifest['apiVersion']}: only {API_GROUP}/{_VERSION} is supported")
    spec = _mapping(manifest, "spec", "")
    names = _mapping(spec, "names", "/spec")
    kind = _text(names, "kind", "/spec/names")
    version = _storage_version(spec)
    definition: dict[str, Any] = {"kind": kind, "group": _text(spec, "group", "/spec")}
    singular = singular_of(kind)
    for name, derived in (("plural", plural_of(singular)), ("singular", singular)):
        if chosen := _cased(names.get(name), derived):
            definition[name] = chosen
    scope = spec.get("scope", "Namespaced")
    if scope not in _SCOPES:
        raise ManifestError(f"/spec/scope: {scope!r} is neither Namespaced nor Cluster")
    definition["scope"] = _SCOPES[scope]
    definition.update(_schemas(version))
    if columns := _columns(version):
        definition["columns"] = columns
    return definition


def _storage_version(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    versions = spec.get("versions")
    if isinstance(versions, list):
        for version in versions:
            if isinstance(version, Mapping) and version.get("storage") is True:
                return version
    raise ManifestError("/spec/versions: none is the storage version")


def _schemas(version: Mapping[str, Any]) -> dict[str, Any]:
    holder = version.get("schema")
    root = holder.get("openAPIV3Schema") if isinstance(holder, Mapping) else None
    if root is None:
        return {"schema": _ANYTHING}
    if not isinstance(root, Mapping):
        raise ManifestError("/spec/versions: openAPIV3Schema is no object")
    result: dict[str, Any] = {}
    if isinstance(description := root.get("description"), str):
        result["description"] = description
    properties = root.get("properties")
    if not isinstance(properties, Mapping):
        properties = {}
    if "spec" in properties:
        result["schema"] = _section(root, properties["spec"])
    elif root.get(_PRESERVE) is True:
        result["schema"] = _ANYTHING
    if "status" in properties:
        result["statusSchema"] = properties["status"]
    extra = {name: schema for name, schema in properties.items() if name not in {*_ENVELOPE, "spec", "status"}}
    if extra:
        result["extraFields"] = extra
    if isinstance(rules := root.get(_RULES), list) and rules:
        result["rules"] = rules
    return result


def _section(root: Mapping[str, Any], schema: Any) -> Any:
    """Return the schema of spec; where the root requires no spec, neither do the fields that a spec must have."""
    required = root.get("required")
    optional = not isinstance(required, list) or "spec" not in required
    if optional and isinstance(schema, Mapping) and schema.get("required"):
        return {**schema, "nullable": True}
    return schema


def _columns(version: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the printer columns of normal priority whose path can be read, without the age that every table has."""
    columns = version.get("additionalPrinterColumns")
    result: list[dict[str, str]] = []
    for column in columns if isinstance(columns, list) else []:
        if not isinstance(column, Mapping) or column.get("priority"):
            continue
        try:
            path = _ours(parse_path(_text(column, "jsonPath", "")))
        except (ValueError, ManifestError):
            continue
        if path == _AGE:
            continue
        column_type = column.get("type")
        if column_type not in _COLUMN_TYPES:
            column_type = "string"
        result.append({"name": _text(column, "name", ""), "path": write_path(path), "type": str(column_type)})
    return result


def _ours(path: Path) -> Path:
    """Return a path with our names of what metadata holds."""
    match path:
        case (Property("metadata") as first, Property(name), *rest) if name in _METADATA_NAMES:
            return (first, Property(_METADATA_NAMES[name]), *rest)
        case _:
            return path


def _cased(name: Any, derived: str) -> str | None:
    """Return a Kubernetes plural or singular in camelCase, or None where it is the one derived from the kind anyway.

    Kubernetes writes them in lower-case; the part that repeats the kind takes its capitals back from there
    (``workflowtemplates`` of ``WorkflowTemplate`` is ``workflowTemplates``).
    """
    if not isinstance(name, str) or not _LEGAL_NAME.fullmatch(name):
        return None
    if name == derived.lower():
        return None
    common = 0
    while common < min(len(name), len(derived)) and name[common].lower() == derived[common].lower():
        common += 1
    return derived[:common] + name[common:]


def _mapping(parent: Mapping[str, Any], name: str, path: str) -> Mapping[str, Any]:
    value = parent.get(name)
    if not isinstance(value, Mapping):
        raise ManifestError(f"{path}/{name}: an object is required")
    return value


def _text(parent: Mapping[str, Any], name: str, path: str) -> str:
    value = parent.get(name)
    if not isinstance(value, str) or not value:
        raise ManifestError(f"{path}/{name}: a string is required")
    return value
