"""The engine: from the parameters of a request to its answer, on the schema snapshot that it began with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from graphql import GraphQLError, OperationType
from graphql.execution.values import VariableValues, get_variable_values

from app.errors import LimitExceeded, Unavailable
from app.transport.admission import Admission
from app.transport.answers import Answers
from app.transport.cost import check_cost
from app.transport.documents import Document, Documents, Refused
from app.transport.introspections import Introspections
from app.transport.limits import TransportLimits
from app.transport.plans import Operation, Plan, PlannedExecutor
from app.transport.results import Result
from app.transport.scope import Scope
from app.transport.subscriptions import Subscription
from app.transport.wire_errors import error_of, field_errors, input_errors
from schema_builder.errors import BadUserInput, KindgraphError

if TYPE_CHECKING:
    from app.transport.parameters import GraphQLRequest
    from schema_builder.backend import Backend
    from schema_builder.snapshot import Snapshot

__all__ = ["Connection", "Counters", "Engine", "Prepared"]

_INLINE_VARIABLE_BYTES: Final = 65_536
_MOST_COERCION_ERRORS: Final = 20
_ONE_ANSWER: Final = frozenset({OperationType.QUERY, OperationType.MUTATION})


class Connection(Protocol):
    """A connection that lasts, and that requests come over."""

    def drain(self) -> None:
        """Finish what runs, take nothing more, and close."""


class Prepared(NamedTuple):
    """A request that may run: all of it belongs to one snapshot."""

    snapshot: Snapshot
    document: Document
    operation: Operation
    variables: VariableValues
    plan: Plan


@dataclass(slots=True)
class Counters:
    """What an engine has done, and is doing."""

    queries: int = 0
    mutations: int = 0
    subscriptions: int = 0
    refused: int = 0
    events: int = 0
    running: int = 0
    running_subscriptions: int = 0


class Engine:
    """Runs GraphQL requests.

    Args:
        snapshot_source: Returns the snapshot in force.
        backend: Who answers.
        limits: How large requests may be.
        refresh: Called once before a document is refused: brings the snapshot up to date with the stored definitions,
            since another server may have defined what the document asks for.
    """

    def __init__(
        self,
        snapshot_source: Callable[[], Snapshot],
        backend: Backend,
        *,
        limits: TransportLimits | None = None,
        refresh: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self.limits = limits or TransportLimits()
        self.backend = backend
        self.documents = Documents(self.limits)
        self.answers = Answers()
        self.admission = Admission(self.limits)
        self.counters = Counters()
        self.draining = False
        self._snapshot_source = snapshot_source
        self._refresh = refresh
        self._introspections = Introspections(self.limits)
        self._subscriptions: set[Subscription] = set()
        self._connections: set[Connection] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._left = asyncio.Event()
        self._left.set()

    @property
    def snapshot(self) -> Snapshot:
        """Return the snapshot in force."""
        return self._snapshot_source()

    def scope(self, *, resume_position: int | None = None) -> Scope:
        """Return the scope of a new request."""
        return Scope(self.backend, resume_position=resume_position)

    async def prepare(self, request: GraphQLRequest) -> Prepared:
        """Parse, validate and plan a request, and coerce its variables.

        Raises:
            Refused: The request cannot run.
        """
        if self.draining:
            raise Refused([error_of(Unavailable("This server is shutting down."))])
        snapshot = self._snapshot_source()
        try:
            return await self.prepare_on(snapshot, request)
        except Refused as refused:
            self.counters.refused += 1
            newer = await self._newer_than(snapshot) if refused.perhaps_stale else None
            if newer is None:
                raise
        return await self.prepare_on(newer, request)

    async def prepare_on(self, snapshot: Snapshot, request: GraphQLRequest) -> Prepared:
        """Prepare a request on a given snapshot.

        Raises:
            Refused: The request cannot run there.
        """
        schema = snapshot.schema
        document = await self.documents.get(request.query, schema)
        try:
            operation = document.operation(request.operation_name)
        except BadUserInput as error:
            raise Refused([error_of(error)]) from error
        definitions = operation.node.variable_definitions or ()
        coerce = partial(get_variable_values, schema, definitions, dict(request.variables), _MOST_COERCION_ERRORS, True)
        variables = coerce() if request.size_bytes <= _INLINE_VARIABLE_BYTES else await asyncio.to_thread(coerce)
        if isinstance(variables, list):
            raise Refused(input_errors(variables), perhaps_stale=True)
        try:
            plan = document.plan(schema, operation, variables)
            check_cost(plan, variables, self.limits)
        except GraphQLError as error:
            raise Refused(input_errors([error])) from error
        except LimitExceeded as error:
            raise Refused([error_of(error)]) from error
        if not plan.is_compiled:
            await asyncio.to_thread(plan.compile) if plan.is_large else plan.compile()
        return Prepared(snapshot, document, operation, variables, plan)

    async def _newer_than(self, snapshot: Snapshot) -> Snapshot | None:
        if self._refresh is not None:
            try:
                await self._refresh()
            except KindgraphError as error:
                raise Refused([error_of(error)]) from error
        newer = self._snapshot_source()
        return newer if newer is not snapshot else None

    async def execute(self, request: GraphQLRequest, scope: Scope | None = None) -> Result:
        """Run a query or a mutation.

        Returns:
            The answer, also where the request was refused. Nothing is raised but cancellation.
        """
        try:
            prepared = await self.prepare(request)
        except Refused as refused:
            return Result(executed=False, errors=refused.errors)
        return await self.run(prepared, request, scope)

    async def run(self, prepared: Prepared, request: GraphQLRequest, scope: Scope | None = None) -> Result:
        """Run a prepared query or mutation."""
        if prepared.operation.type not in _ONE_ANSWER:
            error = BadUserInput("Subscriptions are served over WebSocket and as text/event-stream.")
            return Result(executed=False, errors=[error_of(error)])
        scope = scope or self.scope()
        with self._counted(prepared.operation.type):
            try:
                return await self._run(prepared, request, scope)
            except KindgraphError as error:
                return Result(errors=[error_of(error)])
            except Exception as error:
                return Result(errors=[error_of(error)], extensions=scope.extensions)

    async def _run(self, prepared: Prepared, request: GraphQLRequest, scope: Scope) -> Result:
        plan = prepared.plan
        introspected: Mapping[str, Any] | None = None
        if plan.introspection:
            introspected = await self._introspections.get(prepared, request)
        executor = PlannedExecutor(
            prepared.snapshot.schema,
            operation=prepared.operation,
            plan=plan,
            variables=prepared.variables,
            scope=scope,
            introspected=introspected,
            max_cost=self.limits.max_cost,
        )
        data, errors = await executor.run()
        return Result(data=data, errors=field_errors(errors) if errors else (), extensions=scope.extensions)

    async def subscribe(self, request: GraphQLRequest, scope: Scope | None = None) -> Subscription:
        """Begin a subscription.

        Raises:
            Refused: The request cannot run, or too many subscriptions do.
        """
        return self.subscription(await self.prepare(request), request, scope)

    def subscription(self, prepared: Prepared, request: GraphQLRequest, scope: Scope | None = None) -> Subscription:
        """Return the stream of a prepared subscription; it starts when it is iterated.

        Raises:
            Refused: Too many subscriptions run.
        """
        try:
            self.admission.check_subscriptions(len(self._subscriptions))
        except LimitExceeded as error:
            raise Refused([error_of(error)]) from error
        return Subscription(self, prepared, request, scope or self.scope())

    def subscription_began(self, subscription: Subscription) -> None:
        """Count a subscription in; a draining engine ends it at once."""
        self._subscriptions.add(subscription)
        self.counters.subscriptions += 1
        self.counters.running_subscriptions = len(self._subscriptions)

    def subscription_ended(self, subscription: Subscription) -> None:
        """Count a subscription out."""
        self._subscriptions.discard(subscription)
        self.counters.running_subscriptions = len(self._subscriptions)

    def begin_drain(self) -> None:
        """Refuse new requests and end every subscription; running queries and mutations finish."""
        self.draining = True
        for subscription in list(self._subscriptions):
            subscription.interrupt()
        for connection in list(self._connections):
            connection.drain()

    def connection_began(self, connection: Connection) -> None:
        """Count in a connection that takes requests of its own; a draining engine drains it at once."""
        self._connections.add(connection)
        self._left.clear()
        if self.draining:
            connection.drain()

    def connection_ended(self, connection: Connection) -> None:
        """Count a connection out, if it was counted in."""
        self._connections.discard(connection)
        if not self._connections:
            self._left.set()

    @property
    def connections(self) -> int:
        """Return how many connections take requests of their own."""
        return len(self._connections)

    async def left(self) -> None:
        """Wait until there is no such connection."""
        await self._left.wait()

    async def drained(self) -> None:
        """Wait until no query and no mutation runs."""
        await self._idle.wait()

    @contextlib.contextmanager
    def _counted(self, operation_type: OperationType) -> Iterator[None]:
        counters = self.counters
        if operation_type is OperationType.MUTATION:
            counters.mutations += 1
        else:
            counters.queries += 1
        counters.running += 1
        self._idle.clear()
        try:
            yield
        finally:
            counters.running -= 1
            if not counters.running:
                self._idle.set()
