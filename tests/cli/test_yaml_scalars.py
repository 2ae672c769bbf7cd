"""What plain scalars mean: each case is what kubectl makes of it, or a refusal where kubectl would lose something."""

import pytest

from app.cli.manifests.errors import ManifestError
from app.cli.manifests.scalars import key_text, resolve_scalar, resolve_tagged

MEANINGS = [
    ("yes", True), ("Yes", True), ("on", True), ("ON", True), ("y", True), ("Y", True), ("true", True),
    ("no", False), ("off", False), ("n", False), ("False", False),
    ("yEs", "yEs"), ("truE", "truE"), ("oN", "oN"),
    ("~", None), ("null", None), ("Null", None), ("", None), ("nil", "nil"), ("None", "None"),
    ("0777", 511), ("0o777", 511), ("-0777", -511), ("08", 8), ("0o8", "0o8"), ("00", 0),
    ("0x1F", 31), ("0X1f", 31), ("0b101", 5), ("-0b1", -1), ("0x", "0x"), ("0xG", "0xG"),
    ("1_000", 1000), ("_1", "_1"), ("+1", 1), ("-1", -1), ("+", "+"), ("-", "-"),
    ("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)),
    ("1.5", 1.5), (".5", 0.5), ("-.5", -0.5), ("+.5", 0.5), ("1.", 1), ("1e3", 1000), ("1E-2", 0.01), ("1.0", 1),
    ("1e400", "1e400"), (".", "."), ("..", ".."), ("1.2.3", "1.2.3"), ("1e", "1e"), ("12e03", 12000),
    ("=", "="), ("<<", "<<"), ("1:30", "1:30"), ("190:20:30", "190:20:30"), ("12:30:45", "12:30:45"),
    ("2001-12-14", "2001-12-14"), ("2001-12-14T21:59:43.10-05:00", "2001-12-14T21:59:43.10-05:00"),
    ("2001-12-14 21:59:43", "2001-12-14 21:59:43"), ("2001-12-14t21:59:43Z", "2001-12-14t21:59:43Z"),
    ("10m", "10m"), ("5Gi", "5Gi"), ("1e3x", "1e3x"), ("v1", "v1"), ("٣", "٣"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meaning"), MEANINGS)
def test_a_plain_scalar_means_what_kubectl_reads(text, meaning):
    value = resolve_scalar(text)
    assert value == meaning
    assert type(value) is type(meaning)


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffffff", "1" * 5000])
def test_integers_outside_64_bits_are_refused_and_never_rounded(text):
    with pytest.raises(ManifestError, match="does not fit in 64 bits"):
        resolve_scalar(text)


@pytest.mark.parametrize("text", [".inf", "-.Inf", "+.INF", ".nan", ".NaN"])
def test_numbers_that_json_cannot_hold_are_refused(text):
    with pytest.raises(ManifestError, match="JSON"):
        resolve_scalar(text)


@pytest.mark.parametrize(
    ("tag", "text", "meaning"),
    [
        ("str", "true", "true"),
        ("int", "0x10", 16),
        ("float", "1", 1),
        ("bool", "on", True),
        ("null", "~", None),
        ("timestamp", "2001-12-14", "2001-12-14"),
        ("binary", "aGk=", "hi"),
        ("binary", "aG\n k=", "hi"),
    ],
)
def test_explicit_tags_are_honoured(tag, text, meaning):
    assert resolve_tagged(f"tag:yaml.org,2002:{tag}", text) == meaning


def test_tags_of_others_leave_a_string():
    assert resolve_tagged("!Ref", "12") == "12"


@pytest.mark.parametrize(
    ("tag", "text"), [("int", "x"), ("bool", "1"), ("float", "yes"), ("binary", "/w=="), ("binary", "?")]
)
def test_a_value_that_is_not_of_its_tag_is_refused(tag, text):
    with pytest.raises(ManifestError):
        resolve_tagged(f"tag:yaml.org,2002:{tag}", text)


@pytest.mark.parametrize(("key", "text"), [("a", "a"), (True, "true"), (False, "false"), (16, "16"), (1.5, "1.5")])
def test_keys_become_strings(key, text):
    assert key_text(key) == text


@pytest.mark.parametrize("key", [None, [], {}])
def test_keys_that_json_does_not_have_are_refused(key):
    with pytest.raises(ManifestError, match="key"):
        key_text(key)
