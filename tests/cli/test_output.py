"""What reaches a terminal or a file."""

import datetime
import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.cli.manifests.documents import read_documents
from app.cli.output.table import Table, age, cell
from app.cli.output.text import first_line, json_safe, printable, width
from app.cli.output.yaml_writer import write_yaml

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)

tricky = st.one_of(
    st.text(),
    st.text(alphabet="ab \n\t:-#'\"|>%&*!?{}[],.0123456789eExonyYNtT~<=_\x1b\x85\u2028\u202e"),
    st.sampled_from(
        ["y", "on", "0777", "1:30", "=", "<<", "~", "1e3", "2001-01-01", "0o7", ".inf", "---", "...", "a\n\n"]
    ),
)
json_values = st.recursive(
    st.one_of(
        tricky,
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63 - 1),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tricky, inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_yaml_is_read_back_exactly_by_readers_of_both_versions(value):
    text = write_yaml({"x": value})
    (document,) = read_documents(text)
    assert document.data == {"x": value}
    assert yaml.safe_load(text) == {"x": value}


@given(json_values)
def test_neither_yaml_nor_json_brings_control_characters_to_the_terminal(value):
    for text in (write_yaml(value), json_safe(json.dumps(value, ensure_ascii=False, indent=2))):
        assert all(line.isprintable() for line in text.split("\n"))


@given(json_values)
def test_safe_json_is_the_same_json(value):
    assert json.loads(json_safe(json.dumps(value, ensure_ascii=False))) == value


def test_yaml_reads_well():
    value = {"a": [{"b": 1, "c": ["x", "yes"]}, []], "text": "one\ntwo\n", "m": {}, "z": None, "t": 1e16}
    assert write_yaml(value) == (
        'a:\n- b: 1\n  c:\n  - x\n  - "yes"\n- []\ntext: |\n  one\n  two\nm: {}\nz: null\nt: 1.0e+16\n'
    )


def test_long_keys_are_read_back():
    value = {"k" * 5000: {"a": ["b"]}}
    (document,) = read_documents(write_yaml(value))
    assert document.data == value


def test_escape_sequences_are_shown_and_not_obeyed():
    assert printable("a\x1b[31mb\u202ec\x9bd\ne") == r"a\x1b[31mb\u202ec\x9bd\ne"


def test_a_cell_holds_the_first_line():
    assert first_line("one\ntwo\n") == "one…"
    assert first_line("\x07bell") == r"\x07bell"


def test_wide_characters_take_two_columns():
    assert width("日本") == 4
    assert width("e\u0301") == 1


def test_columns_line_up():
    table = Table(["name", "Über"])
    assert table.write([["a", "日本"], ["long-name", "x"]], headed=True) == (
        "NAME        ÜBER\na           日本\nlong-name   x\n"
    )
    assert table.write([["b", "y"]], headed=False) == "b           y\n"


@pytest.mark.parametrize(
    ("values", "column_type", "text"),
    [
        ([], "string", "<none>"),
        ([None], "string", "<none>"),
        ([""], "string", "<none>"),
        ([True], "boolean", "true"),
        ([1.5], "number", "1.5"),
        (["a", "b"], "string", "a,b"),
        ([{"a": [1]}], "string", '{"a":[1]}'),
        (["2029-12-31T23:00:00Z"], "date", "60m"),
        (["soon"], "date", "soon"),
        (["a\x1b]0;title\x07"], "string", r"a\x1b]0;title\x07"),
    ],
)
def test_cells_show_values_in_one_line(values, column_type, text):
    assert cell(values, column_type=column_type, now=NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (119, "119s"), (120, "2m"), (200, "3m20s"), (600, "10m"), (3 * 3600, "3h"), (3 * 3600 + 300, "3h5m"),
     (30 * 3600, "30h"), (2 * 86400, "2d"), (5 * 86400 + 7200, "5d2h"), (400 * 86400, "400d"), (800 * 86400, "2y70d"),
     (9 * 365 * 86400, "9y"), (-5, "-5s")],
)  # fmt: skip
def test_ages_are_as_kubectl_writes_them(seconds, text):
    moment = NOW - datetime.timedelta(seconds=seconds)
    assert age(moment.isoformat().replace("+00:00", "Z"), now=NOW) == text
