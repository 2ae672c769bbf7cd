"""An operation, ready to run: its collected root fields and the compiled selections below them.

A plan belongs to one operation of one validated document, for one set of ``@skip``/``@include`` values. It holds no
variables and no request; any number of requests run by it at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from graphql import GraphQLError, GraphQLObjectType, GraphQLOutputType, GraphQLSchema, OperationType
from graphql.execution import Executor, default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import FieldDetailsList, GroupedFieldSet, collect_fields, collect_subfields

from app.errors import LimitExceeded
from app.transport.cost import selected_fields
from app.transport.holes import LinkBudget, fill_holes
from schema_builder.backend import Page, Resource, WatchEvent
from schema_builder.errors import KindgraphError
from schema_builder.introspection import INTROSPECTION_FIELDS
from schema_builder.selection import Complete, Hole, NotPlain, NullInNonNull, SelectionCompiler, collecting_holes

if TYPE_CHECKING:
    from graphql import FragmentDefinitionNode, OperationDefinitionNode
    from graphql.execution.collect_fields import FragmentDetails
    from graphql.execution.values import VariableValues
    from graphql.pyutils import AwaitableOrValue, Path
    from graphql.type import GraphQLResolveInfo

    from app.transport.scope import Scope

__all__ = ["Operation", "Plan", "PlannedExecutor"]

_PLAIN: Final = frozenset({Resource, Page, WatchEvent})
"""Classes of values below which a selection is plain data."""

_MANY_FIELDS: Final = 500


class Operation:
    """One operation of a document, with what every run of it needs.

    Attributes:
        node: The operation.
        fragments: The document's fragments.
        fragment_definitions: The same, as resolvers see them.
    """

    __slots__ = ("fragment_definitions", "fragments", "node")

    def __init__(self, node: OperationDefinitionNode, fragments: dict[str, FragmentDetails]) -> None:
        self.node = node
        self.fragments = fragments
        self.fragment_definitions: dict[str, FragmentDefinitionNode] = {
            name: details.definition for name, details in fragments.items()
        }

    @property
    def type(self) -> OperationType:
        """Return whether it is a query, a mutation or a subscription."""
        return self.node.operation


class Plan:
    """How an operation runs on a schema.

    Args:
        schema: The schema that the document is valid for.
        operation: What is run.
        toggles: The coerced variables that ``@skip`` and ``@include`` read, and no others.

    Raises:
        GraphQLError: A directive's argument cannot be coerced.
    """

    def __init__(self, schema: GraphQLSchema, operation: Operation, toggles: VariableValues) -> None:
        root_type = schema.get_root_type(operation.type)
        if root_type is None:
            raise GraphQLError(f"There is no {operation.type.value} in this schema.", operation.node)
        self.root_type: GraphQLObjectType = root_type
        self._schema = schema
        self._operation = operation
        self._toggles = toggles
        self.root_fields: GroupedFieldSet = dict(
            collect_fields(schema, operation.fragments, toggles, root_type, operation.node, True).grouped_field_set
        )
        self.introspection = {
            response_name: details
            for response_name, details in self.root_fields.items()
            if details[0].node.name.value in INTROSPECTION_FIELDS
        }
        self._sizes_of_fragments: dict[str, int] = {}
        self.sizes = [(details, self._weigh(details)) for details in self.root_fields.values()]
        self._lists = {id(details): details for details in self.root_fields.values()}
        self._compiler = SelectionCompiler(schema, collect=self.collect, weigh=self._weigh)
        self._compiled: dict[tuple[int, str], Complete | None] = {}
        self.is_compiled = False

    @property
    def is_large(self) -> bool:
        """Return whether compiling takes so long that it belongs in a thread."""
        return sum(size for _, size in self.sizes) > _MANY_FIELDS

    def compile(self) -> None:
        """Compile the selections of all root fields, once; whoever runs the plan does so before."""
        for details in self.root_fields.values():
            field = self.root_type.fields.get(details[0].node.name.value)
            if field is not None:
                self.selection(field.type, details)
        self.is_compiled = True

    def is_list(self, details: FieldDetailsList) -> bool:
        """Return whether a root field answers a page of resources."""
        field = self.root_type.fields.get(details[0].node.name.value)
        return field is not None and "first" in field.args

    def serves(self, schema: GraphQLSchema) -> bool:
        """Return whether the plan can run on a later schema that its document is valid for, too."""
        return schema is self._schema or (self.is_compiled and not self._compiler.reaches_abstract)

    def collect(self, type_: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        """Collect the sub-fields of an object type."""
        return collect_subfields(
            self._schema, self._operation.fragments, self._toggles, self._operation.node, type_, details, True
        ).grouped_field_set

    def _weigh(self, details: FieldDetailsList) -> int:
        """Return how many fields are selected below some merged fields."""
        fragments, known = self._operation.fragment_definitions, self._sizes_of_fragments
        return sum(selected_fields(one.node.selection_set, fragments, known) for one in details)

    def selection(self, type_: GraphQLOutputType, details: FieldDetailsList) -> Complete | None:
        """Return the compiled selection of a root field, or None where graphql-core has to run it."""
        key = id(details), str(type_)
        try:
            return self._compiled[key]
        except KeyError:
            pass
        if key[0] not in self._lists:
            return None
        try:
            complete: Complete | None = self._compiler.compile(type_, details)
        except (NotPlain, GraphQLError):
            complete = None
        self._compiled[key] = complete
        return complete


class PlannedExecutor(Executor[Any]):
    """Runs an operation by its plan: plain data by compiled selections, everything else as graphql-core does.

    Args:
        schema: The schema of the plan.
        operation: What is run.
        plan: Its plan.
        variables: All coerced variables.
        scope: The request.
        root_value: The event of a subscription, else None.
        introspected: Results of the plan's introspection fields, by response name.
        max_cost: What the links may cost to read and answer.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        operation: Operation,
        plan: Plan,
        variables: VariableValues,
        scope: Scope,
        root_value: Any = None,
        introspected: Mapping[str, Any] | None = None,
        max_cost: int = 1_000_000,
    ) -> None:
        super().__init__(
            schema,
            operation.fragment_definitions,
            operation.fragments,
            root_value,
            scope,
            operation.node,
            variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=True,
        )
        self._plan = plan
        self._introspected = introspected
        self._budget = LinkBudget(max_cost)

    async def run(self) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
        """Execute the operation and return its data and the errors of its fields."""
        plan = self._plan
        try:
            data = self.execute_root_grouped_field_set(
                plan.root_type,
                self.root_value,
                plan.root_fields,
                self.operation.operation is OperationType.MUTATION,
                None,
            )
            if not isinstance(data, dict):
                data = await data
        except GraphQLError as error:
            self.collected_errors.add(error, None)
            return None, self.collected_errors.errors
        finally:
            # Bound methods of this very executor: without them it goes with its last reference, and the schema with
            # it, instead of waiting for the garbage collector.
            del self.async_helpers
        return data, self.collected_errors.errors

    def execute_field(
        self,
        parent_type: GraphQLObjectType,
        source: Any,
        field_details_list: FieldDetailsList,
        path: Path,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Execute a field; introspection has been executed before."""
        if self._introspected and path.prev is None and path.key in self._introspected:
            return self._introspected[cast("str", path.key)]
        return super().execute_field(parent_type, source, field_details_list, path, position_context)

    def complete_value(  # noqa: PLR0917 - graphql-core's signature
        self,
        return_type: GraphQLOutputType,
        field_details_list: FieldDetailsList,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> AwaitableOrValue[Any]:
        """Complete a value; plain data by the compiled selection."""
        if result.__class__ in _PLAIN:
            complete = self._plan.selection(return_type, field_details_list)
            if complete is not None:
                try:
                    with collecting_holes() as holes:
                        completed = complete(result)
                    if not holes:
                        return completed
                    anew = partial(
                        super().complete_value, return_type, field_details_list, info, path, result, position_context
                    )
                    return self._filled(completed, holes, result, anew)
                except (NotPlain, NullInNonNull):
                    pass  # graphql-core says what is wrong, and where
        return super().complete_value(return_type, field_details_list, info, path, result, position_context)

    async def _filled(self, completed: Any, holes: list[Hole], result: Any, anew: Callable[[], Any]) -> Any:
        """Return a completed value with its holes filled; a page's in the state that the page was read in."""
        position = result.position if result.__class__ is Page else None
        try:
            await fill_holes(holes, self.context_value, position=position, budget=self._budget)
        except LimitExceeded:
            raise
        except (NotPlain, NullInNonNull, KindgraphError):
            completed = anew()  # every link that cannot be read gets an error of its own
            return await completed if self.is_awaitable(completed) else completed
        return completed
