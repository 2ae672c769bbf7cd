"""A running subscription: from the events of a source to answers, across changes of the schema."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from graphql import GraphQLError, located_error
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from app.errors import KindChanged as KindChangedError
from app.errors import Unavailable, resumable_position
from app.transport.documents import Refused
from app.transport.holes import LinkBudget, fill_holes
from app.transport.plans import PlannedExecutor
from app.transport.results import Result
from app.transport.signatures import Signature, signature
from app.transport.wire_errors import WireError, error_of, field_errors
from schema_builder.backend import KindChanged, WatchEvent
from schema_builder.errors import KindgraphError
from schema_builder.selection import Hole, NotPlain, NullInNonNull, collecting_holes

if TYPE_CHECKING:
    from app.transport.execution import Engine, Prepared
    from app.transport.parameters import GraphQLRequest
    from app.transport.scope import Scope
    from schema_builder.selection import Complete

__all__ = ["IDLE", "Ended", "Event", "Subscription"]

_MAX_DIGITS: Final = 20


class Event(NamedTuple):
    """One answer of a subscription, and the position that a client can go on from once it has it."""

    result: Result
    position: int | None


Push: TypeAlias = Callable[[Result, int | None], bool]
"""Delivers an answer and its position at once, or returns False."""

IDLE: Final = Event(Result(), None)
"""Nothing to tell for now: see ``Subscription.events``."""


class Ended(Exception):
    """A subscription ended otherwise than by its client.

    Attributes:
        errors: Why, in wire form; each tells whether to retry, and the position to go on from or null.
    """

    def __init__(self, errors: list[WireError]) -> None:
        super().__init__(errors)
        self.errors = errors


class Subscription:
    """The answers of one subscription; iterate ``events`` once, and close it when the client leaves.

    Args:
        engine: Who runs it.
        prepared: The prepared request.
        request: The request itself, which is prepared again when its kind changes.
        scope: The request's scope.
    """

    def __init__(self, engine: Engine, prepared: Prepared, request: GraphQLRequest, scope: Scope) -> None:
        self._engine = engine
        self._prepared = prepared
        self._request = request
        self._scope = scope
        self._position: int | None = scope.resume_position
        self._signature: Signature | None = None
        self._waiting: asyncio.Task[Any] | None = None
        self._wake: Callable[[], None] | None = None
        self._interrupted = False
        self._fills = False
        self._looked_at = prepared.snapshot
        self._use(prepared)

    def _use(self, prepared: Prepared) -> None:
        self._prepared = prepared
        plan = prepared.plan
        self._response_name, self._details = next(iter(plan.root_fields.items()))
        self._field = plan.root_type.fields[self._details[0].node.name.value]
        self._complete = plan.selection(self._field.type, self._details)

    def interrupt(self) -> None:
        """End the subscription because the server drains; called from the event loop."""
        self._interrupted = True
        if self._waiting is not None:
            self._waiting.cancel()
        elif self._wake is not None:
            self._wake()

    async def events(
        self, *, push: Push | None = None, wake: Callable[[], None] | None = None
    ) -> AsyncGenerator[Event, None]:
        """Yield the answers.

        Args:
            push: Delivers an answer at once, or returns False to have it yielded; called only while the next answer is
                awaited, so that the order stays. Must not raise.
            wake: Where it is given, the generator may yield ``IDLE`` instead of waiting: no task has to wait then. It
                is called, perhaps more than once, when there is something to go on with.

        Raises:
            Ended: The source ended, the kind changed too much, or the server drains.
        """
        self._engine.subscription_began(self)
        source: Any = None
        try:
            source = await self._interruptible(self._source())
            if push is not None and hasattr(source, "push_to"):
                source.push_to(partial(self._push, push))
            while True:
                if wake is not None and hasattr(source, "park"):
                    await self._interruptible(source.settle())
                    if source.park(wake):
                        self._wake = wake
                        yield IDLE
                        self._wake = None
                event = await self._interruptible(anext(source))
                if event.__class__ is KindChanged:
                    await self._change_kind(event)
                    continue
                position = event.position if isinstance(event, WatchEvent) else None
                if position is not None:
                    self._position = position
                self._engine.counters.events += 1
                yield Event(await self._answer(event), position)
        except StopAsyncIteration:
            return
        except Ended:
            raise
        except Exception as error:
            raise self._ended(error) from error
        finally:
            self._wake = None
            self._engine.subscription_ended(self)
            close = getattr(source, "aclose", None)
            if close is not None:
                await close()

    def _push(self, push: Push, event: WatchEvent) -> bool:
        """Answer and deliver an event at once; False where that takes waiting, or fails: then it is pulled."""
        if self._interrupted or self._engine.draining or self._complete is None or self._fills:
            return False
        try:
            result = self._shared(event, self._complete)
        except Exception:  # told where the event is pulled
            return False
        if result is None or not push(result, event.position):
            return False
        self._position = event.position
        self._engine.counters.events += 1
        return True

    async def _interruptible(self, awaitable: Any) -> Any:
        if self._interrupted or self._engine.draining:
            awaitable.close()
            raise self._ended(Unavailable("This server is shutting down: go on from 'resourceVersion' elsewhere."))
        task = self._waiting = asyncio.current_task()
        try:
            return await awaitable
        except asyncio.CancelledError:
            if self._interrupted and task is not None and not task.uncancel():
                raise self._ended(Unavailable("This server is shutting down.")) from None
            raise
        finally:
            self._waiting = None

    async def _source(self) -> AsyncIterator[Any]:
        executor = self._executor(None)
        nodes = [details.node for details in self._details]
        path = Path(None, self._response_name, self._prepared.plan.root_type.name)
        info = executor.build_resolve_info(self._field, nodes, self._prepared.plan.root_type, path)
        try:
            arguments = get_argument_values(self._field, nodes[0], self._prepared.variables, None, True)
            self._position = self._position or _start(arguments)
            subscribe = self._field.subscribe
            if subscribe is None:
                raise RuntimeError(f"The subscription field '{self._field}' has no source.")
            source = subscribe(None, info, **arguments)
            if executor.is_awaitable(source):
                source = await source
        except Exception as error:
            raise located_error(error, nodes, path.as_list()) from error
        iterator: AsyncIterator[Any] = aiter(source)
        return iterator

    async def _answer(self, event: Any) -> Result:
        if event.__class__ is WatchEvent and self._complete is not None:
            try:
                return await self._completed(event, self._complete)
            except (NotPlain, NullInNonNull):
                pass  # graphql-core says what is wrong, and where
        data, errors = await self._executor(event).run()
        return Result(data=data, errors=field_errors(errors))

    def _shared(self, event: WatchEvent, complete: Complete) -> Result | None:
        """Return the answer that all subscriptions of the plan share; None where links have to be followed."""
        answers = self._engine.answers
        plan, rights = self._prepared.plan, self._scope.rights
        known = answers.find(plan, event, rights=rights)
        if known is not None:
            return known
        with collecting_holes() as holes:
            completed = complete(event)
        if holes:
            self._fills = True
            return None
        return answers.keep(plan, event, data={self._response_name: completed}, rights=rights)

    async def _completed(self, event: WatchEvent, complete: Complete) -> Result:
        """Complete an event, unless another subscription of the plan has; what links name is filled each time.

        Raises:
            NotPlain: The selection cannot be completed on plain data.
            NullInNonNull: The event lacks what the selection needs.
        """
        if not self._fills:
            result = self._shared(event, complete)
            if result is not None:
                return result
        with collecting_holes() as holes:
            completed = complete(event)
        if holes and await self._follow_named(holes) and self._complete is not None:
            with collecting_holes() as holes:
                completed = self._complete(event)
        return await self._filled(completed, holes)

    async def _filled(self, completed: Any, holes: list[Hole]) -> Result:
        """Fill what links name in the newest state; where it cannot be read, the event is delivered without it."""
        data = {self._response_name: completed}
        try:
            budget = LinkBudget(self._engine.limits.max_cost)
            await fill_holes(holes, self._scope, position=None, budget=budget)
        except KindgraphError as error:
            return Result(data=data, errors=[error_of(error)])
        return Result(data=data)

    async def _follow_named(self, holes: list[Hole]) -> bool:
        """Take up the schema in force where kinds that links name are others in it; tell whether it was taken up.

        It is not where the document no longer fits, or means something else: other kinds' changes end no watch.
        """
        newest = self._engine.snapshot
        known = self._prepared.snapshot.kinds
        names = {hole.target.kind for hole in holes}
        if newest is self._looked_at or all(newest.kinds.get(name) is known.get(name) for name in names):
            return False
        self._looked_at = newest
        try:
            prepared = await self._engine.prepare_on(newest, self._request)
        except Refused:
            return False
        if self._sign(prepared) != self._sign(self._prepared):
            return False
        self._use(prepared)
        return self._complete is not None

    def _executor(self, event: Any) -> PlannedExecutor:
        return PlannedExecutor(
            self._prepared.snapshot.schema,
            operation=self._prepared.operation,
            plan=self._prepared.plan,
            variables=self._prepared.variables,
            scope=self._scope,
            root_value=event,
        )

    async def _change_kind(self, change: KindChanged) -> None:
        """Go on with the new kind where every selected field and argument keeps its type."""
        self._position = change.position
        before = self._signature or self._sign(self._prepared)
        try:
            prepared = await self._engine.prepare_on(self._engine.snapshot, self._request)
        except Refused as refused:
            message = f"The kind changed, and the document no longer fits: {refused.errors[0]['message']}"
            raise self._ended(KindChangedError(message, retryable=True)) from refused
        self._signature = self._sign(prepared)
        changed = sorted({f"{parent}.{name}" for parent, name, _ in before ^ self._signature})
        if changed:
            message = f"The kind changed, and with it the type of {', '.join(changed)}."
            raise self._ended(KindChangedError(message, retryable=True))
        self._use(prepared)

    @staticmethod
    def _sign(prepared: Prepared) -> Signature:
        return signature(prepared.snapshot.schema, prepared.document.node, prepared.variables)

    def _ended(self, error: BaseException) -> Ended:
        wire = field_errors([error])[0] if isinstance(error, GraphQLError) else error_of(error)
        extensions = wire["extensions"]
        extensions.setdefault("resourceVersion", resumable_position(extensions["code"], self._position))
        return Ended([wire])


def _start(arguments: Mapping[str, Any]) -> int | None:
    """Return the position that a watch was asked to begin after, where it can be resumed from there."""
    version = arguments.get("resourceVersion", arguments.get("resource_version"))
    initial = arguments.get("sendInitialEvents", arguments.get("send_initial_events"))
    if initial or not isinstance(version, str) or not version.isdecimal() or len(version) > _MAX_DIGITS:
        return None
    return int(version)
