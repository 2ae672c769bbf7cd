from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from app.errors import AlreadyExists, Conflict, KindRemoved, LimitExceeded, NotFound, Unavailable
from schema_builder.errors import BadUserInput, Invalid, KindgraphError

if TYPE_CHECKING:
    from tests.services.server import Server


@pytest.fixture(autouse=True)
async def _defined(server: Server) -> None:
    await server.define()


async def test_a_created_resource_is_read_back_with_its_defaults(server: Server) -> None:
    created = await server.service("a", port=80)
    assert created == await server.get("Service", "a", "default")
    assert created.body == {"spec": {"host": "a", "port": 80, "scheme": "http"}}
    assert created.metadata["generation"] == 1
    assert created.metadata["namespace"] == "default"


async def test_a_resources_version_is_below_its_commit_and_not_below_its_predecessors(server: Server) -> None:
    created = await server.service("a")
    first_commit = server.scope.position
    assert int(created.metadata["resourceVersion"]) < first_commit
    updated = await server.update("Service", "a", {"spec": {"port": 1}})
    assert first_commit <= int(updated.metadata["resourceVersion"]) < server.scope.position


async def test_a_name_is_taken_once(server: Server) -> None:
    await server.service("a")
    with pytest.raises(AlreadyExists, match="Service 'default/a' already exists") as caught:
        await server.service("a")
    assert not caught.value.retryable
    await server.service("a", namespace="other")


async def test_of_many_creates_at_once_one_wins(server: Server) -> None:
    outcomes = await asyncio.gather(*(server.service("a") for _ in range(10)), return_exceptions=True)
    assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 9


async def test_generated_names_are_the_prefix_and_five_characters(server: Server) -> None:
    made = [
        await server.create("Service", {"metadata": {"generateName": "db-"}, "spec": {"host": "x"}}) for _ in range(3)
    ]
    assert all(one.metadata["name"].startswith("db-") and len(one.metadata["name"]) == 8 for one in made)
    assert len({one.metadata["name"] for one in made}) == 3


async def test_a_generated_name_that_is_taken_is_made_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = iter([b"\0\0\0\0\0", b"\0\0\0\0\0", b"\1\1\1\1\1"])
    monkeypatch.setattr("app.services.writes.secrets.token_bytes", lambda _: next(tokens))
    for _ in range(2):
        made = await server.create("Service", {"metadata": {"generateName": "db-"}, "spec": {"host": "x"}})
    assert made.metadata["name"] == "db-ccccc"


async def test_a_resource_without_a_name_is_invalid(server: Server) -> None:
    with pytest.raises(Invalid) as caught:
        await server.create("Service", {"metadata": {"labels": {"-x": ""}}, "spec": {"host": 5}})
    assert [(failure.path, failure.keyword) for failure in caught.value.failures] == [
        ("/metadata/labels/-x", "label"),
        ("/metadata/name", "required"),
        ("/spec/host", "type"),
    ]


async def test_all_failures_are_told_at_once_and_sorted(server: Server) -> None:
    metadata = {"name": "No", "labels": {"-x": "ok"}, "finalizers": ["a b"], "annotations": {"k": "v"}}
    with pytest.raises(Invalid) as caught:
        await server.create("Service", {"metadata": metadata, "spec": {"port": 0, "extra": 1}})
    paths = [failure.path for failure in caught.value.failures]
    assert paths == sorted(paths)
    assert set(paths) == {
        "/metadata/finalizers/0", "/metadata/labels/-x", "/metadata/name", "/spec/extra", "/spec/host", "/spec/port",
    }  # fmt: skip


async def test_a_merge_patch_sets_removes_and_replaces(server: Server) -> None:
    metadata = {"name": "a", "labels": {"x": "1", "y": "2"}, "annotations": {"k": "v"}}
    spec = {"host": "h", "port": 1, "tags": ["a", "b"], "limits": {"a": 1, "b": {"c": 2, "d": 3}}}
    await server.create("Service", {"metadata": metadata, "spec": spec})
    patch = {
        "metadata": {"labels": {"x": None, "z": "3"}, "annotations": None},
        "spec": {"port": None, "tags": ["c"], "limits": {"a": None, "b": {"c": None}}},
    }
    updated = await server.update("Service", "a", patch)
    assert updated.metadata["labels"] == {"y": "2", "z": "3"}
    assert updated.metadata["annotations"] == {}
    expected = {"host": "h", "tags": ["c"], "limits": {"b": {"d": 3}}, "scheme": "http"}
    assert updated.body["spec"] == expected
    assert updated.metadata["generation"] == 2


async def test_changing_only_metadata_keeps_the_generation(server: Server) -> None:
    await server.service("a")
    updated = await server.update("Service", "a", {"metadata": {"labels": {"x": "1"}}})
    assert updated.metadata["generation"] == 1


async def test_a_write_that_changes_nothing_commits_nothing(server: Server) -> None:
    created = await server.service("a", port=80)
    before = await server.store.latest_position()
    same = [
        await server.update("Service", "a", {"spec": {"port": 80}}),
        await server.apply("Service", {"metadata": {"name": "a"}, "spec": {"port": 80}}),
        await server.replace("Service", {"metadata": {"name": "a"}, "spec": {"host": "a", "port": 80}}),
    ]
    assert all(one == created for one in same)
    assert await server.store.latest_position() == before


