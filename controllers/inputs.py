"""From resources as they are read to what mutations take: names that GraphQL cannot write are called as it calls them.

For nearly all kinds there is nothing to do. For the others the schema is asked for their input types, one when it is
first needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from controllers.naming import find_field_name

if TYPE_CHECKING:
    from controllers.client import Client
    from controllers.kinds import Kind

__all__ = ["Inputs"]

_TYPE: Final = """query Input($name: String!) {
  type: __type(name: $name) {
    inputFields(includeDeprecated: true) { name type { name ofType { name ofType { name ofType { ...Deeper } } } } }
  }
}
fragment Deeper on __Type { name ofType { name ofType { name ofType { name ofType { name } } } } }"""
_EXTRA: Final = "_extra"
"""The field that takes the undeclared properties of an open object."""


@dataclass(frozen=True, slots=True)
class _InputType:
    """An input object.

    Attributes:
        fields: The named type of each field, behind lists and non-nulls.
    """

    fields: Mapping[str, str]

    @property
    def is_open(self) -> bool:
        return self.fields.get(_EXTRA) == "JSON"


class Inputs:
    """Converts bodies of one kind.

    Args:
        client: The server.
        kind: Of the resources.
    """

    def __init__(self, client: Client, kind: Kind) -> None:
        self._client = client
        self.kind = kind
        self._types: dict[str, _InputType | None] = {}

    async def convert(self, value: Any, operation: str) -> Any:
        """Return a body, patch or status under the names of the argument's type.

        Args:
            value: Under the original names.
            operation: ``apply``, ``update`` and so on.
        """
        if self.kind.is_plain:
            return value
        return await self._convert(value, self.kind.input_types[operation])

    async def _convert(self, value: Any, type_name: str) -> Any:
        if isinstance(value, list):
            return [await self._convert(item, type_name) for item in value]
        type_ = await self._input_type(type_name) if isinstance(value, Mapping) else None
        if type_ is None:
            return value
        result: dict[str, Any] = {}
        undeclared: dict[str, Any] = {}
        for original, item in value.items():
            name = self._field_of(original, type_)
            if name is not None:
                result[name] = await self._convert(item, type_.fields[name])
            elif type_.is_open:
                undeclared[original] = item
            else:
                result[original] = item  # the server says what is wrong with it
        return {**result, _EXTRA: undeclared} if undeclared else result

    def _field_of(self, original: str, type_: _InputType) -> str | None:
        if original in self.kind.odd_names:
            return find_field_name(original, type_.fields.keys())
        return original if original in type_.fields and not (type_.is_open and original == _EXTRA) else None

    async def _input_type(self, name: str) -> _InputType | None:
        """Return an input object by name; None for what is a leaf."""
        if name not in self._types:
            described = (await self._client.execute(_TYPE, {"name": name})).data["type"]
            fields = (described or {}).get("inputFields")
            self._types[name] = (
                _InputType({field["name"]: _core(field["type"]) for field in fields}) if fields else None
            )
        return self._types[name]


def _core(type_: Mapping[str, Any]) -> str:
    named: Any = type_
    while named["name"] is None:
        named = named["ofType"]
    return str(named["name"])
