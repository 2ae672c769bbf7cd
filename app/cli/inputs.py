"""A manifest's body as a GraphQL input: original names become the names that the kind's input types give them.

The input types are compiled here from the definition as the server stores it, by the schema builder that the server
itself uses: nothing is asked of the server but the definition, and the two cannot disagree about a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import GraphQLInputObjectType, GraphQLInputType, GraphQLList, GraphQLNonNull

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure

__all__ = ["Converted", "to_input"]

_UNDECLARED: Final = "_extra"
"""The field that takes the properties of an open object which are not declared."""


@dataclass(slots=True)
class Converted:
    """An input, and what could not be put into it.

    Attributes:
        value: For use as a variable of the input type.
        failures: Properties that the kind does not have; they are not in ``value``.
    """

    value: Any
    failures: list[Failure] = field(default_factory=list)


def to_input(value: Any, input_type: GraphQLInputType, *, path: str = "") -> Converted:
    """Return plain data with original names as a value of an input type.

    What does not fit in its type otherwise is passed on as it is: the server says what is wrong with it.
    """
    result = Converted(None)
    result.value = _convert(value, input_type, path, result.failures)
    return result


def _convert(value: Any, input_type: GraphQLInputType, path: str, failures: list[Failure]) -> Any:
    if isinstance(input_type, GraphQLNonNull):
        input_type = input_type.of_type
    if isinstance(input_type, GraphQLList) and isinstance(value, list):
        return [_convert(item, input_type.of_type, f"{path}/{index}", failures) for index, item in enumerate(value)]
    if isinstance(input_type, GraphQLInputObjectType) and isinstance(value, Mapping):
        return _convert_object(value, input_type, path, failures)
    return value


def _convert_object(
    value: Mapping[str, Any], input_type: GraphQLInputObjectType, path: str, failures: list[Failure]
) -> dict[str, Any]:
    rest = input_type.fields.get(_UNDECLARED)
    is_open = rest is not None and getattr(rest.type, "name", None) == "JSON"
    fields = {
        one.out_name or name: (name, one.type)
        for name, one in input_type.fields.items()
        if not (is_open and name == _UNDECLARED)
    }
    result: dict[str, Any] = {}
    undeclared: dict[str, Any] = {}
    for original, item in value.items():
        place = f"{path}/{pointer_token(original)}"
        if original in fields:
            name, item_type = fields[original]
            result[name] = _convert(item, item_type, place, failures)
        elif is_open:
            undeclared[original] = item
        else:
            failures.append(Failure(place, "unknown", "is no field of this kind, or not one that can be set"))
    if undeclared:
        result[_UNDECLARED] = undeclared
    return result
