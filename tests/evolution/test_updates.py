"""Updates of definitions on a real server: what is told, what needs permission, what stored resources go through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.evolution.conftest import Boxes

OLD = {
    "type": "object",
    "required": ["size"],
    "properties": {
        "size": {"type": "integer"},
        "label": {"type": "string"},
        "parts": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}},
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["name"],
        },
    },
}


def with_size(**size: Any) -> dict[str, Any]:
    return {**OLD, "properties": {**OLD["properties"], "size": {"type": "integer", **size}}}


async def test_a_safe_update_applies_at_once_and_is_told(boxes: Boxes) -> None:
    await boxes.define(OLD)
    wider = {**OLD, "properties": {**OLD["properties"], "color": {"type": "string"}}}
    answer = await boxes.update(schema=wider)
    path = "/spec/schema/properties/color"
    (change,) = answer["extensions"]["changes"]
    assert change == {
        "definition": "Box", "path": path, "change": "FIELD_ADDED", "audience": "CLIENTS", "severity": "SAFE",
        "message": "spec.color is new",
    }  # fmt: skip
    last = answer["data"]["updateResourceDefinition"]["status"]["lastChange"]
    assert (last["generation"], last["safe"], last["dangerous"], last["breaking"]) == (2, 1, 0, 0)
    assert last["refusedResources"] is None
    await boxes.put("b", size=1, color="red")


async def test_a_breaking_update_is_refused_with_every_difference_and_resource(boxes: Boxes) -> None:
    await boxes.define(OLD)
    for number in range(25):
        await boxes.put(f"b{number:02}", size=number)
    for dry in (True, False):
        answer = await boxes.update(dry, schema=with_size(maximum=2))
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "INVALID"
        failures = {failure["path"]: failure for failure in error["extensions"]["failures"]}
        assert "22 stored resource(s)" in failures["/spec/allowBreaking"]["message"]
        assert failures["/spec/schema/properties/size/maximum"]["keyword"] == "BOUND_TIGHTENED"
        (change,) = answer["extensions"]["changes"]
        assert (change["audience"], change["severity"]) == ("RESOURCES", "BREAKING")
        (refused,) = answer["extensions"]["refusedResources"]
        assert (refused["count"], refused["checked"], len(refused["resources"])) == (22, 25, 20)
        assert refused["resources"][0] == {
            "namespace": "default", "name": "b03", "path": "/spec/size", "message": "must be at most 2, is 3",
        }  # fmt: skip
    await boxes.put("c", size=99)


async def test_a_permitted_breaking_update_keeps_what_is_stored_readable(boxes: Boxes) -> None:
    await boxes.define(OLD)
    await boxes.put("b", size=9, label="x")
    answer = await boxes.update(schema=with_size(maximum=2), allowBreaking=True)
    last = answer["data"]["updateResourceDefinition"]["status"]["lastChange"]
    assert (last["breaking"], last["refusedResources"]["count"]) == (1, 1)
    found = await boxes.server.graphql('{ box(name: "b") { spec { size label } } }')
    assert found["box"]["spec"] == {"size": 9, "label": "x"}


async def test_the_permission_counts_for_one_write_and_is_not_kept(boxes: Boxes) -> None:
    await boxes.define(OLD, allowBreaking=True)
    assert "errors" in await boxes.update(schema=with_size(maximum=2))
    assert "errors" not in await boxes.update(schema=with_size(maximum=2), allowBreaking=True)
    assert "errors" in await boxes.update(schema=with_size(maximum=1))
    found = await boxes.server.graphql('{ resourceDefinition(name: "Box") { raw } }')
    assert "allowBreaking" not in found["resourceDefinition"]["raw"]["spec"]


async def test_a_dry_run_tells_all_and_changes_nothing(boxes: Boxes) -> None:
    await boxes.define(OLD)
    await boxes.put("b", size=9)
    answer = await boxes.update(dry=True, schema=with_size(maximum=2), allowBreaking=True)
    assert answer["data"]["updateResourceDefinition"]["status"]["lastChange"]["refusedResources"]["count"] == 1
    assert answer["extensions"]["changes"]
    await boxes.put("c", size=9)
    found = await boxes.server.graphql('{ resourceDefinition(name: "Box") { status { lastChange { breaking } } } }')
    assert found["resourceDefinition"]["status"]["lastChange"] is None


async def test_an_edit_answers_for_what_it_touches_alone(boxes: Boxes) -> None:
    await boxes.define(OLD)
    await boxes.put("b", size=9, label="x", parts=[{"name": "one", "note": "a"}, {"name": "two"}])
    parts = {**OLD["properties"]["parts"], "items": {"type": "object", "properties": {"name": {"type": "string"}}}}
    narrower = with_size(maximum=2)
    narrower = {**narrower, "required": ["size", "owner"]}
    narrower["properties"] |= {"parts": parts, "owner": {"type": "string"}}
    assert "errors" not in await boxes.update(schema=narrower, allowBreaking=True)
    assert "errors" not in await boxes.patch("b", {"spec": {"label": "y"}})
    assert "errors" not in await boxes.patch("b", {"metadata": {"labels": {"a": "b"}}})
    for spec, path in (({"size": 8}, "/spec/size"), ({"size": None}, "/spec/size")):
        (error,) = (await boxes.patch("b", {"spec": spec}))["errors"]
        assert [failure["path"] for failure in error["extensions"]["failures"]] == [path]
    assert "errors" not in await boxes.patch("b", {"spec": {"size": 2}})
    (error,) = (await boxes.patch("b", {"spec": {"size": 3}}))["errors"]
    assert [failure["path"] for failure in error["extensions"]["failures"]] == ["/spec/size"]
    raw = await boxes.raw("b")
    assert raw["spec"]["parts"][0] == {"name": "one", "note": "a"}


async def test_an_update_that_refuses_nothing_stored_reads_nothing_stored(boxes: Boxes) -> None:
    await boxes.define(with_size(maximum=2))
    await boxes.put("b", size=2)
    answer = await boxes.update(schema=with_size(maximum=9))
    assert "refusedResources" not in answer["extensions"]
    assert [change["change"] for change in answer["extensions"]["changes"]] == ["BOUND_LOOSENED"]
