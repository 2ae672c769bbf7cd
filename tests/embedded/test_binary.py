"""Finding a mongod."""

from pathlib import Path

import pytest

from app.embedded.binary import find_mongod, parse_version
from app.embedded.errors import MongodNotFound


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    def put(script: str) -> Path:
        found = program(tmp_path / "bin" / "mongod", script)
        monkeypatch.setenv("PATH", f"{found.parent}:/usr/bin:/bin")
        return found

    return put


def test_the_configured_mongod_wins(tmp_path, on_path):
    on_path("echo db version v7.0.1")
    configured = program(tmp_path / "mine", "echo db version v6.0.0")
    assert find_mongod(configured) == configured


def test_a_mongod_on_path_wins_over_the_installed_package(on_path):
    found = on_path("echo db version v8.0.4")
    assert find_mongod() == found


def test_without_one_on_path_the_installed_package_is_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_mongod().parts[-4:] == ("fiftyone", "db", "bin", "mongod")


def test_an_old_mongod_on_path_is_passed_over(on_path):
    found = on_path("echo db version v4.4.29")
    assert find_mongod() != found


def test_an_old_configured_mongod_is_refused_by_its_version(tmp_path):
    old = program(tmp_path / "mongod", "echo db version v5.0.14")
    with pytest.raises(MongodNotFound, match=r"MongoDB 5\.0\.14; 6\.0 or later is needed"):
        find_mongod(old)


def test_a_configured_mongod_that_is_absent_is_refused(tmp_path):
    with pytest.raises(MongodNotFound, match="does not run"):
        find_mongod(tmp_path / "absent")


def test_the_loaders_complaint_is_told(tmp_path):
    broken = program(tmp_path / "mongod", "echo 'libcurl.so.4: cannot open shared object file' >&2; exit 127")
    with pytest.raises(MongodNotFound, match=r"libcurl\.so\.4"):
        find_mongod(broken)


@pytest.mark.parametrize(
    ("text", "version"),
    [("db version v6.0.5", (6, 0, 5)), ("7.1.0-rc2", (7, 1, 0)), ("8.0", (8, 0, 0)), ("none", ())],
)
def test_versions_are_read_as_numbers(text, version):
    assert parse_version(text) == version
