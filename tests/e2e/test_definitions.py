"""Definitions: imported, completed, compared; and a thousand of them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.support import Kindgraph, check_accessibility, take_picture, type_into

OpenPage = Callable[..., Page]
CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "spec": {
        "group": "net.example.org",
        "scope": "Namespaced",
        "names": {"kind": "Route"},
        "versions": [
            {
                "name": "v1",
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "properties": {"spec": {"type": "object", "properties": {"host": {"type": "string"}}}}
                    }
                },
            }
        ],
    },
}


def test_a_pasted_crd_becomes_a_kind(open_page: OpenPage) -> None:
    page = open_page("/kinds/new")
    page.get_by_role("button", name="Import").click()
    page.get_by_role("textbox", name="What to import").fill(json.dumps(CRD))
    check_accessibility(page)
    page.get_by_role("dialog").get_by_role("button", name="Import").click()
    expect(page.get_by_role("textbox", name="The definition as YAML")).to_contain_text("group: net.example.org")
    expect(page.get_by_text("The server would accept this kind.")).to_be_visible()
    page.get_by_role("button", name="Define the kind").click()
    expect(page.get_by_role("heading", name="There is no Route yet")).to_be_visible()


def test_keywords_are_completed_where_they_belong(open_page: OpenPage) -> None:
    page = open_page("/kinds/new")
    type_into(page, "The definition as YAML", "kind: Box\nschema:\n  ")
    page.keyboard.type("addi")
    expect(page.get_by_role("option", name="additionalProperties")).to_be_visible()


def test_a_change_that_hurts_stored_resources_says_which(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Fragile")
    kindgraph.create("old", kind="Fragile", port=9_999)
    page = open_page("/kinds/Fragile/edit")
    schema = {"type": "object", "properties": {"host": {"type": "string"}, "port": {"type": "integer", "maximum": 80}}}
    type_into(page, "The definition as YAML", json.dumps({"kind": "Fragile", "schema": schema}))
    expect(page.get_by_text("1 stored resources would be refused as they are:")).to_be_visible()
    expect(page.get_by_text("default/old: /spec/port", exact=False).last).to_be_visible()
    page.get_by_role("checkbox").check()
    expect(page.get_by_text("The server would apply this change.")).to_be_visible()
    page.get_by_role("button", name="Apply the change").click()
    expect(page.get_by_role("heading", name="Last change")).to_be_visible()


@pytest.mark.timeout(300)
def test_a_thousand_kinds_are_found_by_a_few_letters(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define_many(1_000)
    page = open_page("/kinds")
    expect(page.get_by_text("1,0", exact=False).first).to_be_visible()
    assert page.get_by_role("row").count() < 60
    page.get_by_role("searchbox", name="Search kinds").fill("thing0777")
    expect(page.get_by_role("row").filter(has_text="Thing0777")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
    take_picture(page, "kinds")
    page.goto("/query")
    expect(page.get_by_text("There are very many kinds")).to_be_visible(timeout=60_000)
