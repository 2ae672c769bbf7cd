"""Why there is no database to serve from.

    DatabaseUnusable
    ├── MongodNotFound          no mongod that we can use on this machine
    ├── MongodFailed            it ended, or did not become primary in time
    ├── DataDirectoryInUse      another server has it
    └── MongodbUnsuitable       the MongoDB at the URI lacks what we build on

All of them are for the person who starts the server: messages say what to do.
"""

from __future__ import annotations

__all__ = ["DataDirectoryInUse", "DatabaseUnusable", "MongodFailed", "MongodNotFound", "MongodbUnsuitable"]


class DatabaseUnusable(Exception):
    """The server cannot start, for a reason that its operator can act on."""


class MongodNotFound(DatabaseUnusable):
    """There is no mongod, or none that is new enough or runs here."""


class MongodFailed(DatabaseUnusable):
    """mongod ended, or did not become primary in time."""


class DataDirectoryInUse(DatabaseUnusable):
    """Another server serves from this data directory."""


class MongodbUnsuitable(DatabaseUnusable):
    """The MongoDB at the URI is too old, no replica set, or cannot be reached."""
