"""Judges a recorded history: which promises of the server it breaks. Pure: a history in, violations out.

What is checked, after what etcd asks of its watches, and Jepsen's checkers of everything:

- writes (``write_rules``): an acknowledged write is committed, once, at the position and with the state that was
  answered, and is what it asked for made of its very predecessor; a refused one is not, and was refused for a reason;
  one whose outcome is unknown is committed once or not at all; nobody else's commits are there; versions rise; a write
  that was called after another had returned comes later.
- watches (``watch_rules``): every change that matches is told once, in order, with its type, states and paths, from the
  start on, over every resume, up to every bookmark and to the position that an end names; a beginning with the state is
  that state; nobody is left hanging.
- snapshots (``snapshots``): a list is the whole state at its position, at least as new as what was acknowledged before
  it; what is read by name was there meanwhile; a watcher's copy is the state at every end; the final list is what all
  commits lead to.

The truth they are held against is told in ``truth``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.faults.snapshots import judge_lists, judge_readings, judge_replays
from tests.faults.truth import reconstruct
from tests.faults.violations import Violation
from tests.faults.watch_rules import judge_watches
from tests.faults.write_rules import attribute, judge_writes

if TYPE_CHECKING:
    from tests.faults.history import History

__all__ = ["check"]


def check(history: History) -> list[Violation]:
    """Return every violation of a history, none where it is right."""
    truth = reconstruct(history)
    return [
        *(Violation("code", text) for text in history.odd),
        *attribute(history, truth),
        *judge_writes(history, truth),
        *judge_watches(history, truth),
        *judge_lists(history, truth),
        *judge_readings(history, truth),
        *judge_replays(history, truth),
    ]
