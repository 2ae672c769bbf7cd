"""A list that takes too long, as a client meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from app.settings import Settings
    from tests.support.serving import RunningServer

DEFINE = """mutation { createResourceDefinition(input: {spec: {
  kind: "Slow", indexes: [{fields: ["spec.rank"]}]
  schema: {type: "object", properties: {
    rank: {type: "integer", format: "int32"}, color: {type: "string"}, size: {type: "number"}
  }}
}}) { metadata { name } } }"""
CREATE = """mutation { createSlow(input: {metadata: {name: "a"}, spec: {rank: 1, color: "red", size: 2}}) {
  metadata { name }
} }"""
LIST = "{ slows(where: {spec: {%s}}, orderBy: [%s]) { totalCount nodes { metadata { name } } } }"


@pytest.fixture
def server_settings(server_settings: Settings) -> Settings:
    return server_settings.model_copy(update={"max_scan_seconds": 1e-9})


async def test_the_error_of_a_slow_list_has_the_index_as_it_would_be_declared(server: RunningServer) -> None:
    await server.graphql(DEFINE)
    await server.graphql(CREATE)
    (error,) = await server.errors(LIST % ('color: {eq: "red"}, size: {gt: 1}', "SPEC_RANK_DESC"))
    assert error["extensions"] == {
        "code": "LIMIT_EXCEEDED", "retryable": False, "missingIndexes": [{"fields": ["spec.color", "spec.rank"]}],
    }  # fmt: skip
    declare = """mutation ($indexes: [ResourceDefinitionSpecIndexesPatch!]) {
      updateResourceDefinition(name: "Slow", patch: {spec: {indexes: $indexes}}) { spec { indexes { fields } } }
    }"""
    indexes = [{"fields": ["spec.rank"]}, *error["extensions"]["missingIndexes"]]
    assert await server.graphql(declare, {"indexes": indexes})
    (error,) = await server.errors(LIST % ('color: {eq: "red"}', "SPEC_RANK_DESC"))
    assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "retryable": True}
    assert "still being built" in error["message"]
    answer = await server.graphql(LIST % ("rank: {gte: 1}", "SPEC_RANK_ASC"))
    assert answer["slows"] == {"totalCount": 1, "nodes": [{"metadata": {"name": "a"}}]}
