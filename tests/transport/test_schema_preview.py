"""``POST /schema.graphql/preview``: what a definition would add to the schema."""

import pytest

from tests.e2e.boxes import BOX


async def preview(server, spec, **headers):
    return await server.client.post("/schema.graphql/preview", json={"spec": spec}, headers=headers)


async def test_the_preview_is_what_the_schema_has_once_the_kind_is_defined(server):
    response = await preview(server, BOX)
    assert response.status_code == 200
    await server.graphql(
        "mutation ($spec: ResourceDefinitionSpecInput!) { createResourceDefinition(input: {spec: $spec}) { id } }",
        {"spec": BOX},
    )
    schema = (await server.client.get("/schema.graphql")).text
    roots, _, types = response.text.partition("\n\ntype ")
    assert "extend type Query" in roots
    assert "createBox(" in roots
    assert f"type {types}".strip().split("\n\n")[0] in schema
    for name in ("type Box ", "input CreateBoxInput ", "type BoxEvent "):
        start = response.text.index(name)
        assert response.text[start : response.text.index("\n}", start)] in schema


async def test_nothing_is_defined_by_it(server):
    await preview(server, BOX)
    assert "Box" not in (await server.client.get("/schema.graphql")).text


async def test_what_would_be_refused_is_refused_with_every_place(server):
    response = await preview(server, {"kind": "box y", "schema": {"properties": {"a": {"pattern": "("}}}})
    assert response.status_code == 422
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "INVALID"
    assert {failure["path"] for failure in error["extensions"]["failures"]} >= {"/spec/kind"}


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"spec": {}}', "text/plain", 415),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b" " * 6_000_000, "application/json", 413),
    ],
)
async def test_anything_else_is_refused(server, body, content_type, status):
    response = await server.client.post("/schema.graphql/preview", content=body, headers={"content-type": content_type})
    assert response.status_code == status
    assert response.json()["errors"]
