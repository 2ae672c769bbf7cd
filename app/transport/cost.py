"""What an operation may read, and a document may hold, judged before anything of it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    IntValueNode,
    ListValueNode,
    Node,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from app.errors import LimitExceeded

if TYPE_CHECKING:
    from graphql import DocumentNode, FragmentDefinitionNode
    from graphql.execution.values import VariableValues

    from app.transport.limits import TransportLimits
    from app.transport.plans import Plan

__all__ = ["RESOURCE_COST", "check_cost", "check_literals", "selected_fields"]

RESOURCE_COST: Final = 100
"""What it costs to read a resource and not to select anything of it, a selected field being 1."""
_DEFAULT_PAGE: Final = 50
_MOST_RESOURCES: Final = 500


def check_literals(document: DocumentNode, text: str, *, most: int) -> None:
    """Refuse a document with very many literals: they are coerced whenever it is executed.

    Raises:
        LimitExceeded: There are more than ``most``.
    """
    if len(text) < 2 * most:  # each takes a character, and one that parts it from the next
        return
    count = 0
    waiting: list[Node] = [document]
    while waiting:
        node = waiting.pop()
        count += isinstance(node, ValueNode)
        if count > most:
            raise LimitExceeded(f"The document holds more than {most} values: pass them as variables.")
        for key in node.keys:
            child = getattr(node, key)
            if isinstance(child, Node):
                waiting.append(child)
            elif isinstance(child, list | tuple):
                waiting.extend(item for item in child if isinstance(item, Node))


def check_cost(plan: Plan, variables: VariableValues, limits: TransportLimits) -> None:
    """Refuse an operation that may read, and answer, very much at once.

    Raises:
        LimitExceeded: It may.
    """
    if len(plan.introspection) > limits.max_introspections:
        raise LimitExceeded(f"An operation has at most {limits.max_introspections} root fields of introspection.")
    cost = sum(
        _resources(details[0].node, variables.coerced, is_list=plan.is_list(details)) * (RESOURCE_COST + size)
        for details, size in plan.sizes
    )
    if cost > limits.max_cost:
        raise LimitExceeded(
            f"The operation may cost {cost}, and {limits.max_cost} is the most: ask for fewer resources, or for fewer "
            f"fields of them (each resource costs {RESOURCE_COST}, and 1 for each field)."
        )


def _resources(field: FieldNode, variables: Mapping[str, Any], *, is_list: bool) -> int:
    """Return how many resources a root field may answer."""
    given = {argument.name.value: argument.value for argument in field.arguments or ()}
    if "ids" in given:
        return min(_length(given["ids"], variables), _MOST_RESOURCES)
    if not is_list:
        return 1
    sizes = [size for name in ("first", "last") if (size := _number(given.get(name), variables)) is not None]
    return min(max(sizes[0], 0), _MOST_RESOURCES) if sizes else _DEFAULT_PAGE


def _number(node: ValueNode | None, variables: Mapping[str, Any]) -> int | None:
    if isinstance(node, VariableNode):
        value = variables.get(node.name.value)
        return value if isinstance(value, int) else None
    return int(node.value) if isinstance(node, IntValueNode) else None


def _length(node: ValueNode, variables: Mapping[str, Any]) -> int:
    if isinstance(node, VariableNode):
        value = variables.get(node.name.value)
        return len(value) if isinstance(value, Sequence) and not isinstance(value, str) else 1
    return len(node.values) if isinstance(node, ListValueNode) else 1


def selected_fields(
    selection_set: SelectionSetNode | None,
    fragments: Mapping[str, FragmentDefinitionNode],
    known: dict[str, int],
) -> int:
    """Return how many fields a selection has, fragments expanded; those are remembered in ``known``."""
    count = 0
    for selection in selection_set.selections if selection_set else ():
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in known:
                known[name] = selected_fields(fragments[name].selection_set, fragments, known)
            count += known[name]
        else:
            inner = selected_fields(getattr(selection, "selection_set", None), fragments, known)
            count += inner + isinstance(selection, FieldNode)
    return count
