"""Arguments that several root fields take: how they look, and how they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLDefaultInput,
    GraphQLNonNull,
    GraphQLResolveInfo,
    GraphQLString,
    SelectionNode,
)
from graphql.language import BooleanValueNode

from schema_builder.definition import Definition, Scope
from schema_builder.errors import BadUserInput

__all__ = [
    "DRY_RUN",
    "LABEL_SELECTOR",
    "MAX_PAGE_SIZE",
    "NAME",
    "OBJECT_VERSION",
    "flag",
    "name_arguments",
    "namespace_arguments",
    "parse_position",
    "reaches",
    "selects",
    "text",
]

MAX_PAGE_SIZE: Final = 500
_POSITION: Final = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_MAX_POSITION: Final = 2**63 - 1


def text(description: str) -> GraphQLArgument:
    """Return an optional string argument."""
    return GraphQLArgument(GraphQLString, description=description)


def flag(description: str, *, default: bool, out_name: str | None = None) -> GraphQLArgument:
    """Return a boolean argument with a default."""
    return GraphQLArgument(
        GraphQLNonNull(GraphQLBoolean),
        description=description,
        default=GraphQLDefaultInput(literal=BooleanValueNode(value=default)),
        out_name=out_name,
    )


NAME: Final = GraphQLArgument(GraphQLNonNull(GraphQLString))
LABEL_SELECTOR: Final = text("Kubernetes syntax, such as `app=db,tier in (a, b),!canary`.")
OBJECT_VERSION: Final = text("Where given, it must be the object's `metadata.resourceVersion`: else CONFLICT.")
DRY_RUN: Final = flag("Do everything but commit.", default=False, out_name="dry_run")


def namespace_arguments(definition: Definition, description: str) -> dict[str, GraphQLArgument]:
    """Return the ``namespace`` argument, which cluster-scoped kinds do not have."""
    return {} if definition.scope is Scope.CLUSTER else {"namespace": text(description)}


def name_arguments(definition: Definition) -> dict[str, GraphQLArgument]:
    """Return the arguments that name one resource."""
    return {"name": NAME, **namespace_arguments(definition, "`default` where absent.")}


def parse_position(value: str | None) -> int | None:
    """Return a position from its decimal string; None stays None.

    Raises:
        BadUserInput: It is no position.
    """
    if value is None:
        return None
    position = int(value) if _POSITION.match(value) else _MAX_POSITION + 1
    if position > _MAX_POSITION:
        raise BadUserInput(
            "The resourceVersion cannot be read: it is opaque, take it from a list, an event or a mutation."
        )
    return position


def selects(info: GraphQLResolveInfo[Any], name: str) -> bool:
    """Tell whether a field's selections name a sub-field; ``@skip`` and ``@include`` are not looked at."""
    pending: list[SelectionNode] = [
        selection for node in info.field_nodes if node.selection_set for selection in node.selection_set.selections
    ]
    seen: set[str] = set()
    while pending:
        selection = pending.pop()
        if isinstance(selection, FieldNode):
            if selection.name.value == name:
                return True
        else:
            pending += _inside(selection, info, seen)
    return False


def reaches(info: GraphQLResolveInfo[Any], name: str) -> bool:
    """Tell whether a field of a name is selected anywhere below a field."""
    pending: list[Any] = [node.selection_set for node in info.field_nodes]
    seen: set[str] = set()
    while pending:
        selection_set = pending.pop()
        for selection in selection_set.selections if selection_set else ():
            if not isinstance(selection, FieldNode):
                pending += [_Selections(_inside(selection, info, seen))]
            elif selection.name.value == name:
                return True
            else:
                pending.append(selection.selection_set)
    return False


class _Selections(NamedTuple):
    """Selections that a fragment stands for."""

    selections: Iterable[SelectionNode]


def _inside(selection: Any, info: GraphQLResolveInfo[Any], seen: set[str]) -> Iterable[SelectionNode]:
    if not isinstance(selection, FragmentSpreadNode):
        return selection.selection_set.selections  # type: ignore[no-any-return]
    fragment = info.fragments.get(selection.name.value)
    if fragment is None or selection.name.value in seen:
        return ()
    seen.add(selection.name.value)
    return fragment.selection_set.selections
