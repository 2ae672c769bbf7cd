"""Resources as text: the four formats of ``get -o``."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.cli.output.table import MISSING, Table, age, cell
from app.cli.output.text import first_line, json_safe, printable
from app.cli.output.yaml_writer import write_yaml
from app.cli.paths import Path, find_values, parse_path

if TYPE_CHECKING:
    from app.cli.listing import Raw

__all__ = ["FORMATS", "Columns", "Shower", "applicable"]

FORMATS: Final = ("table", "yaml", "json", "name")
_CREATED: Final = parse_path("metadata.createdAt")
_NOTES: Final = {"DELETED": "(deleted)", "LEFT": "(left)"}


class Columns(NamedTuple):
    """What a table shows of each resource beside namespace, name and age.

    Attributes:
        names: Headings.
        paths: Where values stand.
        types: As the definition gives them; ``date`` is shown as an age.
    """

    names: Sequence[str]
    paths: Sequence[Path]
    types: Sequence[str]

    @classmethod
    def of_definition(cls, spec: Mapping[str, Any]) -> Columns:
        """Return the columns of a definition, but for those that cannot be read, and the age that every table has."""
        names, paths, types = [], [], []
        for column in spec.get("columns") or []:
            try:
                path = parse_path(column["path"])
            except ValueError:
                continue
            if path == _CREATED:
                continue
            names.append(column["name"])
            paths.append(path)
            types.append(column.get("type") or "string")
        return cls(names, paths, types)


class Shower:
    """Turns resources into text of one format.

    Args:
        output: One of ``FORMATS``.
        kind: The definition's name.
        columns: For tables.
        with_namespace: Whether a table has a NAMESPACE column.
        as_events: Whether YAML and JSON tell what happened to each resource, as ``{type, object}``.
        now: Tells the time that ages are counted from.
    """

    def __init__(
        self,
        output: str,
        *,
        kind: str,
        columns: Columns,
        with_namespace: bool,
        as_events: bool = False,
        now: Callable[[], datetime.datetime],
    ) -> None:
        self._output = output
        self._kind = kind
        self._columns = columns
        self._with_namespace = with_namespace
        self._as_events = as_events
        self._now = now
        lead = ["NAMESPACE", "NAME"] if with_namespace else ["NAME"]
        # A column of that name wins, as it does in kubectl.
        self._with_age = "AGE" not in {name.upper() for name in columns.names}
        self._table = Table([*lead, *columns.names, *(["AGE"] if self._with_age else [])])
        self._headed = False

    def show_all(self, resources: Sequence[Raw]) -> str:
        """Return the text of a list: a table, a ``List`` that ``apply`` takes, or names."""
        if self._output == "table":
            return self._rows([self._row(raw) for raw in resources])
        if self._output == "name":
            return "".join(self._name(raw) for raw in resources)
        if self._as_events:
            return "".join(self._event("ADDED", raw) for raw in resources)
        return self._data({"kind": "List", "items": [applicable(raw) for raw in resources]})

    def show_one(self, raw: Raw) -> str:
        """Return the text of one resource that was asked for by name."""
        if self._output in {"yaml", "json"} and not self._as_events:
            return self._data(applicable(raw))
        return self.show_all([raw])

    def show_change(self, change: str, raw: Raw) -> str:
        """Return the text of a change, which follows a list or another change."""
        note = _NOTES.get(change, "")
        if self._output == "table":
            line = self._rows([self._row(raw)])
            return f"{line.rstrip()} {note}\n" if note else line
        if self._output == "name":
            return self._name(raw, note)
        if self._as_events:
            return self._event(change, raw)
        text = self._data(applicable(raw))
        if self._output == "json":
            return text
        return f"---\n# {note}\n{text}" if note else f"---\n{text}"

    def _event(self, change: str, raw: Raw) -> str:
        event = {"type": change, "object": applicable(raw)}
        if self._output == "yaml":
            return f"---\n{write_yaml(event)}"
        return json_safe(json.dumps(event, ensure_ascii=False)) + "\n"

    def _rows(self, rows: Sequence[Sequence[str]]) -> str:
        """Return rows as text, the first ones under the headings."""
        headed, self._headed = not self._headed, True
        return self._table.write(rows, headed=headed)

    def _row(self, raw: Raw) -> list[str]:
        now = self._now()
        metadata = raw["metadata"]
        cells = [
            cell(find_values(raw, path), column_type=column_type, now=now)
            for path, column_type in zip(self._columns.paths, self._columns.types, strict=True)
        ]
        lead = [first_line(metadata.get("namespace") or MISSING)] if self._with_namespace else []
        row = [*lead, first_line(metadata["name"]), *cells]
        if self._with_age:
            created = metadata.get("createdAt")
            row.append(age(created, now=now) if created else MISSING)
        return row

    def _name(self, raw: Raw, note: str = "") -> str:
        return printable(f"{self._kind}/{raw['metadata']['name']}") + (f" {note}" if note else "") + "\n"

    def _data(self, value: Any) -> str:
        if self._output == "yaml":
            return write_yaml(value)
        return json_safe(json.dumps(value, ensure_ascii=False, indent=2)) + "\n"


def applicable(raw: Raw) -> dict[str, Any]:
    """Return a resource as ``apply`` takes it: all of it, but for what is empty in its metadata."""
    metadata = {name: value for name, value in raw["metadata"].items() if value not in (None, {}, [])}
    head = {name: raw[name] for name in ("group", "kind") if raw.get(name) is not None}
    rest = {name: value for name, value in raw.items() if name not in {"group", "kind", "metadata"}}
    return {**head, "metadata": metadata, **{name: value for name, value in rest.items() if value is not None}}
