"""The fast reader of YAML reads what the whole reader reads, or leaves it to that one."""

# ruff: noqa: E501 - tables read best in one line a case
from __future__ import annotations

import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli.manifests.block_reader import Unusual, read_block
from app.cli.manifests.errors import ManifestError
from app.cli.manifests.yaml_reader import read_yaml

MANIFEST = """\
# a comment
---
apiVersion: apiextensions.k8s.io/v1
kind: "Foo"
'quoted key': 'it''s'
on: yes
metadata:
  name: foos.example.org
  annotations: {}
  labels:
    app: "a \\"b\\"\\n"

  empty:
spec:
- name: a
  list:
    - -1
    - 0777
    - 1e3
    - "x"
  text: |
    first
      deeper

    last
- long: several words
    that go on
    here: not
- folded: >-
    one
    two

    three
- plain several words
  that go on

  after a blank line
- double: "over
    two \\
    lines"
  kept: |+
    text

- {a: 1}
"""
PIECES = (
    "a: 1\n", "b:\n", "  c: x\n", "  - d\n", "- e\n", "- f: g\n", "  h: 'i'\n", '"j": k\n', "  l: |\n", "    m\n", "  n: >\n", " o\n",
    "\n", "# p\n", "  # q\n", "---\n", "...\n", "r: s # t\n", "u: &v w\n", "x: *v\n", "y: [1]\n", "z: {}\n", "aa: []\n", "bb: 'cc\n", "  dd'\n",
    'ee: "ff\\\n', '  gg"\n', "hh : ii\n", "- \n", "-\n", "- - jj\n", "? kk\n", "ll: - mm\n", "nn: oo: pp\n", "<<: qq\n", "\trr: ss\n", "tt: 1.0\n",
    "uu: ~\n", "no: off\n", "  vv: 0x1F\n", "ww: 2001-01-01\n", "xx: !!str 1\n", "1: yy\n", "  zz: 99999999999999999999\n", "    \n", "  a b: c\n", "a: b  \n",
    "k: |-\n", "k: |+\n", "k: >-\n", "      deep\n", "  ' q': \" \"\n", "é: ü\n", "w: a\u2028b\n", "v: \ufeff\n", "  -   s: t\n", "      u: v\n", '  e: "\\ \\t\\x41"\n',
)  # fmt: skip


def whole(text: str) -> Any:
    try:
        return list(read_yaml(text))
    except ManifestError as error:
        return error


def same(one: Any, other: Any) -> bool:
    if one.__class__ is not other.__class__:
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def agrees(text: str) -> bool:
    """Check what the fast reader makes of a text; tell whether it was read."""
    try:
        found = read_block(text)
    except Unusual:
        return False
    assert same([found], whole(text)), text
    return True


def test_what_programs_write_is_read_fast() -> None:
    written = MANIFEST.replace("    here: not\n", "").replace("- {a: 1}\n", "")
    assert agrees(written)
    assert agrees(yaml.safe_dump({"a": [{"b": "x " * 90, "c": [1, None, True, ""]}, {}], "d": "e\nf\n", "g": "'"}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a\n",
        "- a\n",
        "a: 1",
        "a: 1\na: 2\n",
        "a: *b\n",
        "a: [1]\n",
        "a:\tb\n",
        "a: 1\n---\nb: 2\n",
        "a: b # c\n",
        "{}\n",
    ],
)
def test_everything_else_is_left_to_the_whole_reader(text: str) -> None:
    with pytest.raises(Unusual):
        read_block(text)


def test_both_readers_agree_on_whatever_is_made_of_a_manifest() -> None:
    rng = random.Random(11)
    lines = MANIFEST.splitlines(keepends=True)
    read = 0
    for _ in range(3000):
        text = "".join(lines[: rng.randint(1, len(lines))])
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(text))
            text = (
                text[:at]
                + rng.choice((*" \n:-#'\"|>&*\\{}[],?!%~x1", "  ", ": ", "- "))
                + text[at + rng.randint(0, 2) :]
            )
        read += agrees(text)
    assert read > 500


def test_both_readers_agree_on_lines_in_any_order() -> None:
    rng = random.Random(12)
    read = sum(agrees("".join(rng.choices(PIECES, k=rng.randint(1, 5)))) for _ in range(6000))
    assert read > 300


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text("ab \n:#-'\"\\é|>y", max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abz -:y'\"", max_size=6), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "on", "c.d/e"]), VALUES, min_size=1), st.sampled_from([20, 80, 1000]))
def test_both_readers_agree_on_what_a_library_writes(value: dict[str, Any], width: int) -> None:
    agrees(yaml.safe_dump(value, width=width, allow_unicode=True, sort_keys=False))
