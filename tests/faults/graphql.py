"""The documents that clients of a run send, and how filters and writes become their variables."""

from __future__ import annotations

from typing import Any, Final

from tests.faults.history import Action, Filter, Write

__all__ = ["DEFINE", "LIST", "READ", "WATCH", "filter_variables", "mutation"]

DEFINE: Final = {
    "query": "mutation ($spec: ResourceDefinitionSpecInput!) {"
    " createResourceDefinition(input: {spec: $spec}) { metadata { name } } }",
    "variables": {
        "spec": {
            "kind": "Part",
            "schema": {
                "type": "object",
                "properties": {
                    "token": {"type": "string"},
                    "size": {"type": "integer", "minimum": 0, "maximum": 1000},
                    "marks": {"type": "object", "additionalProperties": {"type": "string"}},
                    # Who is named cannot be deleted: such writes are judged in transactions.
                    "leader": {"type": "string", "x-kindgraph-ref": {"kind": "Part", "onDelete": "RESTRICT"}},
                },
            },
            "statusSchema": {
                "type": "object",
                "properties": {
                    "token": {"type": "string"},
                    "marks": {"type": "object", "additionalProperties": {"type": "string"}},
                },
            },
        }
    },
}

_FILTER: Final = "$namespace: String, $where: PartFilter, $selector: String, $position: String"
_ARGUMENTS: Final = "namespace: $namespace, where: $where, labelSelector: $selector, resourceVersion: $position"

LIST: Final = (
    f"query ({_FILTER}, $after: String) {{ parts({_ARGUMENTS}, first: 100, after: $after) {{"
    " resourceVersion pageInfo { hasNextPage endCursor } nodes { raw } } }"
)
READ: Final = "query ($name: String!, $namespace: String) { part(name: $name, namespace: $namespace) { raw } }"
WATCH: Final = (
    f"subscription ({_FILTER}, $initial: Boolean!) {{"
    f" watchParts({_ARGUMENTS}, sendInitialEvents: $initial) {{"
    " type resourceVersion object { raw } previous { raw } changedPaths } }"
)

_INPUTS: Final = {Action.CREATE: "Create", Action.REPLACE: "Replace", Action.APPLY: "Apply"}
_NAMED: Final = "$name: String!, $namespace: String, $seen: String, $dry: Boolean!"
_NAMES: Final = "name: $name, namespace: $namespace, resourceVersion: $seen, dryRun: $dry"


def filter_variables(wanted: Filter, *, position: int | None) -> dict[str, Any]:
    """Return the variables that a list and a watch have in common."""
    where: dict[str, Any] = {}
    if wanted.name is not None:
        where["metadata"] = {"name": {"eq": wanted.name}}
    if wanted.least is not None:
        where["spec"] = {"size": {"gte": wanted.least}}
    return {
        "namespace": wanted.namespace,
        "where": where or None,
        "selector": None if wanted.team is None else f"team={wanted.team}",
        "position": None if position is None else str(position),
    }


def mutation(write: Write) -> dict[str, Any]:
    """Return the request of a write, whose one root field is ``done``."""
    seen = None if write.seen is None else str(write.seen)
    namespace, name = write.key
    content = {"spec": dict(write.spec)}
    if write.action in _INPUTS:
        verb = _INPUTS[write.action]
        metadata = {"name": name, "namespace": namespace, "labels": dict(write.labels)}
        if seen is not None:
            metadata["resourceVersion"] = seen
        document = f"$input: {verb}PartInput!, $dry: Boolean!", f"{verb.lower()}Part(input: $input, dryRun: $dry)"
        variables: dict[str, Any] = {"input": {"metadata": metadata, **content}, "dry": write.dry}
    else:
        variables = {"name": name, "namespace": namespace, "seen": seen, "dry": write.dry}
        if write.action is Action.DELETE:
            document = _NAMED, f"deletePart({_NAMES})"
        elif write.action is Action.STATUS:
            document = f"{_NAMED}, $status: PartStatusPatch!", f"updatePartStatus({_NAMES}, status: $status)"
            variables["status"] = dict(write.status)
        else:
            document = f"{_NAMED}, $patch: PartPatch!", f"updatePart({_NAMES}, patch: $patch)"
            variables["patch"] = {"metadata": {"labels": dict(write.labels)}, **(content if write.spec else {})}
    return {"query": f"mutation ({document[0]}) {{ done: {document[1]} {{ raw }} }}", "variables": variables}
