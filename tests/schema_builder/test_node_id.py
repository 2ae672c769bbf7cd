"""Opaque ids."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schema_builder.node_id import NodeId, decode, encode

parts = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(kind=parts, namespace=st.none() | parts, name=parts, uid=parts)
def test_an_id_reads_back(kind: str, namespace: str | None, name: str, uid: str) -> None:
    node = NodeId(kind, namespace, name, uid)
    assert decode(encode(node)) == node


@given(st.text(max_size=40))
def test_a_foreign_id_names_nothing_and_no_two_texts_are_one_id(text: str) -> None:
    node = decode(text)
    assert node is None or encode(node) == text


@pytest.mark.parametrize("text", ["", "=", "é", "AAAA", "\0", "Zm9v", encode(NodeId("K", None, "n", "u")) + "="])
def test_what_is_no_id_is_none(text: str) -> None:
    assert decode(text) is None
