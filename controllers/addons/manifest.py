"""``addon.yaml``: what an addon brings, runs, needs, and can be told."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, Self

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator
from pydantic.alias_generators import to_camel

from controllers.addons.errors import AddonRefused, ManifestBroken
from controllers.addons.names import is_reserved_variable

if TYPE_CHECKING:
    from controllers.addons.files import Files

__all__ = ["MANIFEST", "ControllerManifest", "Manifest", "Permission", "Variable", "read_manifest", "read_yaml"]

MANIFEST: Final = "addon.yaml"
_LABEL: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_NAME: Final = r"^[a-z0-9]([-a-z0-9]{0,98}[a-z0-9])?$"
_VERSION: Final = r"^[0-9A-Za-z][-+.0-9A-Za-z]{0,99}$"
_PINNED: Final = re.compile(r"[^\s@-][^\s@]*@sha256:[0-9a-f]{64}")
_ENTRY_POINT: Final = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_][\w.]*)?")
_MAX_TOLD: Final = 10

Verb = Literal["*", "get", "list", "watch", "create", "update", "updateStatus", "delete"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, strict=True)


class Variable(_Part):
    """A variable of a process; an Addon resource may give it another value."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
    value: Annotated[str, Field(max_length=32_768)] = ""

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if is_reserved_variable(name):
            raise ValueError(f"{name} steers loaders, interpreters or Kindgraph itself, and cannot be set")
        return name


class ControllerManifest(_Part):
    """A program that is kept running. It has exactly one of ``command``, ``image`` and ``entry_point``.

    Attributes:
        command: ``python`` first is the manager's own Python; with a ``/`` first, a file of the package. Beside an
            image, what runs in it.
        image: With its digest, ``name@sha256:…``: what runs is what was allowed.
        entry_point: ``MODULE:OBJECT``, as ``kindgraph controller run`` takes it.
        replicas: How many processes run unless the resource says otherwise.
        heartbeat: It renews the Lease that it is told. Without one, it is healthy while it runs.
    """

    name: Annotated[str, StringConstraints(pattern=_LABEL)]
    command: Sequence[str] = ()
    image: str | None = None
    entry_point: str | None = None
    replicas: Annotated[int, Field(ge=0, le=100)] = 1
    environment: Sequence[Variable] = ()
    heartbeat: bool = True

    @model_validator(mode="after")
    def _says_what_runs(self) -> Self:
        if (self.image is None) + (self.entry_point is None) + (not self.command) not in {1, 2} or (
            self.entry_point is not None and (self.image is not None or self.command)
        ):
            raise ValueError("say what runs: one of command, image (which may have a command) and entryPoint")
        if self.image is not None and _PINNED.fullmatch(self.image) is None:
            raise ValueError("an image is named with its digest, such as example.org/name@sha256:…")
        if self.entry_point is not None and _ENTRY_POINT.fullmatch(self.entry_point) is None:
            raise ValueError("entryPoint is MODULE:OBJECT")
        if any("\0" in word for word in self.command) or (self.command and not self.command[0]):
            raise ValueError("a command has no empty first word, and no zero bytes")
        return self


class Permission(_Part):
    """What is done to which kinds."""

    kinds: Annotated[Sequence[str], Field(min_length=1)]
    verbs: Annotated[Sequence[Verb], Field(min_length=1)]

    def covers(self, kind: str, verb: str) -> bool:
        """Tell whether something is permitted."""
        return bool({kind, "*"} & set(self.kinds)) and bool({verb, "*"} & set(self.verbs))


