from __future__ import annotations

import pytest

from app.resources.selectors import label_terms, parse_selector
from schema_builder.errors import BadUserInput

LABELS = {"app": "web", "tier": "", "example.org/zone": "a1"}


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ("", True), ("   ", True), ("app", True), ("!app", False), ("missing", False), ("!missing", True),
        ("app=web", True), ("app==web", True), ("app = web", True), ("app=db", False), ("app!=db", True),
        ("missing!=x", True), ("tier=", True), ("tier!=", False), ("app in (web, db)", True), ("app in (db)", False),
        ("app notin (db)", True), ("missing notin (x)", True), ("missing in (x)", False), ("tier in (,x)", True),
        ("example.org/zone in (a1)", True), ("app=web,tier=,example.org/zone", True), ("app=web,!tier", False),
        ("in", False), ("notin=x", False), ("app in(web)", True), ("app==", False),
    ],
)  # fmt: skip
def test_a_selector_selects_as_kubernetes_has_it(selector: str, selected: bool) -> None:
    assert parse_selector(selector).matches(LABELS) is selected


@pytest.mark.parametrize(
    "selector",
    [
        ",", "app,", ",app", "app=web,,tier", "app=web tier", "=web", "app in", "app in (", "app in (web", "app in web",
        "app in (web db)", "!", "!!app", "app!", "-app", "app=-x", "app=a/b", "a/b/c", "/app", "app=(x)", "(app)",
        "app>1",         "x" * 64, "app=" + "x" * 64, "é", "app=é", "app\0", "x" * 20_000,
    ],
)  # fmt: skip
def test_what_is_no_selector_is_refused_with_its_place(selector: str) -> None:
    with pytest.raises(BadUserInput, match="labelSelector"):
        parse_selector(selector)


def test_the_terms_of_labels_say_key_and_value() -> None:
    assert label_terms({"a": "b", "c": ""}) == ["a", "a=b", "c", "c="]
