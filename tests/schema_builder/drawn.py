"""Drawn definitions, bodies and documents, and a backend that holds resources in memory."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    execute,
    get_named_type,
    get_nullable_type,
    parse,
)

from schema_builder.backend import ListQuery, Page, Resource
from schema_builder.compile import CompiledKind, compile_kind
from schema_builder.definition import parse_definition

KINDS = ("Foo", "FooSpec", "FooFilter", "Bar", "bar", "Node", "Thing", "ThingList", "Things", "A1", "A2")
NAMES = (
    "a",
    "b",
    "x-y",
    "x.y",
    "x_y",
    "input",
    "filter",
    "_and",
    "__x",
    "1st",
    "spec",
    "items",
    "maxConns",
    "名",
    "$ref",
)
LEAVES: tuple[Mapping[str, Any], ...] = (
    {"type": "string", "description": "Some words."},
    {"type": "string", "format": "date-time"},
    {"type": "string", "pattern": "^a*$", "maxLength": 9, "default": "aa"},
    {"type": "integer"},
    {"type": "integer", "minimum": 0, "maximum": 10, "default": 3},
    {"type": "number", "default": 0.5},
    {"type": "boolean", "default": False},
    {"type": ["string", "null"]},
    {"x-kubernetes-int-or-string": True},
    {"type": "object", "additionalProperties": {"type": "string"}},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    {"enum": ["A", "B"], "type": "string"},
    {"enum": ["B", "A"], "type": "string", "default": "A"},
    {"enum": ["a-b", "true"], "type": "string"},
    {"enum": ["True", "False"], "type": "string"},
    {},
    {"type": "string", "readOnly": True},
    {"type": "string", "writeOnly": True},
    {"type": "integer", "deprecated": True},
    {"type": "string", "x-kindgraph-ref": {"kind": "Foo"}},
    {"type": ["string", "null"], "x-kindgraph-ref": {"kind": "Bar"}},
)


def draw_schema(rng: random.Random, *, depth: int, recursive: bool) -> dict[str, Any]:
    """Draw the schema of one place."""
    if depth == 0 or rng.random() < 0.45:
        return {"$ref": "#/$defs/Tree"} if recursive and rng.random() < 0.3 else dict(rng.choice(LEAVES))
    if rng.random() < 0.3:
        return {"type": "array", "items": draw_schema(rng, depth=depth - 1, recursive=recursive)}
    if rng.random() < 0.15:
        return draw_union(rng, depth=depth, recursive=recursive)
    if rng.random() < 0.2:
        values = draw_schema(rng, depth=depth - 1, recursive=recursive)
        values.pop("x-kindgraph-ref", None)  # maps of strings have no field for it
        return {"type": "object", "additionalProperties": values}
    return draw_object(rng, depth=depth, recursive=recursive)


def draw_union(rng: random.Random, *, depth: int, recursive: bool) -> dict[str, Any]:
    """Draw objects that a property tells apart, perhaps with something that all of them have."""
    branches = [draw_object(rng, depth=max(depth - 1, 1), recursive=recursive) for _ in range(rng.randint(2, 3))]
    for number, branch in enumerate(branches):
        branch["properties"]["by"] = {"const": rng.choice(("v", "v-")) + str(number)}
        branch["properties"][f"own{number}"] = {"type": "string"}
        branch["required"] = ["by", *branch.get("required", ())]
    shared = draw_object(rng, depth=1, recursive=False) if rng.random() < 0.3 else {"type": "object"}
    return {**shared, rng.choice(("oneOf", "anyOf")): branches}


def draw_object(rng: random.Random, *, depth: int, recursive: bool) -> dict[str, Any]:
    """Draw an object with a few properties, some of them required."""
    names = rng.sample(NAMES, rng.randint(0 if depth < 3 else 1, 3))
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: draw_schema(rng, depth=depth - 1, recursive=recursive) for name in names},
    }
    if names and rng.random() < 0.5:
        schema["required"] = [rng.choice(names)]
    if rng.random() < 0.2:
        schema["additionalProperties"] = True
    return schema


def draw_definition(rng: random.Random) -> dict[str, Any]:
    """Draw the ``spec`` of a definition; kinds come from a small pool, so that names clash."""
    recursive = rng.random() < 0.4
    schema = draw_object(rng, depth=3, recursive=recursive)
    if recursive:
        tree = draw_object(rng, depth=2, recursive=False)
        tree["properties"]["children"] = {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
        tree["properties"]["next"] = {"$ref": "#/$defs/Tree"}
        schema["$defs"] = {"Tree": tree}
    spec: dict[str, Any] = {"kind": rng.choice(KINDS), "schema": schema}
    if rng.random() < 0.3:
        spec["group"] = rng.choice(("example.org", "net.example-x.org"))
    if rng.random() < 0.1:
        spec["graphqlName"] = rng.choice(("Foo", "Renamed", "FooSpecInput"))
    if rng.random() < 0.5:
        spec["statusSchema"] = draw_object(rng, depth=2, recursive=False)
    if rng.random() < 0.2:
        spec["extraFields"] = {rng.choice(("raw", "data", "filter")): draw_schema(rng, depth=2, recursive=False)}
    if rng.random() < 0.2:
        spec["scope"] = "CLUSTER"
    return spec


def compile_spec(spec: Mapping[str, Any]) -> CompiledKind:
    """Compile a definition as a server does."""
    return compile_kind(parse_definition(spec, name=None))


def draw_value(rng: random.Random, schema: Mapping[str, Any], *, root: Mapping[str, Any], depth: int = 6) -> Any:
    """Draw a stored value for a schema; one in ten is of another type than the schema says."""
    if isinstance(schema, bool):
        return rng.choice((5, "text"))
    if "$ref" in schema:
        schema = root["$defs"]["Tree"]
    if depth == 0 or rng.random() < 0.1:
        return rng.choice((None, 5, 2**60, 1.5, True, "text", [1], {"k": "v"}))
    branches = schema.get("oneOf") or schema.get("anyOf")
    if branches:
        shared = {"properties": {}, **{name: one for name, one in schema.items() if name not in {"oneOf", "anyOf"}}}
        parts = [draw_value(rng, one, root=root, depth=depth - 1) for one in (shared, rng.choice(branches))]
        return {name: one for part in parts if isinstance(part, dict) for name, one in part.items()}
    match schema.get("type"):
        case "object" if "properties" not in schema and "additionalProperties" in schema:
            values = schema["additionalProperties"]
            return {key: draw_value(rng, values, root=root, depth=depth - 1) for key in rng.sample(NAMES, 2)}
        case "object":
            value = {
                name: draw_value(rng, child, root=root, depth=depth - 1)
                for name, child in schema.get("properties", {}).items()
                if rng.random() < 0.8
            }
            return value | ({"more": "things"} if "additionalProperties" in schema else {})
        case "array":
            return [draw_value(rng, schema["items"], root=root, depth=depth - 1) for _ in range(rng.randint(0, 2))]
        case "integer":
            return rng.choice((0, 7, 2**40, 2**60))
        case "number":
            return rng.choice((1, 0.25))
        case "boolean":
            return rng.random() < 0.5
        case _ if "const" in schema:
            return schema["const"]
        case _:
            return rng.choice(schema.get("enum", ("text", "2020-01-01T00:00:00Z")))


def metadata_of(name: str) -> dict[str, Any]:
    """Return the metadata of a resource."""
    return {
        "name": name,
        "namespace": "default",
        "uid": f"uid-{name}",
        "labels": {"app": "db"},
        "annotations": {},
        "resourceVersion": "7",
        "generation": 1,
        "createdAt": "2026-01-01T00:00:00.000Z",
        "updatedAt": "2026-01-01T00:00:00.000Z",
        "deletionRequestedAt": None,
        "finalizers": [],
        "ownerReferences": [],
    }


def draw_resource(rng: random.Random, kind: CompiledKind, *, name: str) -> Resource:
    """Draw a resource as a store would hand it out."""
    definition = kind.definition
    sections = {section: definition.schema_of(section) for section in ("spec", "status", *definition.sections)}
    body = {section: draw_value(rng, schema, root=schema) for section, schema in sections.items() if schema is not None}
    return Resource(kind.name, metadata_of(name), kind.body.redact(body))


@dataclass
class MemoryBackend:
    """Answers from memory, and notes what it was asked."""

    resources: Mapping[str, list[Resource]] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    async def get(self, _scope: Any, kind: CompiledKind, **named: Any) -> Resource | None:
        self.asked.append(("get", kind.name, named))
        return next(iter(self.resources.get(kind.name, ())), None)

    async def list(self, _scope: Any, kind: CompiledKind, query: ListQuery) -> Page:
        self.asked.append(("list", kind.name, query))
        found = self.resources.get(kind.name, [])
        cursors = [f"cursor-{position}" for position in range(len(found))]
        total = len(found) if query.with_total else None
        return Page(found, cursors, has_next=False, has_previous=False, total=total, position=9)

    async def nodes(self, _scope: Any, ids: list[str]) -> list[Resource | None]:
        self.asked.append(("nodes", ids))
        everything = [resource for found in self.resources.values() for resource in found]
        return [everything[0] if everything else None for _ in ids]

    async def linked(self, _scope: Any, targets: list[Any], *, position: int | None) -> list[Resource | None]:
        self.asked.append(("linked", position, sorted(targets)))
        return [next(iter(self.resources.get(target.kind, ())), None) for target in targets]

    async def find(self, _scope: Any, kind: str, **named: Any) -> Resource | None:
        self.asked.append(("find", kind, named))
        return next(iter(self.resources.get(kind, ())), None)

    async def server(self, _scope: Any) -> Mapping[str, Any]:
        return {"version": "1", "schemaFingerprint": "f", "kinds": ["A"], "startedAt": "2026-01-01T00:00:00Z"}

    def watch(self, _scope: Any, kinds: list[CompiledKind], query: Any) -> AsyncIterator[Any]:
        self.asked.append(("watch", [kind.name for kind in kinds], query))
        return _events(())

    def __getattr__(self, verb: str) -> Any:
        async def write(_scope: Any, kind: CompiledKind, *body: Any, **named: Any) -> Resource:
            self.asked.append((verb, kind.name, *body, named))
            return next(iter(self.resources.get(kind.name, ())))

        return write


async def _events(events: Any) -> AsyncIterator[Any]:
    for event in events:
        yield event


@dataclass
class Scope:
    """A request scope."""

    backend: Any
    resume_position: int | None = None

    def committed(self, position: int) -> None:
        """Note nothing."""

    async def linked(self, targets: Any, *, position: int | None) -> Any:
        """Ask the backend."""
        return await self.backend.linked(self, targets, position=position)


def run(schema: GraphQLSchema, text: str, backend: MemoryBackend, variables: dict[str, Any] | None = None) -> Any:
    """Execute a document by graphql-core and return ``(data, error messages)``."""

    async def answer() -> Any:
        result = execute(schema, parse(text), context_value=Scope(backend), variable_values=variables)
        return await result if asyncio.iscoroutine(result) else result

    result = asyncio.run(answer())
    return result.data, [error.message for error in result.errors or ()]


def select_everything(schema: GraphQLSchema, type_: Any, *, depth: int, alias: str = "") -> str:
    """Return a selection of all fields of a type, down to a depth; members of a union under aliases of their own."""
    named = get_named_type(type_)
    if isinstance(named, GraphQLUnionType):
        members = (
            f"... on {one.name}{select_everything(schema, one, depth=depth, alias=f'm{number}_')}"
            for number, one in enumerate(named.types)
        )
        return " { __typename " + " ".join(members) + " }"
    if not isinstance(named, GraphQLObjectType):
        return "" if isinstance(named, GraphQLScalarType | GraphQLEnumType) else " { __typename }"
    fields = [] if depth == 0 else named.fields.items()
    selected = (
        (f"{alias}{name}: {name}" if alias else name) + select_everything(schema, child.type, depth=depth - 1)
        for name, child in fields
    )
    return " { __typename " + " ".join(selected) + " }"


def draw_entries(rng: random.Random, type_: Any, *, depth: int) -> str:
    """Draw a literal of the entries of a map, or of lists of maps: one entry each, so that keys differ."""
    type_ = get_nullable_type(type_)
    if isinstance(type_, GraphQLList):
        return f"[{draw_entries(rng, type_.of_type, depth=depth)}]"
    if "valueEntries" in type_.fields and rng.random() < 0.5:
        return f'{{key: "k", valueEntries: {draw_entries(rng, type_.fields["valueEntries"].type, depth=depth - 1)}}}'
    return f'{{key: "k", value: {draw_input(rng, type_.fields["value"].type, depth=depth - 1)}}}'


def draw_input(rng: random.Random, type_: Any, *, depth: int = 5, implied: str | None = None) -> Any:
    """Draw a literal of an input type, without a field that is implied; not always a valid one."""
    if isinstance(type_, GraphQLNonNull):
        return draw_input(rng, type_.of_type, depth=depth)
    if isinstance(type_, GraphQLList):
        return "[" + ", ".join(draw_input(rng, type_.of_type, depth=depth - 1) for _ in range(rng.randint(0, 2))) + "]"
    if isinstance(type_, GraphQLEnumType):
        return rng.choice(list(type_.values))
    if isinstance(type_, GraphQLInputObjectType) and type_.is_one_of:
        name, child = rng.choice(list(type_.fields.items()))
        return f"{{{name}: {draw_input(rng, child.type, depth=depth, implied='by')}}}"
    if isinstance(type_, GraphQLInputObjectType):
        kept = {
            name: child
            for name, child in type_.fields.items()
            if name != implied and (isinstance(child.type, GraphQLNonNull) or (depth > 0 and rng.random() < 0.4))
        }
        drawn = []
        for name, child in kept.items():
            if isinstance(get_nullable_type(child.type), GraphQLList) and name.endswith("Entries"):
                if name.removesuffix("Entries") not in kept:  # a map is given once
                    drawn.append(f"{name}: {draw_entries(rng, child.type, depth=depth - 1)}")
            else:
                drawn.append(f"{name}: {draw_input(rng, child.type, depth=depth - 1)}")
        return "{" + ", ".join(drawn) + "}"
    values = {"Int": 5, "BigInt": 2**40, "Float": 2, "Boolean": True, "DateTime": "2026-01-01T00:00:00Z"}
    value = values.get(type_.name, "text" if type_.name in {"String", "IntOrString"} else None)
    return '{more: "v"}' if value is None else json.dumps(value)
