"""What ``kindgraph explain`` does: find a field in a definition's structure, and say what it is."""

from __future__ import annotations

import json
import sys
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from app.cli.client import connect
from app.cli.degradation import degraded_lines
from app.cli.errors import CommandFailed
from app.cli.explaining_metadata import description_lines, explain_metadata, unknown_field
from app.cli.kinds import Kind, fetch_definition, fetch_kinds, resolve_kind
from app.cli.output.text import printable
from app.cli.paths import Property, parse_path
from schema_builder.definition import Definition, parse_definition
from schema_builder.indexes import written_path
from schema_builder.linking import link_of
from schema_builder.names import assign_field_names
from schema_builder.structural import MISSING, Node, NodeKind, Structure
from schema_builder.types.entries import entries_names
from schema_builder.types.leaves import enum_values, leaf_name, list_core, place_of
from schema_builder.types.naming import Role, TypePlan, plan_types
from schema_builder.types.output import ENVELOPE

__all__ = ["explain_path", "split_kind"]

_INDENT: Final = "  "


class _Field(NamedTuple):
    """A place in a body, and how one got there.

    Attributes:
        path: Original names, from the section on.
        structure: Of the section.
        node: At the place, behind any lists on the way to it.
        required: The object around it requires it.
        graphql_name: What GraphQL calls it; None inside JSON.
        entries: The field of a map's typed entries beside it; None where there is none.
    """

    path: tuple[str, ...]
    structure: Structure
    node: Node
    required: bool
    graphql_name: str | None
    entries: str | None = None


async def explain_path(text: str, *, server: str | None) -> int:
    """Print what a kind or a field is.

    Raises:
        CommandFailed: No such kind or field.
    """
    async with connect(server) as client:
        kind, path = split_kind(text, await fetch_kinds(client))
        if path and path[0] == "metadata":
            lines = await explain_metadata(client, kind, path[1:])
        else:
            definition = parse_definition(await fetch_definition(client, kind.name), name=kind.name)
            lines = list(_Explanation(kind, definition).lines(path))
    sys.stdout.write("".join(f"{line.rstrip()}\n" for line in lines))
    return 0


def split_kind(text: str, kinds: Sequence[Kind]) -> tuple[Kind, tuple[str, ...]]:
    """Return the kind and the path that ``KIND.path.to.field`` means; a group's dots belong to the kind.

    Raises:
        CommandFailed: The text is no path, or no kind is called so.
    """
    spoken = {name.casefold() for kind in kinds for name in {kind.name, *kind.called()}}
    ends = [at for at, character in enumerate(text) if character in ".["]
    end = next((at for at in [len(text), *reversed(ends)] if text[:at].casefold() in spoken), (*ends, len(text))[0])
    kind, rest = resolve_kind(text[:end], kinds), text[end:]
    try:
        steps = parse_path(rest) if rest else ()
    except ValueError as error:
        raise CommandFailed(str(error)) from None
    if not all(isinstance(step, Property) for step in steps):
        raise CommandFailed(
            "a path goes through names alone: items of lists and values of maps have no step of their own"
        )
    return kind, tuple(step.name for step in steps if isinstance(step, Property))


