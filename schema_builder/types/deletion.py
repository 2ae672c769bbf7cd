"""The enum of what becomes of what a deleted resource owns."""

from __future__ import annotations

from typing import Final

from graphql import GraphQLArgument, GraphQLEnumType, GraphQLEnumValue

from schema_builder.backend import Propagation

__all__ = ["DELETION_PROPAGATION", "PROPAGATION"]

DELETION_PROPAGATION: Final = GraphQLEnumType(
    "DeletionPropagation",
    {
        Propagation.BACKGROUND.value: GraphQLEnumValue(
            Propagation.BACKGROUND, description="It goes at once, and what it owns after it."
        ),
        Propagation.FOREGROUND.value: GraphQLEnumValue(
            Propagation.FOREGROUND,
            description="It goes once everything that it owns, and that blocks the deletion of its owner, is gone.",
        ),
        Propagation.ORPHAN.value: GraphQLEnumValue(
            Propagation.ORPHAN, description="What it owns stays, and is owned by it no more."
        ),
    },
    description="What becomes of the resources that a deleted one owns.",
)

PROPAGATION: Final = GraphQLArgument(
    DELETION_PROPAGATION,
    description="BACKGROUND where absent, or what the resource's finalizers already say.",
)
