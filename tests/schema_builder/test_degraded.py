"""What is served as JSON although its schema says more."""

from schema_builder.definition import parse_definition
from schema_builder.degraded import MOST_COUNTED, Degraded, degraded_places, summarize

TEXT = {"type": "string"}
MIXED = {"type": ["string", "array"]}
REASON = "may be any of array, string"


def sections(schema, **more):
    return parse_definition({"kind": "Thing", "schema": schema, **more}, name=None).sections


def found(schema, **more):
    return list(degraded_places(sections(schema, **more)))


def obj(**properties):
    return {"type": "object", "properties": properties}


def test_typed_places_and_those_of_which_nothing_is_said_are_not_told():
    free = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    maps = {
        "b": {"type": "object", "additionalProperties": TEXT},
        "m": {"type": "object", "additionalProperties": obj()},
    }
    maps["n"] = {"type": "object", "additionalProperties": obj(x={"type": "integer"})}  # its entries are typed
    schema = obj(a=TEXT, c=free, d={}, e={"type": "object"}, **maps)
    assert found(schema) == []


def test_each_place_is_told_by_its_path_with_the_reason():
    schema = obj(
        a=MIXED,
        b={"type": "array", "items": obj(**{"x.y": MIXED})},
        c={"type": "array", "items": {"type": "array", "prefixItems": [TEXT]}},
        d={"type": "object", "additionalProperties": MIXED},
    )
    assert found(schema) == [
        Degraded("spec.a", REASON),
        Degraded('spec.b[*]["x.y"]', REASON),
        Degraded("spec.c[*]", "is a tuple, whose items differ by position"),
        Degraded("spec.d[*]", REASON),
    ]


def test_every_section_is_looked_at():
    places = found(obj(a=TEXT), statusSchema=obj(b=MIXED), extraFields={"data": MIXED})
    assert [place.path for place in places] == ["status.b", "data"]


def test_equal_places_are_told_each():
    shared = obj(inner=MIXED)
    assert [place.path for place in found(obj(a=shared, b=shared))] == ["spec.a.inner", "spec.b.inner"]


def test_undeclared_properties_with_a_type_beside_declared_ones_are_told():
    (place,) = found({**obj(a=TEXT), "additionalProperties": {"type": "integer"}})
    assert place.path == "spec"
    assert "_extra" in place.reason


def test_patterns_of_different_values_are_told():
    patterns = {"^a": TEXT, "^b": {"type": "integer"}}
    (place,) = found(obj(m={"type": "object", "patternProperties": patterns}))
    assert place == Degraded("spec.m", "has values that differ by the pattern of their names")


def test_a_recursive_schema_is_followed_once():
    node = obj(child={"$ref": "#/$defs/node"}, odd=MIXED)
    places = found({"$ref": "#/$defs/node", "$defs": {"node": node}})
    assert [place.path for place in places] == ["spec.odd"]


def test_more_places_than_can_be_looked_at_are_counted_to_a_bound():
    definitions = {"last": obj(odd=MIXED)}
    below = "last"
    for level in range(40):
        definitions[f"d{level}"] = obj(a={"$ref": f"#/$defs/{below}"}, b={"$ref": f"#/$defs/{below}"})
        below = f"d{level}"
    summary = summarize(sections({"$ref": f"#/$defs/{below}", "$defs": definitions}), most=3)
    assert summary.count == MOST_COUNTED
    assert len(summary.first) == 3
    assert summary.first[0].path == "spec" + ".a" * 40 + ".odd"
