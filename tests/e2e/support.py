"""What the tests in the browser share: another client, the rules of WCAG, and pictures for the documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.e2e.boxes import BOX
from tests.support.serving import GraphqlFailed

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).parents[2]
PICTURES = Path(os.environ.get("KINDGRAPH_PICTURES", ROOT / "docs" / "images"))
AXE = (ROOT / "playground" / "node_modules" / "axe-core" / "axe.min.js").read_text()
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


class Kindgraph(httpx.Client):
    """A client of the server beside the browser, which changes what the browser should notice."""

    def __init__(self, url: str) -> None:
        super().__init__(base_url=url, timeout=60)

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        """Return ``data``; any error fails the test."""
        answer = self.post("/graphql", json={"query": query, "variables": variables}).json()
        if answer.get("errors"):
            raise GraphqlFailed(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    def define(self, spec: Mapping[str, Any] = BOX, **changes: Any) -> None:
        self.graphql(
            "mutation ($input: CreateResourceDefinitionInput!) "
            "{ createResourceDefinition(input: $input) { metadata { name } } }",
            input={"spec": {**spec, **changes}},
        )

    def create(self, name: str, *, kind: str = "Box", metadata: Mapping[str, Any] | None = None, **spec: Any) -> None:
        self.graphql(
            f"mutation ($input: Create{kind}Input!) {{ create{kind}(input: $input) {{ id }} }}",
            input={"metadata": {"name": name, **(metadata or {})}, "spec": {"host": "example.org", **spec}},
        )

    def update(self, name: str, *, kind: str = "Box", **patch: Any) -> None:
        self.graphql(
            f"mutation ($name: String!, $patch: {kind}Patch!) {{ update{kind}(name: $name, patch: $patch) {{ id }} }}",
            name=name,
            patch=patch,
        )

    def delete_one(self, name: str, *, kind: str = "Box") -> None:
        self.graphql(f"mutation ($name: String!) {{ delete{kind}(name: $name) {{ id }} }}", name=name)


class Watched:
    """Hears what a page complains of: breaches of its policy, and errors that nobody has caught."""

    def __init__(self, page: Page) -> None:
        self._said: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self._said.append(f"error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "violat" in message.text.lower():
            self._said.append(message.text)

    def complaints(self) -> list[str]:
        """Return what was said so far."""
        return self._said


def check_accessibility(page: Page) -> None:
    """Fail where axe finds something on the page that is more than minor."""
    page.evaluate(AXE)
    found = page.evaluate(
        "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
        ".then(({violations}) => violations.map(v => [v.impact, v.id, v.nodes.slice(0, 3).map(n => n.html)]))",
        WCAG,
    )
    assert [violation for violation in found if violation[0] != "minor"] == []


def take_picture(page: Page, name: str) -> None:
    """Write what the page shows into the documentation."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")
