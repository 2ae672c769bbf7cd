from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resources.metadata import generated_name, metadata_failures

VALID: dict[str, Any] = {
    "name": "a", "namespace": "default", "labels": {}, "annotations": {}, "finalizers": [], "ownerReferences": [],
}  # fmt: skip
OWNER = {"kind": "Service", "name": "a", "uid": "u"}


def _paths(**changes: Any) -> list[str]:
    return [failure.path for failure in metadata_failures({**VALID, **changes}, namespaced=True)]


@pytest.mark.parametrize("name", ["a", "0", "a-b", "a.b", "a--b", "1.2.3", "x" * 253])
def test_subdomains_are_names(name: str) -> None:
    assert _paths(name=name, namespace=name) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "A",
        "-a",
        "a-",
        ".a",
        "a.",
        "a..b",
        "a.-b",
        "a_b",
        "a b",
        "a\n",
        "é",
        "x" * 254,
        "__proto__",
        "$where",
        None,
        5,
    ],
)
def test_nothing_else_is_a_name(name: Any) -> None:
    assert _paths(name=name, namespace=name) == ["/metadata/name", "/metadata/namespace"]


@pytest.mark.parametrize("key", ["a", "A_b.c-d", "example.org/a", "0", "x" * 63, "a" * 253 + "/b"])
def test_qualified_names_are_keys(key: str) -> None:
    assert _paths(labels={key: "v"}, annotations={key: "any thing"}, finalizers=[key]) == []


@pytest.mark.parametrize(
    "key", ["", "/", "a/", "/a", "-a", "a-", "a b", "A.org/a", "a/b/c", "x" * 64, "$where", "a\0", "é"]
)
def test_nothing_else_is_a_key(key: str) -> None:
    token = key.replace("~", "~0").replace("/", "~1")
    assert f"/metadata/labels/{token}" in _paths(labels={key: "v"})
    assert "/metadata/finalizers/0" in _paths(finalizers=[key])
    if key != "A.org/a":  # the prefix of an annotation may have capitals, as Kubernetes has it
        assert f"/metadata/annotations/{token}" in _paths(annotations={key: "v"})


@pytest.mark.parametrize("value", ["-", "a b", "x" * 64, "é", 5, None])
def test_a_labels_value_is_short_and_plain(value: Any) -> None:
    assert _paths(labels={"a": value}) == ["/metadata/labels/a"]


def test_annotations_have_a_quarter_of_a_mebibyte_together() -> None:
    assert _paths(annotations={"a": "x" * 262_143}) == []
    assert _paths(annotations={"a": "x" * 262_144}) == ["/metadata/annotations"]


def test_finalizers_are_a_set() -> None:
    assert _paths(finalizers=["a", "b", "a"]) == ["/metadata/finalizers/2"]


def test_an_owner_has_kind_name_and_uid_and_one_controls() -> None:
    assert _paths(ownerReferences=[OWNER]) == []
    assert _paths(ownerReferences=[{"kind": "Service", "name": ""}, "x"]) == [
        "/metadata/ownerReferences/0/name", "/metadata/ownerReferences/0/uid", "/metadata/ownerReferences/1",
    ]  # fmt: skip
    assert _paths(ownerReferences=[{**OWNER, "controller": True}] * 2) == ["/metadata/ownerReferences"]


@given(st.text(max_size=300), st.lists(st.integers(0, 255), min_size=5, max_size=5))
def test_a_generated_name_is_its_prefix_and_never_too_long(prefix: str, numbers: list[int]) -> None:
    name = generated_name(prefix, numbers)
    assert len(name) <= 253
    assert name[:-5] == prefix[:248]
