"""A release: one version of an addon with what it is told. Another configuration is another release."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError

from controllers.addons.errors import AddonRefused
from controllers.addons.manifest import Permission

if TYPE_CHECKING:
    from controllers.addons.manifest import ControllerManifest, Manifest

__all__ = ["Release", "Wanted", "check_permissions", "release_of", "replicas_of"]

_PERMISSIONS: TypeAdapter[list[Permission]] = TypeAdapter(list[Permission])


@dataclass(frozen=True)
class Wanted:
    """What a resource asks for, as plain data: it is kept in the status of what is in force.

    Attributes:
        package: The name.
        digest: Of the package.
        version: Of the addon.
        configuration: Of the addon; None for that of the package.
        environment: ``{controller: {name: value}}``.
    """

    package: str
    digest: str
    version: str
    configuration: Mapping[str, Any] | None
    environment: Mapping[str, Mapping[str, str]]

    @classmethod
    def of_spec(cls, spec: Mapping[str, Any]) -> Wanted | None:
        """Return what the spec of an Addon asks for; None where it has no package, and so runs nothing."""
        package = spec.get("package")
        if package is None:
            return None
        environment = {
            one["name"]: {variable["name"]: variable["value"] for variable in one.get("environment") or ()}
            for one in spec.get("controllers") or ()
            if one.get("environment")
        }
        return cls(package["name"], package["digest"], spec["version"], spec.get("configuration"), environment)

    @classmethod
    def of_status(cls, status: Mapping[str, Any]) -> Wanted | None:
        """Return what a status says is in force; None for nothing."""
        try:
            return cls(**json.loads(status["release"]))
        except (KeyError, TypeError, ValueError):
            return None

    def as_text(self) -> str:
        """Return it as the status keeps it."""
        return json.dumps(asdict(self), sort_keys=True)

    @property
    def identity(self) -> str:
        """The same for the same release alone."""
        return hashlib.sha256(self.as_text().encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Release:
    """What is asked for, and the manifest of the package that was found for it."""

    wanted: Wanted
    manifest: Manifest

    @property
    def identity(self) -> str:
        """Of what is asked for."""
        return self.wanted.identity

    @property
    def configuration(self) -> Mapping[str, Any]:
        """What the controllers are told."""
        given = self.wanted.configuration
        return self.manifest.configuration if given is None else given

    @property
    def controllers(self) -> Sequence[ControllerManifest]:
        """What runs."""
        return self.manifest.controllers

    def environment_of(self, controller: ControllerManifest) -> dict[str, str]:
        """Return the variables of a controller: those of the package, with the resource's values."""
        declared = {variable.name: variable.value for variable in controller.environment}
        return {**declared, **self.wanted.environment.get(controller.name, {})}


def release_of(wanted: Wanted, manifest: Manifest) -> Release:
    """Return a release.

    Raises:
        AddonRefused: What is asked for does not fit the package.
    """
    if wanted.version != manifest.version:
        raise AddonRefused(
            f"spec.version is {wanted.version}, but the package is {manifest.version}", reason="VersionMismatch"
        )
    controllers = {controller.name: controller for controller in manifest.controllers}
    for name, variables in wanted.environment.items():
        if name not in controllers:
            raise AddonRefused(f"the package has no controller {name}", reason="EnvironmentRefused")
        declared = {variable.name for variable in controllers[name].environment}
        refused = sorted(variables.keys() - declared)
        if refused:
            raise AddonRefused(
                f"the package declares no variable {', '.join(refused)} of {name}, so a resource cannot set it",
                reason="EnvironmentRefused",
            )
        if any("\0" in value for value in variables.values()):
            raise AddonRefused(f"a variable of {name} has a zero byte", reason="EnvironmentRefused")
    release = Release(wanted, manifest)
    manifest.check_configuration(release.configuration)
    return release


def check_permissions(spec: Mapping[str, Any], manifest: Manifest) -> None:
    """Check that a resource grants what a package needs.

    Raises:
        AddonRefused: Something is not granted.
    """
    try:
        granted = _PERMISSIONS.validate_json(json.dumps(spec.get("permissions") or []))
    except ValidationError:
        granted = []
    missing = manifest.missing_permissions(granted)
    if missing:
        raise AddonRefused(
            f"spec.permissions does not grant what the package needs: {', '.join(missing[:20])}",
            reason="PermissionsNotGranted",
        )


def replicas_of(spec: Mapping[str, Any], controller: ControllerManifest) -> int:
    """Return how many processes of a controller shall run."""
    for one in spec.get("controllers") or ():
        if one["name"] == controller.name and one.get("replicas") is not None:
            return int(one["replicas"])
    return controller.replicas
