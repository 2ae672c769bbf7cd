"""The rules of a kind: of each section of its bodies, and of its resources as a whole."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from schema_builder.differences import pointer_token
from schema_builder.errors import Failure
from schema_builder.limits import MAX_WHOLE_RULES
from schema_builder.rules.conversion import Converter
from schema_builder.rules.correlation import ABSENT, property_before
from schema_builder.rules.evaluation import Round, broken_rules
from schema_builder.rules.plan import Plan, build_plan
from schema_builder.rules.rule import KEYWORD, entry_failures
from schema_builder.rules.typing import Fields, SchemaFields

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["KindRules", "named", "parse_rules"]

_PATH: Final = "/spec/rules"


def parse_rules(
    declared: Any, *, documents: Mapping[str, Document], unread: Collection[str]
) -> tuple[tuple[Mapping[str, Any], ...], list[Failure]]:
    """Return the rules of a resource as a whole, and what is wrong with them.

    Args:
        declared: What a definition has as its ``rules``.
        documents: The schema of each section: what rules may read, and ``fieldPath`` name.
        unread: Sections with a schema that cannot be served: nothing is known about them.
    """
    if declared is None:
        return (), []
    if not isinstance(declared, Sequence) or isinstance(declared, str):
        return (), [Failure(_PATH, "type", "must be a list of rules")]
    if len(declared) > MAX_WHOLE_RULES:
        return (), [Failure(_PATH, "limit", f"may hold at most {MAX_WHOLE_RULES} rules")]
    schemas = {section: document.root for section, document in documents.items()}
    properties = {"metadata": {}, "status": {}, **{section: {} for section in unread}, **schemas}
    place = Fields(
        {
            "kind": None,
            "metadata": Fields(dict.fromkeys(("name", "namespace", "generateName"))),
            "status": None,
            **dict.fromkeys(unread),
            **{section: SchemaFields(document, document.root) for section, document in documents.items()},
        }
    )
    failures = [
        failure
        for index, entry in enumerate(declared)
        for failure in entry_failures(entry, path=f"{_PATH}/{index}", properties=properties, place=place)
    ]
    return (() if failures else tuple(dict(entry) for entry in declared)), failures


def named(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the metadata that rules may see: what a resource is called, which never changes."""
    return {name: metadata[name] for name in ("name", "namespace") if metadata.get(name) is not None}


class KindRules:
    """Evaluates the rules of one kind."""

    def __init__(self, documents: Mapping[str, Document], whole: Sequence[Mapping[str, Any]]) -> None:
        """Compile rules that have no failures.

        Args:
            documents: The schema of each section that has one.
            whole: Rules of the resource as a whole.
        """
        plans = {section: build_plan(document) for section, document in documents.items()}
        self._sections = {section: plan for section, plan in plans.items() if plan is not None}
        self._whole = Plan({KEYWORD: whole}, convert=self._convert) if whole else None
        converters = {section: Converter(document) for section, document in documents.items()} if whole else {}
        self._converted = {
            section: converter for section, converter in converters.items() if converter.needed(documents[section].root)
        }
        self._roots = {section: documents[section].root for section in self._converted}

    def failures(
        self,
        resource: Mapping[str, Any],
        *,
        previous: Mapping[str, Any] | None,
        sections: Collection[str],
        others: list[Failure],
    ) -> Iterator[Failure]:
        """Yield a failure for each rule that does not hold.

        Args:
            resource: ``{kind, metadata: {name, namespace}, spec, …}``.
            previous: The same before the change; None when it is created.
            sections: Those whose rules are wanted; rules of the whole are evaluated always.
            others: What else is wrong: rules say nothing about places that have the wrong shape.
        """
        round_ = Round(others)
        for section, plan in self._sections.items():
            if section in sections and section in resource:
                old = property_before(previous, section)
                path = f"/{pointer_token(section)}"
                yield from broken_rules(plan, resource[section], old=old, path=path, round_=round_)
        if self._whole is not None:
            old = ABSENT if previous is None else previous
            yield from broken_rules(self._whole, resource, old=old, path="", round_=round_)

    def _convert(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self._converted[name].convert(value, self._roots[name]) if name in self._converted else value
            for name, value in resource.items()
        }
