"""What subscriptions answer to an event, completed and encoded once for all who asked alike.

An answer depends on the plan and on the event alone: variables have told the source what to deliver, and those that
``@skip`` and ``@include`` read have chosen the plan. So subscriptions of one plan share their answers, whatever they
filter by, wherever they began, and whenever they came back.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from app.transport.results import Result, encode

if TYPE_CHECKING:
    from app.transport.plans import Plan
    from schema_builder.backend import WatchEvent

__all__ = ["Answers"]

_MAX_ANSWERS: Final = 1_000
_MAX_BYTES: Final = 16 * 1024 * 1024


_Key: TypeAlias = tuple[int, Hashable, str, int | None]


class _Answer(NamedTuple):
    """An answer, and the plan that its key has the identity of."""

    result: Result
    size: int
    plan: Plan


class Answers:
    """The newest answers of an engine, bounded in number and bytes."""

    def __init__(self) -> None:
        self._answers: OrderedDict[_Key, _Answer] = OrderedDict()
        self._bytes = 0
        self._last: tuple[WatchEvent, Plan, Hashable, Result] | None = None

    def __len__(self) -> int:
        return len(self._answers)

    def find(self, plan: Plan, event: WatchEvent, *, rights: Hashable = None) -> Result | None:
        """Return the answer that was kept for a plan, rights and an event, None where there is none."""
        last = self._last
        if last is not None and last[0] is event and last[1] is plan and last[2] == rights:
            return last[3]
        known = self._answers.get((id(plan), rights, event.type, event.position))
        if known is None:
            return None
        self._last = event, plan, rights, known.result  # most likely what the next one asks for
        return known.result

    def keep(self, plan: Plan, event: WatchEvent, *, data: dict[str, Any], rights: Hashable = None) -> Result:
        """Return the answer to an event, encoded and kept for others.

        Args:
            plan: What was asked.
            event: What happened: one position is one change of one resource, so its type and position say it all.
                The initial state, which has no position, is each subscription's own.
            data: The completed answer.
            rights: What those may see who share it.

        Raises:
            Unencodable: The answer is no JSON.
        """
        if event.position is None:
            return Result(data=data)
        encoded = b'{"data":%s}}' % encode(data)
        result = Result(encoded=encoded)
        key = id(plan), rights, event.type, event.position
        replaced = self._answers.pop(key, None)
        self._bytes += len(encoded) - (0 if replaced is None else replaced.size)
        self._answers[key] = _Answer(result, len(encoded), plan)
        self._last = None
        while self._bytes > _MAX_BYTES or len(self._answers) > _MAX_ANSWERS:
            _, oldest = self._answers.popitem(last=False)
            self._bytes -= oldest.size
        return result
