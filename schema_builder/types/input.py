"""Input types of create and replace: ``required`` is honoured, defaults are shown, read-only parts are left out.

Coerced values have original names. What a schema's default says is said once more as GraphQL's default only where
both come to the same value, so that it does not matter who fills it in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GraphQLDefaultInput,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    Undefined,
)
from graphql.utilities import coerce_input_value, value_to_literal

from schema_builder.errors import BadUserInput
from schema_builder.names import assign_field_names
from schema_builder.scalars import MAX_SAFE_INTEGER
from schema_builder.structural import MISSING, Node, NodeKind, Structure
from schema_builder.types.built import BuiltInputObject
from schema_builder.types.entries import EntriesField, entries_inputs, merge_entries, object_entries, section_entries
from schema_builder.types.leaves import LEAVES, Place, list_core, place_of, unused_key
from schema_builder.types.naming import NamedShape, Role
from schema_builder.types.words import alike, describe, describe_type, places_of_property

if TYPE_CHECKING:
    from schema_builder.types.context import KindContext

__all__ = ["build_envelope", "build_input", "build_patch", "build_patch_envelope"]

_REST: Final = "_extra"
_BAD_USER_INPUT: Final = BadUserInput("").extensions
_MAX_REQUIRED: Final = 50
_IGNORED_STATUS: Final = "Ignored, with a warning: status has a mutation of its own."
_REQUIRED: Final = "Required, here or by its entries."
_REST_DESCRIPTION: Final = "Properties that the schema does not declare, by their original names."


def build_envelope(context: KindContext, *, name: str, metadata: str, description: str) -> GraphQLInputObjectType:
    """Build ``CreateKInput`` or ``ReplaceKInput``: metadata, and every section but status."""
    return GraphQLInputObjectType(
        name,
        lambda: _envelope_fields(context, metadata=metadata, role=Role.INPUT),
        description=description,
        out_type=_envelope_out_type(context, Role.INPUT),
    )


def build_patch_envelope(
    context: KindContext, *, name: str, metadata: str, description: str, takes_status: bool = False
) -> GraphQLInputObjectType:
    """Build ``ApplyKInput`` or ``KPatch``: nothing is required, nothing has a default.

    Args:
        context: What types are built from.
        name: Of the type.
        metadata: Name of the metadata's type.
        description: Of the type.
        takes_status: Whether a status may be sent along, for nothing: files that are applied often have one.
    """

    def fields() -> dict[str, GraphQLInputField]:
        built = _envelope_fields(context, metadata=metadata, role=Role.PATCH)
        if takes_status:
            built["status"] = GraphQLInputField(LEAVES["JSON"], description=_IGNORED_STATUS)
        return built

    return GraphQLInputObjectType(
        name, fields, description=description, out_type=_envelope_out_type(context, Role.PATCH)
    )


def _envelope_out_type(context: KindContext, role: Role) -> Callable[[dict[str, Any]], Any] | None:
    places = ((structure, structure.root) for structure in context.sections.values())
    if not any(context.entry_shape(*place, role) for place in places):
        return None
    return lambda value: merge_entries(value, _writable_sections(context, role))


def _writable_sections(context: KindContext, role: Role) -> list[EntriesField]:
    return [field for field in section_entries(context, role) if field.original != "status"]


def _envelope_fields(context: KindContext, *, metadata: str, role: Role) -> dict[str, GraphQLInputField]:
    metadata_type = context.named(metadata)
    optional = context.names_itself or metadata == "MetadataPatch"
    fields = {"metadata": GraphQLInputField(metadata_type if optional else GraphQLNonNull(metadata_type))}
    for section, structure in context.sections.items():
        place = place_of(structure, structure.root)
        if section != "status" and not place.read_only:
            section_type = context.type_of(structure, structure.root, role)
            required = role is Role.INPUT and section in context.required
            fields[context.section_fields[section]] = GraphQLInputField(
                GraphQLNonNull(section_type) if required else section_type,
                description=describe([place]),
                deprecation_reason=None if required else place.deprecated,
                out_name=section,
            )
    return {**fields, **entries_inputs(_writable_sections(context, role))}


def build_input(context: KindContext, shape: NamedShape) -> GraphQLInputObjectType:
    """Build the input of a nested object for create and replace.

    A member of a union need not say what tells it from the others: where it stands does.
    """
    implied = shape.node.tag[0] if shape.node.tag is not None else None

    def said(type_: Any, places: list[Place], name: str) -> dict[str, Any]:
        default = None if name == implied else _default_input(places[0], type_)
        description = describe(places, default=default is None)
        required = _is_required(shape, name, places[0]) and name != implied
        if required and context.entry_shape(shape.structure, shape.node.properties[name], Role.INPUT):
            required, description = False, f"{description}\n\n{_REQUIRED}" if description else _REQUIRED
        return {
            "type_": GraphQLNonNull(type_) if required else type_,
            "default": default,
            "description": description,
            "deprecation_reason": places[0].deprecated,
        }

    return _build(context, shape, Role.INPUT, said, is_one_of=_is_one_of(shape))


def build_patch(context: KindContext, shape: NamedShape) -> GraphQLInputObjectType:
    """Build the input of a nested object for patch, apply and status: all optional, no defaults."""

    def said(type_: Any, places: list[Place], _name: str) -> dict[str, Any]:
        return {"type_": type_, "description": describe(places), "deprecation_reason": places[0].deprecated}

    return _build(context, shape, Role.PATCH, said)


def _build(
    context: KindContext,
    shape: NamedShape,
    role: Role,
    said: Callable[[Any, list[Place], str], dict[str, Any]],
    *,
    is_one_of: bool = False,
) -> GraphQLInputObjectType:
    structure, node = shape.structure, shape.node
    rest = unused_key(_REST, node.properties) if node.open else None
    has_maps = any(context.entry_shape(structure, child, role) for child in node.children())
    entries: list[EntriesField] | None = [] if has_maps else None

    def fields() -> dict[str, GraphQLInputField]:
        names = assign_field_names(node.properties, reserved=(_REST,) if node.open else ())
        built: dict[str, GraphQLInputField] = {}
        known: dict[Any, dict[str, Any] | None] = {}
        for original, alike_key in alike(shape):
            key = (alike_key, original in node.required, node.tag is not None and node.tag[0] == original)
            if key not in known:
                places = places_of_property(shape, original)
                type_ = context.type_of(structure, node.properties[original], role)
                known[key] = None if places[0].read_only else said(type_, places, original)
            arguments = known[key]
            if arguments is not None:
                built[names[original]] = GraphQLInputField(**arguments, out_name=original)
        if shape.is_entry:
            built["key"].type = GraphQLNonNull(LEAVES["String"])
        if entries is not None:
            entries[:] = object_entries(context, shape, role, names=names)
            built |= entries_inputs(entries)
        if rest is not None:
            built[_REST] = GraphQLInputField(LEAVES["JSON"], description=_REST_DESCRIPTION, out_name=rest)
        return built

    return BuiltInputObject(
        shape.type_name(role),
        fields,
        description=describe_type(shape),
        out_type=_out_type(rest=rest, numbers=_numbers(structure, node.properties), entries=entries),
        is_one_of=is_one_of,
    )


def _is_one_of(shape: NamedShape) -> bool:
    """Tell whether GraphQL's ``@oneOf`` says just what the schema does: each property can be the one that is there."""
    places = [place_of(shape.structure, child) for child in shape.node.properties.values()]
    return shape.node.exclusive and not any(
        place.nullable or place.read_only or place.default is not MISSING for place in places
    )


