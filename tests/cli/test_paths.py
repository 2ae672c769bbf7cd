"""Paths of columns."""

import pytest

from app.cli.paths import find_values, parse_path, write_path

RESOURCE = {
    "metadata": {"labels": {"a.b/c": "x"}},
    "spec": {"jobs": [{"command": "one"}, {"command": "two"}], "on": True},
    "status": {
        "conditions": [
            {"type": "Ready", "status": "True", "n": 1},
            {"type": "Synced", "status": "False", "n": 2},
        ]
    },
}


@pytest.mark.parametrize(
    ("text", "written", "values"),
    [
        ("spec.on", "spec.on", [True]),
        (".spec.on", "spec.on", [True]),
        ("$.spec.on", "spec.on", [True]),
        ("metadata.labels['a.b/c']", 'metadata.labels["a.b/c"]', ["x"]),
        (r"metadata.labels['a\.b/c']", 'metadata.labels["a.b/c"]', ["x"]),
        (r".metadata.labels.a\.b/c", 'metadata.labels["a.b/c"]', ["x"]),
        ("spec.jobs[0].command", "spec.jobs[0].command", ["one"]),
        ("spec.jobs[-1].command", "spec.jobs[-1].command", ["two"]),
        ("spec.jobs[7].command", "spec.jobs[7].command", []),
        ("spec.jobs[*].command", "spec.jobs[*].command", ["one", "two"]),
        (".status.conditions[?(@.type=='Ready')].status", 'status.conditions[?(@.type=="Ready")].status', ["True"]),
        ('.status.conditions[?(@.type == "Synced")].n', 'status.conditions[?(@.type=="Synced")].n', [2]),
        ('.status.conditions[?(@.type!="Ready")].n', 'status.conditions[?(@.type!="Ready")].n', [2]),
        (".status.conditions[?(@.n==2)].type", "status.conditions[?(@.n==2)].type", ["Synced"]),
        ("spec.absent.deeper", "spec.absent.deeper", []),
        ("spec.on.deeper", "spec.on.deeper", []),
    ],
)  # fmt: skip
def test_a_path_leads_to_its_values_and_is_written_in_one_way(text, written, values):
    path = parse_path(text)
    assert find_values(RESOURCE, path) == values
    assert write_path(path) == written
    assert parse_path(written) == path


@pytest.mark.parametrize("text", ["", ".", "a..b", "a[", "a[b]", "a[?(@.x>1)]", "a[0]b", "a.", "a]b", "$", "{.a}["])
def test_what_is_no_path_is_refused(text):
    with pytest.raises(ValueError, match="path"):
        parse_path(text)