class _Explanation:
    def __init__(self, kind: Kind, definition: Definition) -> None:
        self._kind = kind
        self._definition = definition
        self._plan: TypePlan = plan_types(definition.names, definition.sections)

    def lines(self, path: Sequence[str]) -> Iterator[str]:
        yield f"KIND:         {self._kind.name}"
        if self._kind.group:
            yield f"GROUP:        {self._kind.group}"
        if not path:
            yield from self._kind_lines()
            return
        field = self._find(path)
        place = place_of(field.structure, field.node)
        yield f"FIELD:        {printable('.'.join(field.path))} <{self._type(field)}>{self._marks(field)}"
        if field.graphql_name is not None:
            yield f"GRAPHQL NAME: {field.graphql_name}"
        if field.entries is not None:
            yield f"ENTRIES:      {self._entries(field)}"
        yield from self._members(field)
        yield from self._link(field)
        yield from self._constraints(field)
        yield from description_lines(place.description)
        yield from self._fields(self._children(field))
        yield from degraded_lines(self._definition, field.path)

    def _kind_lines(self) -> Iterator[str]:
        names = self._definition.names
        yield f"SCOPE:        {'namespaced' if self._kind.namespaced else 'cluster'}"
        yield f"QUERIES:      {names.singular_field}, {names.plural_field}"
        yield f"MUTATIONS:    {', '.join((names.create, names.update, names.replace, names.apply))},"
        yield f"              {', '.join((names.update_status, names.delete))}"
        yield f"SUBSCRIPTION: {names.watch}"
        for at, index in enumerate(self._definition.indexes):
            fields = printable(", ".join(map(written_path, index.fields)))
            yield f"{'INDEXES:' if at == 0 else '':<14}{fields}{' (unique)' if index.unique else ''}"
        yield from description_lines(self._definition.description)
        yield ""
        yield "FIELDS:"
        yield f"{_INDENT}metadata  <ObjectMeta>"
        for section in self._definition.sections:
            field = self._section(section)
            yield from self._summary(field)
        yield from degraded_lines(self._definition, ())

    def _section(self, name: str) -> _Field:
        sections = self._definition.sections
        names = assign_field_names(sections, reserved=ENVELOPE)
        maps = [one for one, structure in sections.items() if self._entry_type(structure, structure.root)]
        entries = entries_names(names, maps).get(name)
        structure = sections[name]
        return _Field((name,), structure, structure.root, required=False, graphql_name=names[name], entries=entries)

    def _find(self, path: Sequence[str]) -> _Field:
        if path[0] not in self._definition.sections:
            raise unknown_field(path[:1], ["metadata", *self._definition.sections])
        field = self._section(path[0])
        for at, name in enumerate(path[1:], start=2):
            children = {child.path[-1]: child for child in self._children(field)}
            if name in children:
                field = children[name]
            elif (values := self._values(field)) is not None:
                field = _Field((*field.path, name), field.structure, values, required=False, graphql_name=None)
            else:
                raise unknown_field(path[:at], list(children))
        return field

    def _core(self, field: _Field) -> tuple[Node, int]:
        return list_core(field.structure, field.node) or (field.structure.resolve(field.node), 0)

    def _children(self, field: _Field) -> list[_Field]:
        """Return the properties of the object at a place, or of the objects in its lists and maps."""
        node, _ = self._core(field)
        while node.kind is NodeKind.MAP and node.values is not None:
            values = list_core(field.structure, node.values)
            if values is None or values[0] is node:
                break
            node = values[0]
        names = assign_field_names(node.properties, reserved=("_extra",) if node.open else ())
        maps = [name for name, child in node.properties.items() if self._entry_type(field.structure, child)]
        entries = entries_names(names, maps)
        return [
            _Field((*field.path, name), field.structure, child, name in node.required, names[name], entries.get(name))
            for name, child in node.properties.items()
        ]

    def _entry_type(self, structure: Structure, node: Node) -> str | None:
        """Return the type of a map's typed entries, None where it has none."""
        core = list_core(structure, node)
        entry = None if core is None else self._plan.find_entry(core[0])
        if core is None or entry is None or Role.OUTPUT not in entry.roles:
            return None
        return "[" * (core[1] + 1) + entry.type_name(Role.OUTPUT) + "]" * (core[1] + 1)

    def _entries(self, field: _Field) -> str:
        return f"{field.entries} <{self._entry_type(field.structure, field.node)}>"

    def _members(self, field: _Field) -> Iterator[str]:
        """Tell what a union may be, by the values that say so."""
        node, _ = self._core(field)
        if node.union is None:
            return
        named = ((value, self._plan.find(member)) for value, member in node.union.members.items())
        for at, (value, shape) in enumerate(named):
            type_name = f"<{shape.type_name(Role.OUTPUT)}>" if shape is not None else ""
            told = f"{node.union.property}: {value} {type_name}"
            yield f"{'MEMBERS:' if at == 0 else '':<14}{printable(told)}"

    def _link(self, field: _Field) -> Iterator[str]:
        """Tell which resource a string, or each of a list of strings, names."""
        found = link_of(field.structure, field.node)
        if found is not None:
            link, _ = found
            place = f", in the namespace that {link.namespace_from} names" if link.namespace_from else ""
            yield f"NAMES:        {printable(link.kind + place)}; onDelete: {link.on_delete}"

    def _values(self, field: _Field) -> Node | None:
        node, _ = self._core(field)
        return node.values if node.open or node.kind is NodeKind.MAP else None

    def _type(self, field: _Field) -> str:
        node, depth = self._core(field)
        shape = self._plan.find(node)
        name = shape.type_name(Role.OUTPUT) if shape is not None else leaf_name(field.structure, node)
        return "[" * depth + name + "]" * depth

    def _marks(self, field: _Field) -> str:
        place = place_of(field.structure, field.node)
        marks = {
            "required": field.required and place.default is MISSING,
            "read-only": place.read_only,
            "write-only": place.write_only,
            "nullable": place.nullable,
            "deprecated": place.deprecated is not None,
            "indexed": any(field.path in index.fields for index in self._definition.indexes),
        }
        said = [mark for mark, holds in marks.items() if holds]
        return f" -{', '.join(said)}-" if said else ""

    def _constraints(self, field: _Field) -> Iterator[str]:
        place = place_of(field.structure, field.node)
        node, _ = self._core(field)
        if place.default is not MISSING:
            yield f"DEFAULT:      {_shown(place.default)}"
        if node.enum:
            yield f"ONE OF:       {', '.join(_shown(value) for value in enum_values(node) or node.enum)}"
        limits = [("minimum", node.minimum), ("maximum", node.maximum)]
        said = [*dict.fromkeys([*place.hints, *node.hints])]
        said += [f"{name}: {value}" for name, value in limits if value is not None and not _mentions(said, name)]
        if node.format:
            said.insert(0, f"format: {node.format}")
        if node.reason:
            said.append(f"JSON, since it {node.reason}")
        for index, hint in enumerate(said):
            yield f"{'CONSTRAINTS:' if index == 0 else '':<14}{printable(hint)}"

    def _fields(self, children: Sequence[_Field]) -> Iterator[str]:
        if children:
            yield ""
            yield "FIELDS:"
        for child in children:
            yield from self._summary(child)

    def _summary(self, field: _Field) -> Iterator[str]:
        name = field.path[-1]
        called = f" (GraphQL: {field.graphql_name})" if field.graphql_name not in {None, name} else ""
        entries = f", entries: {self._entries(field)}" if field.entries is not None else ""
        yield f"{_INDENT}{printable(name)}  <{self._type(field)}>{self._marks(field)}{called}{entries}"
        description = place_of(field.structure, field.node).description
        if description:
            short = textwrap.shorten(printable(description.replace("\n", " ")), width=200, placeholder=" …")
            yield from textwrap.wrap(short, width=100, initial_indent=_INDENT * 3, subsequent_indent=_INDENT * 3)


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    return printable(text)


def _mentions(hints: Sequence[str], name: str) -> bool:
    return any(hint.startswith(f"{name}:") for hint in hints)
