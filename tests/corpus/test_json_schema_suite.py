"""Every required case of the official JSON-Schema-Test-Suite, and those of the formats that we claim."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schema_builder.dialect import Dialect
from schema_builder.errors import DefinitionRefused
from schema_builder.validation.compiler import compile_validator
from schema_builder.validation.formats import FORMATS
from tests.corpus.exclusions import EXCLUDED
from tests.support.reference import REFERENCES, disagreements

DRAFTS = {"draft2020-12": Dialect.DRAFT_2020_12, "draft7": Dialect.DRAFT_7}


def groups(corpus: Path, draft: str, pattern: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield ``(file, {description, schema, tests})`` of a draft's files."""
    files = sorted((corpus / "JSON-Schema-Test-Suite" / "tests" / draft).glob(pattern))
    assert files, f"the suite has no {draft}/{pattern}"
    for file in files:
        for group in json.loads(file.read_text(encoding="utf-8")):
            yield file.stem, group


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_required_case_is_decided_as_the_suite_says(corpus: Path, draft: str, report: list[str]):
    wrong, decided, excluded = [], 0, 0
    for file, group in groups(corpus, draft, "*.json"):
        if (draft, file, group["description"]) in EXCLUDED:
            excluded += len(group["tests"])
            continue
        failures = compile_validator(group["schema"], dialect=DRAFTS[draft], assert_formats=False)
        for case in group["tests"]:
            decided += 1
            if (failures(case["data"]) == []) != case["valid"]:
                wrong.append((file, group["description"], case["description"]))
    report.append(f"JSON-Schema-Test-Suite {draft}: {decided} required cases decided, {excluded} excluded")
    assert wrong == []


@pytest.mark.parametrize("draft", DRAFTS)
def test_every_failure_is_reported_where_the_reference_finds_it(corpus: Path, draft: str, report: list[str]):
    different, compared, failed = [], 0, 0
    for file, group in groups(corpus, draft, "*.json"):
        if (draft, file, group["description"]) in EXCLUDED:
            continue
        failures = compile_validator(group["schema"], dialect=DRAFTS[draft], assert_formats=False)
        reference = REFERENCES[DRAFTS[draft]](group["schema"])
        for case in group["tests"]:
            try:
                errors = list(reference.iter_errors(case["data"]))
            except re.error:  # the reference matches patterns by Python's rules, which have no \p{…}
                continue
            compared += 1
            failed += len(errors)
            found = disagreements(failures(case["data"]), errors)
            if found:
                different.append((file, group["description"], case["description"], found))
    report.append(
        f"JSON-Schema-Test-Suite {draft}: {failed} failures of {compared} cases are where the reference tells them"
    )
    assert different == []


@pytest.mark.parametrize("draft", DRAFTS)
def test_claimed_formats_are_decided_as_the_suite_says(corpus: Path, draft: str, report: list[str]):
    wrong, decided, formats = [], 0, set()
    for file, group in groups(corpus, draft, "optional/format/*.json"):
        if file not in FORMATS:
            continue
        formats.add(file)
        failures = compile_validator(group["schema"], dialect=DRAFTS[draft])
        for case in group["tests"]:
            decided += 1
            if (failures(case["data"]) == []) != case["valid"]:
                wrong.append((file, case["description"], case["data"]))
    report.append(
        f"JSON-Schema-Test-Suite {draft}: {decided} cases of the formats {', '.join(sorted(formats))} decided"
    )
    assert wrong == []
    assert formats == set(FORMATS) - ({"uuid"} if draft == "draft7" else set())


def test_what_is_excluded_is_refused_for_the_reason_that_is_given(corpus: Path):
    reasons = {"$ref": "a $ref names a document", "$dynamicRef": "a $ref names a document", "$schema": "its $schema"}
    found = {}
    for draft, dialect in DRAFTS.items():
        for file, group in groups(corpus, draft, "*.json"):
            key = (draft, file, group["description"])
            if key in EXCLUDED:
                with pytest.raises(DefinitionRefused) as refused:
                    compile_validator(group["schema"], dialect=dialect)
                found[key] = reasons[refused.value.failures[0].keyword]
    assert found.keys() == EXCLUDED.keys()
    assert [key for key, reason in EXCLUDED.items() if not reason.startswith(found[key])] == []
