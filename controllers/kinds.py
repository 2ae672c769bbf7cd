"""The server's kinds: what their operations are called, and the documents that use them.

What a definition says is read once and kept until a write or a watch shows that it has changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from controllers.errors import NotFound
from controllers.naming import MAX_NAME_LENGTH, is_legal_name

if TYPE_CHECKING:
    from controllers.client import Client

__all__ = ["Kind", "Kinds"]

_LOOK_UP: Final = """query Kind($name: String!) {
  definition: resourceDefinition(name: $name) { raw }
  output: __type(name: $name) { fields { name type { name ofType { name } } } }
}"""
_ARGUMENTS: Final = """{
  mutations: __type(name: "Mutation") { fields { name args { name type { name ofType { name } } } } }
  queries: __type(name: "Query") { fields { name args { name type { name ofType { name } } } } }
}"""
_TYPED: Final = frozenset({"input", "patch", "status", "where"})
"""Arguments whose types are the kind's own."""
_PATCHES: Final[Mapping[str, str]] = {"JSON": "JSON", "StringMap": "StringMapPatch"}
_OPEN: Final = (
    "additionalProperties",
    "patternProperties",
    "unevaluatedProperties",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-embedded-resource",
)


@dataclass(frozen=True)
class Kind:
    """A kind as its definition was when it was read.

    Attributes:
        name: The definition's name, which is the GraphQL name.
        uid: The definition's: a kind that was defined again is another kind.
        generation: The definition's.
        definition: Its ``spec``.
        names: Of the operations, as in the definition's ``status.names``.
        input_types: Of the arguments: ``create``, ``replace``, ``apply``, ``update`` and ``updateStatus``.
        filter_type: Of ``where``.
    """

    name: str
    uid: str
    generation: int
    definition: Mapping[str, Any]
    names: Mapping[str, str]
    input_types: Mapping[str, str]
    filter_type: str

    @property
    def namespaced(self) -> bool:
        """Whether its resources are in namespaces."""
        return self.definition.get("scope") != "CLUSTER"

    @cached_property
    def odd_names(self) -> frozenset[str]:
        """Properties whose names GraphQL cannot write as they are."""
        declared = {name for schema in self._objects() for name in schema.get("properties") or ()}
        declared |= set(self.definition.get("extraFields") or ())
        return frozenset(name for name in declared if not is_legal_name(name))

    @cached_property
    def is_plain(self) -> bool:
        """Whether resources can be sent just as they are read: no odd names, and no undeclared properties."""
        open_objects = any(
            schema.get("properties") and any(schema.get(keyword) not in {None, False} for keyword in _OPEN)
            for schema in self._objects()
        )
        return not self.odd_names and not open_objects

    def status_properties(self, *path: str) -> frozenset[str] | None:
        """Return what may stand in status, or in a place of it; None for anything.

        Args:
            path: Properties that lead to the place; items of lists are entered.
        """
        schema: Any = self.definition.get("statusSchema")
        for name in path:
            schema = ((schema or {}).get("properties") or {}).get(name)
            schema = (schema or {}).get("items", schema)
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        is_open = isinstance(schema, Mapping) and any(schema.get(keyword) for keyword in _OPEN)
        return None if not properties or is_open else frozenset(properties)

    def _objects(self) -> Iterator[Mapping[str, Any]]:
        """Yield every object of the definition that may be a schema."""
        pending: list[Any] = [self.definition.get(part) for part in ("schema", "statusSchema", "extraFields")]
        while pending:
            item = pending.pop()
            if isinstance(item, Mapping):
                if isinstance(item.get("properties"), Mapping | None):
                    yield item
                pending += item.values()
            elif isinstance(item, list):
                pending += item


class Kinds:
    """The kinds that were asked for.

    Args:
        client: The server.
    """

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[str, Kind] = {}

    async def get(self, name: str) -> Kind:
        """Return a kind by its GraphQL name.

        Raises:
            NotFound: The server has none of that name.
        """
        known = self._known.get(name)
        return known if known is not None else await self.refresh(name)

    async def refresh(self, name: str) -> Kind:
        """Read a kind again.

        Raises:
            NotFound: The server has none of that name.
        """
        self._known.pop(name, None)
        data = (await self._client.execute(_LOOK_UP, {"name": name})).data
        if data["definition"] is None or data["output"] is None:
            raise NotFound(f"the server has no kind {name}", code="NOT_FOUND")
        raw = data["definition"]["raw"]
        types = await self._input_types(name, raw["status"]["names"], data["output"]["fields"])
        kind = Kind(
            name=name,
            uid=raw["metadata"]["uid"],
            generation=raw["metadata"]["generation"],
            definition=raw["spec"],
            names=raw["status"]["names"],
            input_types=types,
            filter_type=types["plural"],
        )
        self._known[name] = kind
        return kind

    async def _input_types(
        self, name: str, names: Mapping[str, str], fields: list[dict[str, Any]]
    ) -> Mapping[str, str]:
        status = next((_named(field["type"]) for field in fields if field["name"] == "status"), "JSON")
        types = {
            "create": f"Create{name}Input",
            "replace": f"Replace{name}Input",
            "apply": f"Apply{name}Input",
            "update": f"{name}Patch",
            "updateStatus": _PATCHES.get(status, f"{status}Patch"),
            "plural": f"{name}Filter",
        }
        if max(map(len, types.values())) <= MAX_NAME_LENGTH:
            return types
        # A longer name ends in a hash of itself: then the schema is asked, though that is an answer of many kinds.
        data = (await self._client.execute(_ARGUMENTS)).data
        arguments = {field["name"]: field["args"] for root in data.values() for field in root["fields"]}
        return {
            operation: next(
                _named(argument["type"]) for argument in arguments[names[operation]] if argument["name"] in _TYPED
            )
            for operation in types
        }


def _named(type_: Mapping[str, Any]) -> str:
    return str(type_["name"] or type_["ofType"]["name"])
