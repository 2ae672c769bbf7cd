"""Every setting of the server, with its variable ``KINDGRAPH_<NAME>``; docs/configuration.md lists them all.

An option of the command line wins over the variable, and the variable over the default here.
"""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

__all__ = ["ENVIRONMENT_PREFIX", "LogLevel", "Settings", "unknown_variables"]

ENVIRONMENT_PREFIX: Final = "KINDGRAPH_"
_OF_CLIENTS: Final = frozenset({"KINDGRAPH_SERVER"})

_Count = Annotated[int, Field(ge=1)]
_Seconds = Annotated[float, Field(gt=0)]


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """What a server is told; frozen once read. A field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=ENVIRONMENT_PREFIX, frozen=True, extra="forbid", env_ignore_empty=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 picks a free one and prints it.")
    workers: int = Field(1, ge=1, le=256, description="Number of server processes on the port.")

    mongo_uri: SecretStr | None = Field(
        None, description="A MongoDB replica set, 6.0 or later. Without it an embedded mongod is started."
    )
    mongo_pool_size: _Count = Field(
        100,
        description="Greatest number of connections to MongoDB, a process; change streams have up to 32 of their own.",
    )
    database: str = Field(
        "",
        max_length=38,
        pattern=r"^[A-Za-z0-9_-]*$",
        description="Name of the database; when empty, the one that the URI names, else `kindgraph`.",
    )
    data_dir: Path = Field(Path(".kindgraph"), description="Where the embedded mongod keeps its data.")
    mongod: Path | None = Field(None, description="The mongod to embed; else the one on PATH, else the installed one.")
    mongod_cache_gib: float = Field(0.5, ge=0.25, le=10000, description="Cache of the embedded mongod, in GiB.")

    log_level: LogLevel = Field(LogLevel.INFO, description="Least level that is logged: debug, info, warning or error.")
    access_log: bool = Field(default=False, description="Whether each HTTP request is logged.")
    drain_seconds: _Seconds = Field(10, description="How long running requests may take to finish after SIGTERM.")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Web origins, separated by commas, whose pages may open a WebSocket beside the server's own; "
        "`*` allows all.",
    )

    max_body_bytes: _Count = Field(5 * 2**20, description="Greatest size of a request's body or WebSocket message.")
    max_document_bytes: _Count = Field(2**20, description="Greatest size of a GraphQL document.")
    max_document_tokens: _Count = Field(25_000, description="Greatest number of tokens in a GraphQL document.")
    max_document_depth: _Count = Field(64, description="Greatest nesting of fields in a GraphQL document.")
    max_document_fields: _Count = Field(
        10_000, description="Greatest number of fields in one operation, with its fragments expanded."
    )
    max_root_fields: _Count = Field(200, description="Greatest number of root fields in one operation, with aliases.")

    max_scan_seconds: _Seconds = Field(
        5, description="How long a list may look for resources that no index finds; the error names the missing index."
    )

    max_watches: _Count = Field(20_000, description="Greatest number of open watches, a process.")
    max_connections: _Count = Field(
        20_000, description="Greatest number of open WebSockets and event streams, a process."
    )
    max_connection_operations: _Count = Field(
        1_000, description="Greatest number of operations that run on one WebSocket at a time."
    )
    max_queued_events: _Count = Field(1_000, description="Events that a watch may be behind before it is ended.")
    history_events: _Count = Field(20_000, description="Changes kept in memory for watches that come back, a process.")
    bookmark_seconds: _Seconds = Field(10, description="How often a watch gets a BOOKMARK.")
    keep_alive_seconds: _Seconds = Field(
        15, description="Pause between signs of life on an open connection, and how long a ping may go unanswered."
    )

    event_ttl_seconds: _Seconds = Field(
        3_600, description="How long an `Event` is kept after it happened last, where it does not say so itself."
    )
    collector_lease_seconds: float = Field(
        15, ge=1, description="How long a garbage collector that died keeps other servers from taking over."
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    def with_mongo_uri(self, uri: str) -> Settings:
        """Return the same settings for a database that has been started or checked meanwhile."""
        return self.model_copy(update={"mongo_uri": SecretStr(uri)})


def unknown_variables() -> list[str]:
    """Return the variables of the environment that look like settings and are none, such as misspelt ones."""
    known = _OF_CLIENTS | {ENVIRONMENT_PREFIX + name.upper() for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(ENVIRONMENT_PREFIX) and name not in known)
