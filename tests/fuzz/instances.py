"""Instances drawn from a schema: most of them valid, some nearly."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from tests.fuzz.schemas import JSON, NAMES, NUMBERS, SCALARS, TEXTS, TYPES, WHOLE

__all__ = ["instances"]

_MAX_DEPTH = 6
_BY_TYPE = {
    "null": st.none(),
    "boolean": st.booleans(),
    "integer": WHOLE,
    "number": NUMBERS,
    "string": TEXTS,
    "array": st.lists(SCALARS, max_size=3),
    "object": st.dictionaries(NAMES, SCALARS, max_size=3),
}


@st.composite
def instances(draw: st.DrawFn, schema: Any) -> Any:
    """Return instances that follow types, properties, items, enums and references; nothing else is solved."""
    return _drawn(draw, schema, schema, 0)


def _drawn(draw: st.DrawFn, schema: Any, root: Any, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _MAX_DEPTH or draw(st.integers(0, 19)) == 0:
        return draw(JSON)
    if "$ref" in schema:
        return _drawn(draw, root["$defs"]["n"], root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return draw(st.sampled_from(schema["enum"]))
    value = _of_type(draw, schema, root, depth)
    for branch in _branches(draw, schema):
        other = _drawn(draw, branch, root, depth + 1)
        both = isinstance(value, dict) and isinstance(other, dict)
        value = {**value, **other} if both else draw(st.sampled_from([value, other]))
    return value


def _branches(draw: st.DrawFn, schema: dict[str, Any]) -> list[Any]:
    branches = list(schema.get("allOf", ()))
    branches += [draw(st.sampled_from(schema[keyword])) for keyword in ("anyOf", "oneOf") if schema.get(keyword)]
    return branches + [schema[keyword] for keyword in ("then", "else") if keyword in schema and draw(st.booleans())]


def _of_type(draw: st.DrawFn, schema: dict[str, Any], root: Any, depth: int) -> Any:
    types = schema.get("type") or ("object" if "properties" in schema else "array" if "items" in schema else TYPES)
    kind = types if isinstance(types, str) else draw(st.sampled_from(types))
    if kind == "object":
        return _object(draw, schema, root, depth)
    if kind == "array":
        count = draw(st.integers(min(schema.get("minItems", 0), 3), 3))
        items = [*schema.get("prefixItems", ()), *[schema.get("items", True)] * 3][:count]
        return [_drawn(draw, item, root, depth + 1) for item in items]
    return draw(_BY_TYPE[kind])


def _object(draw: st.DrawFn, schema: dict[str, Any], root: Any, depth: int) -> dict[str, Any]:
    properties = schema.get("properties", {})
    names = [name for name in properties if name in schema.get("required", ()) or draw(st.booleans())]
    value = {name: _drawn(draw, properties[name], root, depth + 1) for name in names}
    others = draw(st.lists(NAMES, max_size=1)) + [name for name in schema.get("required", ()) if name not in properties]
    rest = schema.get("additionalProperties", True)
    return value | {name: _drawn(draw, rest, root, depth + 1) for name in others if name not in properties}