class Manifest(_Part):
    """What an addon is."""

    name: Annotated[str, StringConstraints(pattern=_NAME)]
    version: Annotated[str, StringConstraints(pattern=_VERSION)]
    description: str = ""
    definitions: Sequence[str | dict[str, Any]] = ()
    controllers: Sequence[ControllerManifest] = ()
    permissions: Sequence[Permission] = ()
    configuration_schema: dict[str, Any] | None = None
    configuration: dict[str, Any] = Field(default_factory=dict)
    healthy_within_seconds: Annotated[int, Field(ge=1, le=86_400)] | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = [controller.name for controller in self.controllers]
        if len(set(names)) != len(names):
            raise ValueError("controllers need different names")
        if self.configuration_schema is not None:
            try:
                Draft202012Validator.check_schema(self.configuration_schema)
            except SchemaError as error:
                raise ValueError(f"configurationSchema{_pointer(error)}: {error.message}") from None
        return self

    def check_configuration(self, configuration: Mapping[str, Any]) -> None:
        """Check a configuration by the schema.

        Raises:
            AddonRefused: It does not fit; the message names all places, up to some.
        """
        if self.configuration_schema is None:
            if configuration:
                raise AddonRefused("this addon takes no configuration", reason="ConfigurationInvalid")
            return
        # A registry that has nothing fetches nothing.
        found = sorted(Draft202012Validator(self.configuration_schema).iter_errors(configuration), key=_pointer)
        if found:
            told = "; ".join(f"{_pointer(error) or '/'}: {error.message[:200]}" for error in found[:_MAX_TOLD])
            raise AddonRefused(f"the configuration does not fit: {told}", reason="ConfigurationInvalid")

    def missing_permissions(self, granted: Sequence[Permission]) -> list[str]:
        """Return what is needed and not granted, such as ``update of Widget``."""
        needed = [(kind, verb) for one in self.permissions for kind in one.kinds for verb in one.verbs]
        return [f"{verb} of {kind}" for kind, verb in needed if not any(given.covers(kind, verb) for given in granted)]


def read_manifest(files: Files) -> Manifest:
    """Return the manifest of a package, with the definitions of its files in it, each as a definition's ``spec``.

    Raises:
        ManifestBroken: It is not there, or breaks a rule.
    """
    if MANIFEST not in files:
        raise ManifestBroken(f"it has no {MANIFEST}")
    documents = read_yaml(files[MANIFEST].data, MANIFEST)
    if len(documents) != 1 or not isinstance(documents[0], dict):
        raise ManifestBroken(f"{MANIFEST} must be one object")
    try:
        # JSON's values: what YAML makes of unquoted dates is refused here.
        manifest = Manifest.model_validate_json(json.dumps(documents[0]))
        definitions = [spec for one in manifest.definitions for spec in _definitions(one, files)]
    except ValidationError as error:
        raise ManifestBroken(_told(error)) from None
    except TypeError as error:
        raise ManifestBroken(f"{MANIFEST}: {error}; put quotes around it") from None
    return manifest.model_copy(update={"definitions": definitions})


def read_yaml(data: bytes, path: str) -> list[Any]:
    """Return the documents of a YAML file.

    Raises:
        ManifestBroken: It is none.
    """
    try:
        return [document for document in yaml.safe_load_all(data) if document is not None]
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestBroken(f"{path}: {error}") from None


def _definitions(named: str | dict[str, Any], files: Files) -> list[dict[str, Any]]:
    if isinstance(named, dict):
        return [_definition(named, MANIFEST)]
    if named not in files:
        raise ManifestBroken(f"definitions: the package has no file {named}")
    return [_definition(document, named) for document in read_yaml(files[named].data, named)]


def _definition(document: Any, path: str) -> dict[str, Any]:
    spec = document
    if isinstance(document, dict) and document.get("kind") == "ResourceDefinition":
        spec = document.get("spec")
    if not isinstance(spec, dict) or not isinstance(spec.get("kind"), str):
        raise ManifestBroken(f"{path}: a definition is a ResourceDefinition, or its spec")
    return spec


def _pointer(error: Any) -> str:
    return "".join(f"/{part}" for part in error.absolute_path)


def _told(error: ValidationError) -> str:
    told = [
        f"{'.'.join(map(str, one['loc'])) or MANIFEST}: {one['msg'].removeprefix('Value error, ')}"
        for one in error.errors()[:_MAX_TOLD]
    ]
    return "; ".join(told)
