"""Filling what compiled selections leave open: everything that links name, level by level, each in one read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.errors import LimitExceeded
from app.pacing import Pace
from app.transport.cost import RESOURCE_COST
from schema_builder.selection import Hole, collecting_holes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schema_builder.backend import RequestScope

__all__ = ["LinkBudget", "fill_holes"]


class LinkBudget:
    """What the links of one answer may still cost, by the measure of ``app.transport.cost``."""

    __slots__ = ("_left", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most

    def spend(self, holes: Sequence[Hole]) -> None:
        """Take what reading and completing some links costs.

        Raises:
            LimitExceeded: It is more than there is left.
        """
        self._left -= sum(RESOURCE_COST + hole.weight for hole in holes)
        if self._left < 0:
            raise LimitExceeded(
                f"What the references name costs more than {self._most}: ask for fewer resources, or for fewer fields "
                f"of them (each that is named costs {RESOURCE_COST}, and 1 for each field)."
            )


async def fill_holes(holes: Sequence[Hole], scope: RequestScope, *, position: int | None, budget: LinkBudget) -> None:
    """Fill holes, and those that what fills them leaves; a hole whose target does not exist stays null.

    Args:
        holes: Of one completed value.
        scope: Reads, together with whatever else the request asks for at the same time.
        position: Read exactly the state at this position; None reads the newest.
        budget: What may be read and answered.

    Raises:
        LimitExceeded: The budget is used up.
        KindgraphError: The state cannot be read.
        NullInNonNull: graphql-core has to complete the whole value, and to say what is wrong.
    """
    while holes:
        budget.spend(holes)
        targets = list({hole.target: None for hole in holes})
        found = dict(zip(targets, await scope.linked(targets, position=position), strict=True))
        pace = Pace()
        with collecting_holes() as deeper:
            for hole in holes:
                resource = found[hole.target]
                if resource is not None:
                    hole.fill(resource)
                await pace.keep()
        holes = deeper
