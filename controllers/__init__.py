"""Controllers: programs that watch resources, compare what is desired with what is, and act.

This package needs nothing of the server's code: it speaks GraphQL. docs/controllers.md teaches it.
"""

from controllers.context import Context
from controllers.controller import Controller, Requeue
from controllers.errors import (
    AlreadyExists,
    AlreadyOwned,
    Conflict,
    ControllerError,
    Invalid,
    LeadershipLost,
    NotFound,
    Permanent,
    ServerError,
    Unavailable,
    Unreachable,
)
from controllers.informer import Change, ChangeType
from controllers.limiter import Backoff
from controllers.mapping import by_field, owners, references
from controllers.predicates import all_of, any_of, changed, generation_changed, has_labels, where
from controllers.process import run, serve
from controllers.resource import Key, Resource

__all__ = [
    "AlreadyExists",
    "AlreadyOwned",
    "Backoff",
    "Change",
    "ChangeType",
    "Conflict",
    "Context",
    "Controller",
    "ControllerError",
    "Invalid",
    "Key",
    "LeadershipLost",
    "NotFound",
    "Permanent",
    "Requeue",
    "Resource",
    "ServerError",
    "Unavailable",
    "Unreachable",
    "all_of",
    "any_of",
    "by_field",
    "changed",
    "generation_changed",
    "has_labels",
    "owners",
    "references",
    "run",
    "serve",
    "where",
]
