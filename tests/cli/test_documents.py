"""From the text of a file to documents."""

import pytest

from app.cli.manifests.documents import decode_text, read_documents
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.yaml_reader import MAX_DEPTH


def read(text):
    return [document.error.message if document.error else document.data for document in read_documents(text)]


def only(text):
    (document,) = read_documents(text)
    return document


def test_several_documents_are_numbered_and_empty_ones_left_out():
    documents = list(read_documents("---\n# nothing\n---\na: 1\n---\n\n---\nb: 2\n...\n"))
    assert [(document.number, document.data) for document in documents] == [(2, {"a": 1}), (4, {"b": 2})]


def test_a_broken_document_leaves_its_neighbours_readable():
    first, broken, last = read("a: 1\n---\nb: [1\n---\nc: 3\n")
    assert (first, last) == ({"a": 1}, {"c": 3})
    assert "line" in broken


def test_errors_name_the_line_of_the_file():
    (_, broken) = read("a: 1\n---\nb: 1\nb: 2\n")
    assert broken == "line 4: the key 'b' is given twice"


def test_content_may_stand_beside_the_marker():
    assert read("--- {a: 1}\n--- # why\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_a_marker_inside_a_line_or_block_begins_nothing():
    assert read("a: |\n  ---\n  x\nb: x---y\n") == [{"a": "---\nx\n", "b": "x---y"}]


def test_directives_and_comments_belong_to_the_first_document():
    assert read("# hello\n%YAML 1.1\n---\na: on\n") == [{"a": True}]


@pytest.mark.parametrize("newline", ["\r\n", "\n"])
def test_line_ends_of_windows_separate_documents_too(newline):
    assert read(newline.join(["a: 1", "---", "b: 2", ""])) == [{"a": 1}, {"b": 2}]


def test_keys_are_strings_as_kubectl_writes_them_into_json():
    assert only("on: 1\n0x10: 2\n1.5: 3\n").data == {"true": 1, "16": 2, "1.5": 3}


@pytest.mark.parametrize("text", ["a: 1\na: 2", "1: a\n'1': b", "{a: 1, a: 2}", '{"a": 1, "a": 2}'])
def test_duplicate_keys_are_refused(text):
    assert "given twice" in only(text).error.message


@pytest.mark.parametrize("text", ["~: 1", "? [a]\n: 1", "? {a: 1}\n: 1"])
def test_keys_that_json_does_not_have_are_refused(text):
    assert "key" in only(text).error.message


def test_quotes_make_strings_of_anything():
    assert only("""a: "yes"\nb: '0777'\nc: "~"\nd: !!str 12\n""").data == {"a": "yes", "b": "0777", "c": "~", "d": "12"}


def test_anchors_are_written_out():
    text = "base: &base {x: 1}\nsame: *base\nlist: [*base, &n 3, *n]\n"
    assert only(text).data == {"base": {"x": 1}, "same": {"x": 1}, "list": [{"x": 1}, 3, 3]}


def test_merged_entries_yield_to_explicit_ones_and_earlier_sources():
    text = "a: &a {k: 1, l: 1}\nb: &b {l: 2, m: 2}\nc: {<<: [*a, *b], k: 3}\nd: {k: 4, <<: *a}\n"
    data = only(text).data
    assert data["c"] == {"k": 3, "l": 1, "m": 2}
    assert data["d"] == {"k": 4, "l": 1}


def test_a_quoted_merge_key_is_a_key():
    assert only('"<<": 1').data == {"<<": 1}


@pytest.mark.parametrize("text", ["a: *b", "a: &a [*a]", "a: &a {b: *a}"])
def test_aliases_without_or_inside_their_anchor_are_refused(text):
    assert "anchor" in only(text).error.message


def test_a_billion_laughs_are_refused_at_once():
    lines = ["l0: &l0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "aliases stand for more than" in only("\n".join(lines)).error.message


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, '{"a":' * 100_000, "[" * 300 + "]" * 300]
)
def test_deep_nesting_is_refused(text):
    message = only(text).error.message
    assert "nested" in message or "line 1" in message


def test_nesting_up_to_the_limit_is_read():
    assert only("[" * MAX_DEPTH + "]" * MAX_DEPTH).error is None


def test_json_is_read_exactly_one_or_several_documents():
    assert read('{"a": 1.50, "b": "yes"}\n{"a": 9223372036854775807}') == [{"a": 1.5, "b": "yes"}, {"a": 2**63 - 1}]


def test_flow_style_yaml_is_not_taken_for_json():
    assert read("{a: on, b: [x]}\n") == [{"a": True, "b": ["x"]}]


@pytest.mark.parametrize(
    "text", ['{"a": 9223372036854775808}', '{"a": 1e400}', '{"a": NaN}', '{"a": "\\ud800"}', "a: 12345678901234567890"]
)
def test_what_cannot_be_carried_exactly_is_refused(text):
    assert only(text).error is not None


def test_text_may_have_a_byte_order_mark_or_be_utf_16():
    assert decode_text("\ufeffa: ü".encode()) == "a: ü"
    assert decode_text("\ufeffa: ü".encode("utf-16-le")) == "a: ü"


def test_what_is_no_text_is_refused():
    with pytest.raises(ManifestError, match="byte 0"):
        decode_text(b"\xff\xff\x00")


@pytest.mark.parametrize(
    "text", ["a: \x00", "a: \x1b[31m", "\tb: 1", "a: b: c", "a: 'x", "%FOO", "!!foo", "&a", "- a\nb: 1", "@", "a: `x`"]
)
def test_what_is_no_yaml_is_an_error_and_never_a_crash(text):
    for document in read_documents(text):
        assert document.error is not None or document.data is not None
