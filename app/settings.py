"""Every setting of the server, with its variable ``KINDGRAPH_<NAME>``; docs/configuration.md lists them all.

An option of the command line wins over the variable, and the variable over the default here.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ENVIRONMENT_PREFIX", "LogLevel", "Settings"]

ENVIRONMENT_PREFIX: Final = "KINDGRAPH_"

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
    drain_seconds: _Seconds = Field(10, description="After SIGTERM, how long running requests may take to finish.")

    max_body_bytes: _Count = Field(
        8 * 2**20, description="Greatest size of a request's body or of a WebSocket message (413, 4413)."
    )
    max_document_depth: _Count = Field(40, description="Greatest depth of a GraphQL document's selections.")
    max_document_tokens: _Count = Field(20_000, description="Greatest number of tokens in a GraphQL document.")
    max_aliases: _Count = Field(100, description="Greatest number of root fields that one operation may select.")
    max_cost: _Count = Field(1_000_000, description="Greatest estimated number of values in an answer.")
    max_watches: _Count = Field(20_000, description="Greatest number of open watches of one server process.")
    max_queued_events: _Count = Field(1_000, description="Events that a watch may be behind before it is ended.")
    bookmark_seconds: _Seconds = Field(10, description="How often a watch without changes gets a BOOKMARK.")

    def with_mongo_uri(self, uri: str) -> Settings:
        """Return the same settings for a database that has been started or checked meanwhile."""
        return self.model_copy(update={"mongo_uri": SecretStr(uri)})
