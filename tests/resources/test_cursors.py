from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.resources.cursors import encode_cursor, order_signature, parse_cursor
from app.resources.keys import kind_range, namespace_range, resource_key, split_key, storage_key
from schema_builder.backend import Order
from schema_builder.errors import BadUserInput

sort_values = st.lists(st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(), max_size=4)
names = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,3}[a-z0-9])?(\.[a-z0-9])?", fullmatch=True)


@given(sort_values, st.text())
def test_a_cursor_is_read_back(values: list[object], place: str) -> None:
    cursor = encode_cursor("signature", values, place=place)
    assert parse_cursor(cursor, "signature", terms=len(values), argument="after") == (tuple(values), place)


@given(st.text())
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(BadUserInput, match="after"):
        parse_cursor(text, "signature", terms=1, argument="after")


def test_a_signature_tells_orders_kinds_and_namespaces_apart() -> None:
    port, down = Order(("spec", "port")), Order(("spec", "port"), descending=True)
    signatures = {
        order_signature(order, storage=storage, namespace=namespace)
        for order in [(), (port,), (down,), (port, down)]
        for storage in ["000001", "000002"]
        for namespace in [None, "a"]
    }
    assert len(signatures) == 16


@given(names, names, names, names)
def test_keys_sort_as_namespace_and_name_do(namespace: str, name: str, other_namespace: str, other_name: str) -> None:
    key = resource_key("000001", namespace=namespace, name=name)
    other = resource_key("000001", namespace=other_namespace, name=other_name)
    assert (key < other) == ((namespace, name) < (other_namespace, other_name))
    after, before = namespace_range("000001", namespace)
    assert (after < other < before) == (namespace == other_namespace)
    assert split_key(key) == ("000001", namespace, name)


@given(st.integers(0, 36**6 - 2))
def test_storage_keys_rise_with_their_numbers_and_their_ranges_do_not_meet(number: int) -> None:
    key, following = storage_key(number), storage_key(number + 1)
    assert len(key) == 6
    assert kind_range(key).before < kind_range(following).after
