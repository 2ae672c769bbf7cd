"""Kinds and resources that validation is measured on: our own, of three sizes, and those of the corpus, where it is."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.cli.manifests.crd import convert_crd
from app.cli.manifests.documents import decode_text, read_documents
from bench import workload

__all__ = ["Bodies", "corpus_bodies", "own_bodies"]

_ENVELOPE = frozenset({"apiVersion", "kind", "metadata"})


class Bodies(NamedTuple):
    """Resources of one kind.

    Attributes:
        label: What they are, for the table.
        spec: The ``spec`` of the kind's definition.
        bodies: Valid ones: ``{spec, status, …}``.
    """

    label: str
    spec: Mapping[str, Any]
    bodies: list[dict[str, Any]]


def own_bodies() -> list[Bodies]:
    """Return resources of a small, a middling and a large kind."""
    small = [{name: workload.resource(index)[name] for name in ("spec", "status")} for index in range(20)]
    return [
        Bodies("small: 8 leaves", workload.definition(), small),
        Bodies("like a workload: 85 leaves", _KIND, [_workload(3)] * 5),
        Bodies("large: 1,000 leaves", _KIND, [_workload(37)] * 3),
    ]


_NAME = {"type": "string", "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", "maxLength": 63}
_AMOUNT = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
_AMOUNTS = {"type": "object", "additionalProperties": _AMOUNT}
_CONTAINER = {
    "type": "object",
    "required": ["name", "image"],
    "properties": {
        "name": _NAME,
        "image": {"type": "string", "minLength": 1},
        "policy": {"type": "string", "enum": ["Always", "Never", "IfNotPresent"], "default": "Always"},
        "command": {"type": "array", "items": {"type": "string"}},
        "environment": {
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
            "items": {
                "type": "object",
                "required": ["name"],
                "properties": {"name": {"type": "string"}, "value": {"type": "string"}},
                "oneOf": [{"required": ["value"]}, {"required": ["from"]}],
            },
        },
        "ports": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                    "protocol": {"type": "string", "enum": ["TCP", "UDP"], "default": "TCP"},
                },
            },
        },
        "resources": {"type": "object", "properties": {"limits": _AMOUNTS, "requests": _AMOUNTS}},
    },
}
_WORKLOAD = {
    "type": "object",
    "required": ["containers"],
    "properties": {
        "replicas": {"type": "integer", "format": "int32", "minimum": 0, "default": 1},
        "selector": {"type": "object", "additionalProperties": {"type": "string"}},
        "notBefore": {"type": "string", "format": "date-time"},
        "containers": {"type": "array", "minItems": 1, "items": _CONTAINER},
    },
}

_KIND = {"kind": "Workload", "schema": _WORKLOAD}


def _workload(containers: int) -> dict[str, Any]:
    """Return a resource with so many containers of 27 leaves."""
    return {
        "spec": {
            "replicas": 3,
            "selector": {"app": "shop", "tier": "web"},
            "notBefore": "2026-01-31T12:00:00Z",
            "containers": [
                {
                    "name": f"container-{number}",
                    "image": "registry.example.org/shop/web:1.2.3",
                    "policy": "Always",
                    "command": ["/bin/web", "--verbose", "--port=8080"],
                    "environment": [{"name": f"SETTING_{index}", "value": "on"} for index in range(5)],
                    "ports": [{"port": 8080 + index, "protocol": "TCP"} for index in range(2)],
                    "resources": {"limits": {"cpu": 1, "memory": "1Gi"}, "requests": {"cpu": "500m", "memory": "1Gi"}},
                }
                for number in range(containers)
            ],
        }
    }


def corpus_bodies(most: int) -> Iterator[Bodies]:
    """Yield valid resources of the corpus, each with its CRD, spread over all projects; none where it is not there."""
    folder = Path(os.environ.get("KINDGRAPH_CORPUS") or "~/.cache/kindgraph-corpus").expanduser()
    if not (folder / "CRS.tsv").exists():
        return
    with (folder / "CRS.tsv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE) if _is_plain(row)]
    for row in rows[:: max(1, len(rows) // most)]:
        crd = _read(folder / "crds" / row["project"] / f"{row['crd']}.yaml")
        resource = _read(folder / row["file"])
        if crd is not None and resource is not None and row["version"] == _storage_version(crd):
            body = {name: value for name, value in resource.items() if name not in _ENVELOPE}
            yield Bodies(row["file"], convert_crd(crd), [body])


def _is_plain(row: Mapping[str, str]) -> bool:
    return (row["valid"], row["n_unknown_fields"], row["has_placeholder"]) == ("yes", "0", "0")


def _read(file: Path) -> dict[str, Any] | None:
    if not file.exists():
        return None
    first = next(iter(read_documents(decode_text(file.read_bytes()))), None)
    return first.data if first is not None and isinstance(first.data, dict) else None


def _storage_version(crd: Mapping[str, Any]) -> str:
    return next(version["name"] for version in crd["spec"]["versions"] if version.get("storage"))
