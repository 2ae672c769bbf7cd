"""The GraphQL documents of one kind. They are few and always the same, so that the server has parsed them before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from controllers.kinds import Kind

__all__ = ["get_document", "list_document", "scope_arguments", "watch_document", "write_document"]

_BODY_ARGUMENTS: Final[Mapping[str, str]] = {
    "create": "input",
    "replace": "input",
    "apply": "input",
    "update": "patch",
    "updateStatus": "status",
}


def get_document(kind: Kind) -> str:
    """Return the query of one resource, of which ``$name`` and ``$namespace`` are given."""
    named = _Arguments({"name": "String!", **_namespace(kind)})
    return f"query Get{named.declared} {{ result: {kind.names['singular']}{named.passed} {{ raw }} }}"


def list_document(kind: Kind, scope: Mapping[str, Any]) -> str:
    """Return the query of a page of the resources in a scope (see ``scope_arguments``)."""
    types = {"first": "Int", "after": "String", "resourceVersion": "String"}
    arguments = _Arguments({**types, **_scope_types(kind, scope)})
    fields = "nodes { raw } resourceVersion pageInfo { hasNextPage endCursor }"
    return f"query List{arguments.declared} {{ result: {kind.names['plural']}{arguments.passed} {{ {fields} }} }}"


def watch_document(kind: Kind, scope: Mapping[str, Any]) -> str:
    """Return the subscription to the resources in a scope, from ``$resourceVersion`` on."""
    arguments = _Arguments({"resourceVersion": "String", **_scope_types(kind, scope)})
    fields = "type resourceVersion object { raw }"
    return (
        f"subscription Watch{arguments.declared} {{ result: {kind.names['watch']}{arguments.passed} {{ {fields} }} }}"
    )


def write_document(kind: Kind, operation: str) -> str:
    """Return a mutation; ``operation`` is a name in the definition's ``status.names``, or ``delete``."""
    types: dict[str, str] = {}
    if operation in {"update", "updateStatus", "delete"}:
        types |= {"name": "String!", **_namespace(kind), "resourceVersion": "String"}
    if operation != "delete":
        types[_BODY_ARGUMENTS[operation]] = f"{kind.input_types[operation]}!"
    arguments = _Arguments(types)
    return f"mutation Write{arguments.declared} {{ result: {kind.names[operation]}{arguments.passed} {{ raw }} }}"


def scope_arguments(
    kind: Kind, *, namespace: str | None, where: Mapping[str, Any] | None, labels: str | None
) -> Mapping[str, Any]:
    """Return what lists and watches are given to see some of a kind's resources."""
    given = {"namespace": namespace if kind.namespaced else None, "where": where, "labelSelector": labels}
    return {name: value for name, value in given.items() if value is not None}


def _scope_types(kind: Kind, scope: Mapping[str, Any]) -> dict[str, str]:
    types = {"namespace": "String", "where": kind.filter_type, "labelSelector": "String"}
    return {name: types[name] for name in scope}


def _namespace(kind: Kind) -> dict[str, str]:
    return {"namespace": "String"} if kind.namespaced else {}


class _Arguments:
    """Variables that are passed to the arguments of the same names."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.declared = f"({', '.join(f'${name}: {type_}' for name, type_ in types.items())})"
        self.passed = f"({', '.join(f'{name}: ${name}' for name in types)})"
