"""The same kind written by hand with Strawberry, as its documentation shows: types, a query, ``strawberry.asgi``.

Annotations are evaluated by Strawberry, so this module does without postponed ones.
"""

from enum import Enum
from typing import Any, Self

import strawberry
from starlette.applications import Starlette
from starlette.routing import Route
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, SchemaExtension, ValidationCache
from strawberry.scalars import JSON

from bench.yardsticks.store import ServiceStore

__all__ = ["cached_application", "plain_application"]


@strawberry.type
class Metadata:
    """What every resource carries."""

    name: str
    namespace: str
    resource_version: str
    uid: str
    labels: JSON
    generation: int
    created_at: str
    updated_at: str


@strawberry.enum
class Protocol(Enum):
    """What the service speaks."""

    TCP = "TCP"
    HTTP = "HTTP"
    GRPC = "GRPC"


@strawberry.type
class Limits:
    """Bounds of the connection pool."""

    max_conns: int | None
    timeout_seconds: float | None


@strawberry.type
class Spec:
    """The desired state."""

    host: str
    port: int
    protocol: Protocol | None
    tls: bool | None
    limits: Limits | None


@strawberry.type
class Status:
    """The observed state."""

    phase: str | None
    message: str | None


@strawberry.type
class ExternalService:
    """One resource."""

    metadata: Metadata
    spec: Spec
    status: Status | None

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> Self:
        """Return the object of a stored document."""
        metadata, spec, status = document["metadata"], document["spec"], document["status"]
        return cls(
            metadata=Metadata(
                name=metadata["name"],
                namespace=metadata["namespace"],
                resource_version=metadata["resourceVersion"],
                uid=metadata["uid"],
                labels=metadata["labels"],
                generation=metadata["generation"],
                created_at=metadata["createdAt"],
                updated_at=metadata["updatedAt"],
            ),
            spec=Spec(
                host=spec["host"],
                port=spec["port"],
                protocol=Protocol(spec["protocol"]) if "protocol" in spec else None,
                tls=spec["tls"],
                limits=Limits(
                    max_conns=spec["limits"]["maxConns"],
                    timeout_seconds=spec["limits"].get("timeoutSeconds"),
                ),
            ),
            status=Status(phase=status["phase"], message=status.get("message")),
        )


@strawberry.type
class ExternalServices:
    """A page of resources."""

    nodes: list[ExternalService]


def plain_application(store: ServiceStore) -> Starlette:
    """Return the API with nothing added."""
    return _application(store, extensions=[])


def cached_application(store: ServiceStore) -> Starlette:
    """Return the API with Strawberry's parser and validation caches."""
    return _application(store, extensions=[ParserCache, ValidationCache])


def _application(store: ServiceStore, *, extensions: list[type[SchemaExtension]]) -> Starlette:
    @strawberry.type
    class Query:
        @strawberry.field
        async def external_service(self, name: str) -> ExternalService | None:
            document = await store.find(name)
            return None if document is None else ExternalService.from_document(document)

        @strawberry.field
        async def external_services(self, first: int = 50) -> ExternalServices:
            documents = await store.list(first)
            return ExternalServices(nodes=[ExternalService.from_document(document) for document in documents])

    graphql: GraphQL[None, None] = GraphQL(strawberry.Schema(query=Query, extensions=extensions))
    return Starlette(routes=[Route("/graphql", graphql)])
