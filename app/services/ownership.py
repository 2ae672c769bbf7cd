"""Whether a resource may be owned as it is to be: an owner's kind must be one, and its namespace must be known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.services.naming import shown
from schema_builder.errors import Failure, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.kinds.registry import Registry
    from app.resources.decisions import Rules
    from app.resources.states import State

__all__ = ["check_owners"]


async def check_owners(registry: Registry, rules: Rules, *, current: State | None, state: State) -> None:
    """Check the owners that a resource is to have and had not: one that cannot be found would count as gone.

    Raises:
        Invalid: With every failure.
    """
    known = set() if current is None else {one["uid"] for one in current.metadata["ownerReferences"]}
    failures = []
    for index, one in enumerate(state.metadata["ownerReferences"]):
        problem = None if one["uid"] in known else await _problem(registry, one, state.metadata["namespace"])
        if problem is not None:
            failures.append(Failure(f"/metadata/ownerReferences/{index}/kind", "owner", problem))
    if failures:
        whole = shown(state.metadata["name"], state.metadata["namespace"])
        raise Invalid(f"{rules.type_name} {whole} is invalid: {failures[0].path} {failures[0].message}.", failures)


async def _problem(registry: Registry, owner: Mapping[str, Any], namespace: str | None) -> str | None:
    kind = owner["kind"]
    served = registry.find(kind)
    if served is None and await registry.refresh():
        served = registry.find(kind)
    if served is None:
        return None if kind in registry.refused else f"there is no kind {shown(kind, None)}: its GraphQL name is meant"
    if served.rules.namespaced and namespace is None:
        return f"{kind} has namespaces: it cannot own what has none"
    return None
