"""What the tests in the browser share: another client, the rules of WCAG, and pictures for the documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from tests.e2e.boxes import BOX
from tests.support.serving import GraphqlFailed

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Page

ROOT = Path(__file__).parents[2]
PICTURES = os.environ.get("KINDGRAPH_PICTURES")
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

    def create_many(self, kind: str, names: Sequence[str]) -> None:
        """Create resources whose ports are their numbers from 1, a hundred in each request."""
        for start in range(0, len(names), 100):
            some = [(start + index + 1, name) for index, name in enumerate(names[start : start + 100])]
            fields = [
                f"c{port}: create{kind}"
                f'(input: {{metadata: {{name: "{name}"}}, spec: {{host: "h", port: {port}}}}}) {{ id }}'
                for port, name in some
            ]
            self.graphql("mutation {\n" + "\n".join(fields) + "\n}")

    def define_many(self, count: int) -> None:
        """Define kinds ``Thing0000`` and so on, twenty in each request."""
        for start in range(0, count, 20):
            fields = [
                f"d{number}: createResourceDefinition"
                f'(input: {{spec: {{kind: "Thing{number:04}", group: "g{number % 9}.example.org"}}}}) {{ id }}'
                for number in range(start, min(count, start + 20))
            ]
            self.graphql("mutation {\n" + "\n".join(fields) + "\n}")

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
            self._said.append(f"{message.text} {message.location}")

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
    serious = [violation for violation in found if violation[0] != "minor"]
    assert not serious, serious


def type_into(page: Page, label: str, text: str) -> None:
    """Paste a text into a code editor, in the place of everything."""
    page.get_by_role("textbox", name=label).click()
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+v")


def take_picture(page: Page, name: str) -> None:
    """Write what the page shows into the documentation, where KINDGRAPH_PICTURES says so."""
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", animations="disabled")
