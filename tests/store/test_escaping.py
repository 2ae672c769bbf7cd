from __future__ import annotations

import bson
from hypothesis import given
from hypothesis import strategies as st

from app.store.escaping import escape_key, escape_keys, unescape_keys

keys = st.text(alphabet="$.%\0ab240E_", max_size=6)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=10,
)


@given(json_values)
def test_escaped_keys_come_back(value: object) -> None:
    escaped = escape_keys(value)
    if escaped is not value:
        assert unescape_keys(escaped) == value
    bson.encode({"v": escaped})


@given(keys)
def test_a_stored_key_means_nothing_to_mongodb(key: str) -> None:
    stored = escape_key(key)
    assert not stored.startswith("$")
    assert "." not in stored
    assert "\0" not in stored


@given(st.lists(keys, unique=True))
def test_different_keys_stay_different(several: list[str]) -> None:
    assert len({escape_key(key) for key in several}) == len(several)
