"""Which changes a controller wants to know of: functions from a change to yes or no, which can be combined.

A predicate only decides whether a change is a reason to reconcile. It hides nothing: a key that comes for another
reason is reconciled with the newest state.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from controllers.informer import Change

__all__ = ["Predicate", "all_of", "any_of", "changed", "generation_changed", "has_labels", "where"]

Predicate: TypeAlias = Callable[[Change], bool]


def generation_changed(change: Change) -> bool:
    """Tell changes of spec and requests of deletion from those of status and metadata."""
    if change.old is None or change.new is None:
        return True
    return change.old.generation != change.new.generation or change.old.deleting != change.new.deleting


def has_labels(**wanted: str) -> Predicate:
    """Want resources that have, or had, these labels; write ``has_labels(**{"app.example.org/tier": "db"})``."""
    return where(lambda resource: wanted.items() <= resource.labels.items())


def where(condition: Callable[[Any], bool]) -> Predicate:
    """Want resources that meet a condition, or did so before."""
    return lambda change: any(condition(state) for state in (change.old, change.new) if state is not None)


def changed(part: Callable[[Any], Any]) -> Predicate:
    """Want changes of a part, such as ``lambda resource: resource.labels``; and whatever comes or goes."""
    return lambda change: change.old is None or change.new is None or part(change.old) != part(change.new)


def all_of(*predicates: Predicate) -> Predicate:
    """Want what all of them want."""
    return lambda change: all(predicate(change) for predicate in predicates)


def any_of(*predicates: Predicate) -> Predicate:
    """Want what some of them want."""
    return lambda change: any(predicate(change) for predicate in predicates)
