"""The addon as the addon manager reads it."""

from __future__ import annotations

from typing import Any

import yaml

from controllers.addons.package import read_package
from controllers.external_services import controller
from controllers.external_services.settings import USUAL_DIRECTORY, Settings
from controllers.loading import load_controllers
from tests.external_services.conftest import HERE


def _read(definition: str | dict[str, Any]) -> dict[str, Any]:
    """Return a definition that a manifest has, or names by its file."""
    return yaml.safe_load((HERE / definition).read_text()) if isinstance(definition, str) else definition


def test_its_package_can_be_installed_and_names_the_controller() -> None:
    manifest = read_package(HERE).manifest
    assert manifest.name == controller.name == "external-services"
    (program,) = manifest.controllers
    assert program.entry_point is not None
    assert load_controllers([program.entry_point]) == [controller]
    assert [one.get("spec", one)["kind"] for one in map(_read, manifest.definitions)] == [controller.kind]


def test_its_configuration_never_says_where_secrets_are() -> None:
    told = {"KINDGRAPH_ADDON_CONFIGURATION": '{"workers": 3, "leaseSeconds": 4, "secretsDirectory": "/etc"}'}
    settings = Settings.read(told)
    assert (settings.workers, settings.lease_seconds) == (3, 4.0)
    assert str(settings.secrets.directory) == USUAL_DIRECTORY