async def test_one_and_one_point_zero_are_two_values(server: Server) -> None:
    created = await server.service("a", limits={"n": 1})
    updated = await server.update("Service", "a", {"spec": {"limits": {"n": 1.0}}})
    assert updated.metadata["resourceVersion"] != created.metadata["resourceVersion"]
    read = await server.get("Service", "a")
    assert read is not None
    assert repr(read.body["spec"]["limits"]["n"]) == "1.0"


async def test_a_stale_version_conflicts_and_the_right_one_does_not(server: Server) -> None:
    first = await server.service("a")
    second = await server.update("Service", "a", {"spec": {"port": 1}}, version=first.metadata["resourceVersion"])
    with pytest.raises(Conflict) as caught:
        await server.update("Service", "a", {"spec": {"port": 2}}, version=first.metadata["resourceVersion"])
    assert not caught.value.retryable
    with pytest.raises(Conflict):
        await server.delete("Service", "a", version=first.metadata["resourceVersion"])
    with pytest.raises(BadUserInput):
        await server.update("Service", "a", {}, version="x")
    await server.delete("Service", "a", version=second.metadata["resourceVersion"])


async def test_updates_at_once_are_linear_and_none_is_lost(server: Server) -> None:
    await server.service("a")
    keys = [f"k{number}" for number in range(5)]
    outcomes = await asyncio.gather(
        *(server.update("Service", "a", {"metadata": {"labels": {key: "1"}}}) for key in keys), return_exceptions=True
    )
    done = {key for key, outcome in zip(keys, outcomes, strict=True) if not isinstance(outcome, Conflict)}
    read = await server.get("Service", "a")
    assert read is not None
    assert set(read.metadata["labels"]) == done
    assert all(outcome.retryable for outcome in outcomes if isinstance(outcome, KindgraphError))
    assert len(done) >= 4


async def test_replace_keeps_identity_and_status_and_nothing_else(server: Server) -> None:
    metadata = {"name": "a", "labels": {"x": "1"}, "finalizers": ["example.org/hold"]}
    created = await server.create("Service", {"metadata": metadata, "spec": {"host": "h", "port": 1}})
    await server.update_status("Service", "a", {"ready": True})
    replaced = await server.replace("Service", {"metadata": {"name": "a"}, "spec": {"host": "i"}})
    assert replaced.body == {"spec": {"host": "i", "scheme": "http"}, "status": {"ready": True}}
    assert replaced.metadata["labels"] == {}
    assert replaced.metadata["finalizers"] == []
    assert replaced.metadata["uid"] == created.metadata["uid"]
    assert replaced.metadata["createdAt"] == created.metadata["createdAt"]
    assert replaced.metadata["generation"] == 2


async def test_replacing_what_is_not_there_is_not_found(server: Server) -> None:
    with pytest.raises(NotFound):
        await server.replace("Service", {"metadata": {"name": "a"}, "spec": {"host": "i"}})


async def test_replace_minds_the_version_in_its_metadata(server: Server) -> None:
    created = await server.service("a")
    version = created.metadata["resourceVersion"]
    await server.replace("Service", {"metadata": {"name": "a", "resourceVersion": version}, "spec": {"host": "i"}})
    with pytest.raises(Conflict):
        await server.replace("Service", {"metadata": {"name": "a", "resourceVersion": version}, "spec": {"host": "j"}})


async def test_apply_creates_then_merges_and_removes_nothing(server: Server) -> None:
    first = {"metadata": {"name": "a", "labels": {"x": "1"}}, "spec": {"host": "h", "limits": {"a": 1}}}
    await server.apply("Service", first)
    second = {"metadata": {"name": "a", "labels": {"y": "2"}}, "spec": {"limits": {"b": 2}}, "status": {"ready": True}}
    applied = await server.apply("Service", second)
    assert applied.metadata["labels"] == {"x": "1", "y": "2"}
    assert applied.body["spec"]["limits"] == {"a": 1, "b": 2}
    assert "status" not in applied.body
    assert server.scope.warnings


async def test_status_is_written_alone_and_keeps_the_generation(server: Server) -> None:
    await server.service("a")
    await server.update_status("Service", "a", {"ready": True, "note": "x"})
    written = await server.update_status("Service", "a", {"note": None})
    assert written.body["status"] == {"ready": True}
    assert written.metadata["generation"] == 1
    with pytest.raises(Invalid) as caught:
        await server.update_status("Service", "a", {"ready": 1})
    assert caught.value.failures[0].path == "/status/ready"


