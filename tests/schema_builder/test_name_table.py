"""Tables of names are dictionaries that are cheap to change."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schema_builder import name_table
from schema_builder.name_table import NameTable

names = st.sets(st.sampled_from([f"n{number}" for number in range(12)]), max_size=5)


@given(st.lists(st.tuples(names, names), max_size=30), st.integers(0, 12))
def test_a_table_is_what_a_dictionary_would_be(changes: list[tuple[set[str], set[str]]], limit: int) -> None:
    before = name_table._MAX_RECENT
    name_table._MAX_RECENT = limit
    try:
        table: NameTable[int] = NameTable()
        model: dict[str, int] = {}
        for owner, (removed, added) in enumerate(changes):
            earlier, earlier_model = table, dict(model)
            table = table.changed(removed=removed, added=added, owner=owner)
            model = {name: kept for name, kept in model.items() if name not in removed} | dict.fromkeys(added, owner)
            assert dict(earlier) == earlier_model
            assert (dict(table), len(table)) == (model, len(model))
            assert all((name in table, table.get(name)) == (name in model, model.get(name)) for name in removed | added)
    finally:
        name_table._MAX_RECENT = before


def test_many_changes_settle() -> None:
    table: NameTable[int] = NameTable()
    for number in range(5_000):
        table = table.changed(added=[f"n{number}"], owner=number)
    assert len(table) == 5_000
    assert len(table._recent) <= name_table._MAX_RECENT
    assert table["n4999"] == 4_999
