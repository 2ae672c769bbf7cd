"""The frame around the pages: navigation, palette, shortcuts, colours, a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.e2e.support import Kindgraph, check_accessibility

OpenPage = Callable[..., Page]


def test_an_empty_server_says_how_to_begin(page: Page) -> None:
    expect(page.get_by_role("link", name="Define your first kind")).to_be_visible()
    check_accessibility(page)


def test_a_kind_that_somebody_defines_appears_and_a_removed_one_goes(page: Page, kindgraph: Kindgraph) -> None:
    page.get_by_role("link", name="Kinds", exact=True).click()
    expect(page.get_by_role("heading", name="Kinds")).to_be_visible()
    kindgraph.define()
    row = page.get_by_role("row").filter(has_text="Box")
    expect(row).to_contain_text("Served")
    expect(row.get_by_role("link", name="0")).to_be_visible()
    kindgraph.create("a")
    expect(row.get_by_role("link", name="1")).to_be_visible()
    check_accessibility(page)
    kindgraph.delete_one("Box", kind="ResourceDefinition")
    expect(row).to_have_count(0)


def test_the_palette_finds_a_kind_by_a_few_letters(page: Page, kindgraph: Kindgraph) -> None:
    kindgraph.define()
    expect(page.get_by_role("link", name="Box", exact=True).first).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Search kinds, pages and actions")
    expect(field).to_be_focused()
    check_accessibility(page)
    field.fill("definition bo")
    expect(page.get_by_role("option").first).to_contain_text("Definition of Box")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/kinds/Box$"))
    expect(page.get_by_role("heading", name="Box", level=1)).to_be_visible()


def test_shortcuts_are_listed_and_go_where_they_say(page: Page) -> None:
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("k")
    expect(page.get_by_role("heading", name="Kinds")).to_be_visible()


def test_colours_are_chosen_and_kept(page: Page) -> None:
    button = page.get_by_role("button", name="Colours: as the system")
    button.click()
    page.get_by_role("button", name="Colours: light").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    check_accessibility(page)


def test_a_phone_shows_everything_without_scrolling_sideways(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    kindgraph.define(kind="Pocket")
    page = open_page("/kinds/Pocket", width=390, height=844, phone=True)
    expect(page.get_by_role("heading", name="Pocket", level=1)).to_be_visible()
    for path in ("/", "/kinds", "/kinds/Pocket?tab=operations"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path
        check_accessibility(page)


def test_an_address_that_is_none_says_so(open_page: OpenPage, kindgraph: Kindgraph) -> None:
    page = open_page("/kinds/Absent")
    expect(page.get_by_role("heading", name="There is no kind Absent")).to_be_visible()