async def test_finalizers_hold_a_resource_until_the_last_is_removed(server: Server) -> None:
    metadata = {"name": "a", "finalizers": ["example.org/x", "example.org/y"]}
    await server.create("Service", {"metadata": metadata, "spec": {"host": "h"}})
    going = await server.delete("Service", "a")
    assert going.metadata["deletionRequestedAt"] is not None
    assert going.metadata["generation"] == 2
    again = await server.delete("Service", "a")
    assert again == going
    with pytest.raises(Invalid) as caught:
        await server.update("Service", "a", {"metadata": {"finalizers": ["example.org/x", "example.org/z"]}})
    assert caught.value.failures[0].path == "/metadata/finalizers/1"
    await server.update("Service", "a", {"metadata": {"finalizers": ["example.org/x"]}})
    assert await server.get("Service", "a") is not None
    last = await server.update("Service", "a", {"metadata": {"finalizers": None}})
    assert last.metadata["finalizers"] == []
    assert await server.get("Service", "a") is None


async def test_a_dry_run_answers_what_would_be_and_commits_nothing(server: Server) -> None:
    planned = await server.create("Service", {"metadata": {"name": "a"}, "spec": {"host": "h"}}, dry_run=True)
    assert planned.body["spec"]["scheme"] == "http"
    assert await server.get("Service", "a") is None
    await server.service("a")
    with pytest.raises(AlreadyExists):
        await server.create("Service", {"metadata": {"name": "a"}, "spec": {"host": "h"}}, dry_run=True)
    updated = await server.update("Service", "a", {"spec": {"port": 5}}, dry_run=True)
    assert updated.body["spec"]["port"] == 5
    await server.delete("Service", "a", dry_run=True)
    read = await server.get("Service", "a")
    assert read is not None
    assert "port" not in read.body["spec"]
    assert server.scope.position == 0


async def test_write_only_values_are_kept_and_never_shown(server: Server) -> None:
    created = await server.service("a", secret="s3cret")
    assert "secret" not in created.body["spec"]
    updated = await server.update("Service", "a", {"spec": {"port": 5}})
    assert "secret" not in updated.body["spec"]
    document = await server.store.resources.find_one({"metadata.name": "a"})
    assert document is not None
    assert document["body"]["spec"]["secret"] == "s3cret"


@pytest.mark.parametrize("key", ["$where", "a.b", "$ref", "$id", "%24x", "nul\0", "__proto__", "", "😀", "%"])
async def test_any_key_comes_back_as_it_was(server: Server, key: str) -> None:
    limits = {key: {key: [{key: 1}]}, "$ref": "x", "$id": 5, "$db": "y"}
    await server.service("a", limits=limits)
    read = await server.get("Service", "a")
    assert read is not None
    assert read.body["spec"]["limits"] == limits


async def test_a_resource_of_more_than_four_mebibytes_is_too_large(server: Server) -> None:
    await server.service("large", limits={"x": "a" * 4_100_000})
    with pytest.raises(LimitExceeded):
        await server.service("too-large", limits={"x": "a" * 4_200_000})


async def test_a_resource_of_more_than_a_hundred_levels_is_too_deep(server: Server) -> None:
    nested: dict[str, object] = {}
    for _ in range(500):
        nested = {"x": nested}
    with pytest.raises(LimitExceeded):
        await server.service("deep", limits=nested)


async def test_numbers_at_the_edge_of_64_bits_are_exact_and_beyond_refused(server: Server) -> None:
    await server.service("a", limits={"low": -(2**63), "high": 2**63 - 1})
    read = await server.get("Service", "a")
    assert read is not None
    assert read.body["spec"]["limits"] == {"low": -(2**63), "high": 2**63 - 1}
    with pytest.raises(Invalid):
        await server.service("b", limits={"x": 2**63})


async def test_text_that_is_no_unicode_is_refused(server: Server) -> None:
    with pytest.raises(KindgraphError) as caught:
        await server.service("a", limits={"x": "\ud800"})
    assert caught.value.code == "INVALID"
    with pytest.raises(BadUserInput):
        await server.get("Service", "\ud800")


async def test_a_cluster_scoped_kind_has_no_namespaces(server: Server) -> None:
    await server.define({"kind": "Zone", "scope": "CLUSTER", "schema": {"type": "object"}})
    created = await server.create("Zone", {"metadata": {"name": "z"}, "spec": {}})
    assert created.metadata["namespace"] is None
    with pytest.raises(Invalid):
        await server.create("Zone", {"metadata": {"name": "y", "namespace": "default"}, "spec": {}})
    with pytest.raises(BadUserInput):
        await server.get("Zone", "z", "default")


async def test_names_that_would_reach_into_another_namespace_reach_nothing(server: Server) -> None:
    await server.service("b", namespace="a")
    assert await server.get("Service", "b", "a") is not None
    assert await server.get("Service", "a b", "") is None
    assert await server.get("Service", " b", "a") is None


async def test_writes_are_refused_while_the_server_is_behind(server: Server) -> None:
    server.lag = 1.5
    with pytest.raises(Unavailable) as caught:
        await server.service("a")
    assert caught.value.retryable


async def test_a_removed_kind_is_gone_for_those_who_still_hold_it(server: Server) -> None:
    kind = server.kind("Service")
    await server.service("a")
    await server.delete("ResourceDefinition", "Service")
    await server.define()
    with pytest.raises(KindRemoved):
        await server.services.get(server.scope, kind, name="a", namespace=None)
    assert await server.get("Service", "a") is None
