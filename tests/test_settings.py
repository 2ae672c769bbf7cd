"""Settings, their variables and their documentation."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import ENVIRONMENT_PREFIX, Settings, unknown_variables

DOCUMENTATION = Path(__file__).parents[1] / "docs" / "configuration.md"
ROW = re.compile(r"^\| `(KINDGRAPH_[A-Z_]+)` \| (?:`([^`]*)`|none) \| (.+) \|$", re.MULTILINE)


def variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper()


def test_every_setting_is_documented_with_its_default_and_meaning():
    documented = {name: (default, meaning) for name, default, meaning in ROW.findall(DOCUMENTATION.read_text())}
    defaults = Settings.model_construct().model_dump(mode="json")
    expected = {
        variable(name): (written(defaults[name]), field.description) for name, field in Settings.model_fields.items()
    }
    assert documented == expected


def written(default):
    if default in (None, "", []):
        return ""
    if isinstance(default, bool):
        return str(default).lower()
    return str(default).removesuffix(".0")


def test_variables_are_read(monkeypatch):
    monkeypatch.setenv("KINDGRAPH_PORT", "9000")
    monkeypatch.setenv("KINDGRAPH_DATA_DIR", "/data")
    monkeypatch.setenv("KINDGRAPH_ALLOWED_ORIGINS", "https://a.example, https://b.example")
    settings = Settings()
    assert (settings.port, settings.data_dir) == (9000, Path("/data"))
    assert settings.allowed_origins == ("https://a.example", "https://b.example")


def test_an_empty_variable_counts_as_absent(monkeypatch):
    monkeypatch.setenv("KINDGRAPH_PORT", "")
    monkeypatch.setenv("KINDGRAPH_MONGO_URI", "")
    assert (Settings().port, Settings().mongo_uri) == (8000, None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "65536"),
        ("port", "http"),
        ("workers", "0"),
        ("drain_seconds", "0"),
        ("database", "a.b"),
        ("log_level", "x"),
    ],
)
def test_wrong_values_are_refused(monkeypatch, name, value):
    monkeypatch.setenv(variable(name), value)
    with pytest.raises(ValidationError):
        Settings()


def test_the_address_of_the_database_is_not_shown():
    settings = Settings(mongo_uri="mongodb://user:secret@host/")
    assert "secret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_variables_that_are_no_settings_are_told(monkeypatch):
    monkeypatch.setenv("KINDGRAPH_PROT", "9000")
    assert unknown_variables() == ["KINDGRAPH_PROT"]
