"""The first five minutes, from an empty server: define, create, see, change, query, and break a definition."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.support import Kindgraph, check_accessibility, take_picture, type_into

if TYPE_CHECKING:
    from playwright.sync_api import Page

BROKEN = """kind: Endpoint
schema:
  type: object
  properties:
    host:
      type: strng
"""


def test_from_nothing_to_a_kind_that_lives(page: Page, kindgraph: Kindgraph) -> None:
    define(page)
    create_by_form(page)
    see_it_in_the_table(page)
    see_what_others_change(page, kindgraph)
    query(page)
    break_the_definition(page)


def define(page: Page) -> None:
    page.get_by_role("link", name="Define your first kind").click()
    expect(page.get_by_text("The server would accept this kind.")).to_be_visible()
    page.get_by_role("tab", name="GraphQL").click()
    expect(page.get_by_role("region", name="The SDL of the kind")).to_contain_text("createEndpoint(")
    page.get_by_role("tab", name="Types").click()
    expect(page.get_by_role("region", name="Type graph")).to_contain_text("host: string")
    page.get_by_role("tab", name="Verdict").click()
    check_accessibility(page)
    take_picture(page, "define")
    page.get_by_role("button", name="Define the kind").click()
    expect(page.get_by_role("heading", name="There is no Endpoint yet")).to_be_visible()


def create_by_form(page: Page) -> None:
    page.get_by_role("main").get_by_role("link", name="Create Endpoint").first.click()
    expect(page.get_by_text("/spec/host", exact=True)).to_be_visible()
    page.get_by_label("Name", exact=False).first.fill("search")
    page.get_by_role("textbox", name="host").fill("search.example.org")
    expect(page.get_by_role("textbox", name="The resource as YAML")).to_contain_text("host: search.example.org")
    expect(page.get_by_text("The server would accept this")).to_be_visible()
    check_accessibility(page)
    take_picture(page, "create")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", name="search", level=1)).to_be_visible()
    expect(page.get_by_text("443")).to_be_visible()
    check_accessibility(page)
    take_picture(page, "resource")


def see_it_in_the_table(page: Page) -> None:
    page.get_by_label("Breadcrumb").get_by_role("link", name="Endpoint").click()
    expect(page.get_by_role("row").filter(has_text="search.example.org")).to_contain_text("443")


def see_what_others_change(page: Page, kindgraph: Kindgraph) -> None:
    kindgraph.update("search", kind="Endpoint", spec={"port": 8443})
    row = page.get_by_role("row").filter(has_text="search.example.org")
    expect(row).to_contain_text("8443")
    for number in range(12):
        kindgraph.create(f"shard-{number}", kind="Endpoint", host=f"shard-{number}.example.org")
    expect(page.get_by_text("13 resources")).to_be_visible()
    check_accessibility(page)
    take_picture(page, "table")
    kindgraph.delete_one("shard-3", kind="Endpoint")
    expect(page.get_by_text("12 resources")).to_be_visible()


def query(page: Page) -> None:
    page.goto("/query?kind=Endpoint&operation=list")
    editor = page.get_by_role("region", name="Query Editor")
    expect(editor).to_contain_text("ListEndpoint")
    page.get_by_role("button", name=re.compile("Execute query")).click()
    expect(page.get_by_role("region", name="Result Window")).to_contain_text('"totalCount": 12')
    take_picture(page, "query")


def break_the_definition(page: Page) -> None:
    page.goto("/kinds/Endpoint/edit")
    type_into(page, "The definition as YAML", BROKEN)
    refusals = page.get_by_role("list", name="Refusals")
    expect(refusals).to_contain_text("/schema/properties/host")
    expect(page.get_by_role("button", name="Apply the change")).to_be_disabled()
    type_into(page, "The definition as YAML", BROKEN.replace("strng", "string"))
    expect(page.get_by_text("breaking", exact=True).first).to_be_visible()
    take_picture(page, "change")
    check_accessibility(page)
