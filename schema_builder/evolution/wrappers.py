"""Whether a type of an input takes every value that another one takes."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLList, GraphQLNonNull

__all__ = ["accepts_what"]


def accepts_what(new: Any, old: Any) -> bool:
    """Tell whether variables and literals of an old input type are valid for a new one."""
    if isinstance(old, GraphQLNonNull):
        return accepts_what(new.of_type if isinstance(new, GraphQLNonNull) else new, old.of_type)
    if isinstance(new, GraphQLNonNull):
        return False
    if isinstance(old, GraphQLList):
        return isinstance(new, GraphQLList) and accepts_what(new.of_type, old.of_type)
    return not isinstance(new, GraphQLList) and bool(new.name == old.name)
