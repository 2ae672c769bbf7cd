"""Tables, pages and editors of resources, while others write."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.boxes import BOX
from tests.e2e.support import Kindgraph, check_accessibility, take_picture, type_into

if TYPE_CHECKING:
    from playwright.sync_api import Locator

OpenPage = Callable[..., Page]
EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def row(page: Page, text: str) -> Locator:
    return page.get_by_role("row").filter(has_text=text)


@pytest.mark.timeout(300)
def test_five_thousand_rows_are_scrolled_filtered_and_sorted(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Crate", plural="crates", singular="crate")
    kindgraph.create_many("Crate", [f"crate-{number:05}" for number in range(5_000)])
    page = open_page("/resources/Crate")
    expect(page.get_by_text("of 5,000 loaded")).to_be_visible()
    assert page.get_by_role("row").count() < 100
    grid = page.get_by_role("region", name="Crate resources")
    for _ in range(300):
        grid.evaluate("element => { element.scrollTop = element.scrollHeight }")
        if page.get_by_text("5,000 resources").is_visible() and row(page, "crate-04999").is_visible():
            break
        page.wait_for_timeout(100)
    expect(row(page, "crate-04999")).to_be_visible()
    page.get_by_role("button", name="Port", exact=True).click()
    page.get_by_role("button", name="Port", exact=True).click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("5000")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Field").select_option("spec.port")
    page.get_by_role("combobox", name="Operator").select_option("gt")
    page.get_by_role("textbox", name="Value").fill("4998")
    page.get_by_role("button", name="Add condition").click()
    expect(page.get_by_text("2 resources")).to_be_visible()
    expect(page).to_have_url(re.compile("where="))
    check_accessibility(page)
    kindgraph.update("crate-00001", kind="Crate", spec={"port": 60_000})
    expect(page.get_by_text("3 resources")).to_be_visible()
    page.reload()
    expect(page.get_by_text("3 resources")).to_be_visible()


def test_script_in_every_text_is_shown_as_text(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Trap", description=EVIL, statusSchema={})
    kindgraph.create("trap", kind="Trap", host=EVIL, note=EVIL, metadata={"annotations": {"note": EVIL}})
    for path in (
        "/resources/Trap",
        "/resources/Trap/default/trap",
        "/kinds/Trap",
        "/resources/Trap/default/trap?tab=yaml",
    ):
        page = open_page(path)
        page.on("dialog", lambda dialog: dialog.dismiss())
        expect(page.get_by_text("<img src=x", exact=False).first).to_be_visible()
        assert page.locator("main img, main script").count() == 0


def test_form_and_text_stay_in_step(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Pair")
    kindgraph.create("one", kind="Pair", port=80)
    page = open_page("/resources/Pair/default/one/edit")
    text = page.get_by_role("textbox", name="The resource as YAML")
    page.get_by_role("textbox", name="port").fill("81")
    expect(text).to_contain_text("port: 81")
    type_into(page, "The resource as YAML", "metadata:\n  name: one\nspec:\n  host: h # kept\n  port: 82\n")
    expect(page.get_by_role("textbox", name="port")).to_have_value("82")
    page.get_by_role("textbox", name="port").fill("83")
    expect(text).to_contain_text("# kept")
    page.get_by_role("textbox", name="port").fill("70000")
    expect(page.get_by_text("must be at most 65535").first).to_be_visible()
    page.get_by_role("textbox", name="port").fill("84")
    expect(page.get_by_text("The server would accept this")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/resources/Pair/default/one")
    expect(page.get_by_text("84", exact=True)).to_be_visible()


def test_what_two_change_is_merged_and_never_overwritten(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Shared")
    kindgraph.create("one", kind="Shared", port=80, note="old")
    page = open_page("/resources/Shared/default/one/edit")
    page.get_by_role("textbox", name="note").fill("mine")
    page.get_by_role("textbox", name="port").fill("81")
    expect(page.get_by_role("textbox", name="The resource as YAML")).to_contain_text("port: 81")
    kindgraph.update("one", kind="Shared", spec={"host": "theirs.example.org"})
    expect(page.get_by_text("Their changes are in, and yours too.")).to_be_visible()
    expect(page.get_by_role("textbox", name="host")).to_have_value("theirs.example.org")
    kindgraph.update("one", kind="Shared", spec={"port": 90, "note": "theirs"})
    conflicts = page.get_by_role("region", name="Conflicts")
    expect(conflicts).to_contain_text("spec.port")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    check_accessibility(page)
    take_picture(page, "merge")
    page.get_by_role("button", name="Take theirs for spec.port").click()
    page.get_by_role("button", name="Keep mine for spec.note").click()
    expect(conflicts).to_have_count(0)
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/resources/Shared/default/one")
    spec = kindgraph.graphql('{ shared(name: "one") { spec { host port note } } }')["shared"]["spec"]
    assert spec == {"host": "theirs.example.org", "port": 90, "note": "mine"}


def test_a_deletion_says_what_blocks_it(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Shelf")
    held = {
        "type": "object",
        "properties": {"shelf": {"type": "string", "x-kindgraph-ref": {"kind": "Shelf", "onDelete": "RESTRICT"}}},
    }
    kindgraph.define({**BOX, "kind": "Book", "schema": held, "columns": [], "indexes": []})
    kindgraph.create("top", kind="Shelf")
    kindgraph.graphql('mutation { createBook(input: {metadata: {name: "novel"}, spec: {shelf: "top"}}) { id } }')
    page = open_page("/resources/Shelf/default/top")
    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="Book novel")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    check_accessibility(page)
    kindgraph.delete_one("novel", kind="Book")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="There is no Shelf yet")).to_be_visible()


def test_a_resource_of_megabytes_does_not_hold_the_page_up(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define({"kind": "Giant", "schema": {"type": "object", "additionalProperties": True}})
    spec = {f"key{number}": "x" * 1_000 for number in range(3_500)}
    kindgraph.graphql(
        "mutation ($input: CreateGiantInput!) { createGiant(input: $input) { id } }",
        input={"metadata": {"name": "big"}, "spec": spec},
    )
    page = open_page("/resources/Giant/default/big")
    expect(page.get_by_role("button", name="Show more of 3,500")).to_be_visible()
    page.get_by_role("tab", name="YAML").click()
    page.get_by_role("tab", name="Overview").click()
    page.get_by_role("tab", name="YAML").click()
    expect(page.get_by_role("button", name="Show more")).to_be_visible()