def _is_required(shape: NamedShape, name: str, place: Place) -> bool:
    optional = place.default is not MISSING or place.nullable or place.deprecated or _may_recurse(shape, name)
    return name in shape.node.required and not optional


def _may_recurse(shape: NamedShape, name: str) -> bool:
    """Tell whether a property is an object by reference that requires itself: such an input would have no value."""
    node = shape.node.properties[name]
    if node.kind is not NodeKind.REFERENCE:
        return False
    target = shape.structure.resolve(node)
    seen: set[int] = set()
    pending = [target]
    while pending and len(seen) <= _MAX_REQUIRED:
        holder = pending.pop()
        for child in map(shape.structure.resolve, (holder.properties[name] for name in holder.required)):
            if child is target:
                return True
            if id(child) not in seen:
                seen.add(id(child))
                pending.append(child)
    return bool(pending)


def _default_input(place: Place, type_: Any) -> GraphQLDefaultInput | None:
    """Return the default as GraphQL says it: only leaves and lists of them, and only if it coerces to itself."""
    if place.default is MISSING or place.default is None or isinstance(place.default, Mapping):
        return None
    if isinstance(place.default, list) and not all(isinstance(item, str | int | float) for item in place.default):
        return None
    coerced = coerce_input_value(place.default, type_)
    if coerced is Undefined or coerced != place.default or type(coerced) is not type(place.default):
        return None
    return GraphQLDefaultInput(literal=value_to_literal(place.default, type_))


def _out_type(
    *, rest: str | None, numbers: frozenset[str], entries: Sequence[EntriesField] | None
) -> Callable[[dict[str, Any]], Any] | None:
    if rest is None and not numbers and entries is None:
        return None

    def out(value: dict[str, Any]) -> dict[str, Any]:
        if entries is not None:
            merge_entries(value, entries)
        for name in numbers & value.keys():
            value[name] = _as_written(value[name])
        extra = value.pop(rest, None) if rest is not None else None
        return value if extra is None else _with_extra(value, extra)

    return out


def _with_extra(value: dict[str, Any], extra: Any) -> dict[str, Any]:
    if not isinstance(extra, Mapping):
        raise GraphQLError(f"'{_REST}' takes an object.", extensions=_BAD_USER_INPUT)
    twice = sorted(value.keys() & extra.keys())
    if twice:
        raise GraphQLError(f"'{twice[0]}' is given twice, once in '{_REST}'.", extensions=_BAD_USER_INPUT)
    return {**value, **extra}


def _as_written(value: Any) -> Any:
    """Return numbers without a fraction as integers: GraphQL's Float makes 3 into 3.0, and JSON knows no difference."""
    if isinstance(value, list):
        return [_as_written(item) for item in value]
    whole = isinstance(value, float) and value.is_integer() and abs(value) <= MAX_SAFE_INTEGER
    return int(value) if whole else value


def _numbers(structure: Structure, properties: Mapping[str, Node]) -> frozenset[str]:
    cores = {name: list_core(structure, child) for name, child in properties.items()}
    return frozenset(name for name, core in cores.items() if core is not None and core[0].kind is NodeKind.NUMBER)
