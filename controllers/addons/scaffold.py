"""The files of a new addon."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from controllers.addons.errors import AddonRefused

__all__ = ["write_scaffold"]

_MANIFEST: Final = """\
name: {name}
version: 0.1.0
description: What it is for, in a line.
definitions:
  - definitions.yaml
controllers:
  - name: {name}
    entryPoint: controller:controller
permissions:
  - kinds: [Greeting]
    verbs: [get, list, watch, updateStatus]
configurationSchema:
  type: object
  additionalProperties: false
  properties:
    greeting: {{type: string, default: hello}}
configuration:
  greeting: hello
"""
_DEFINITIONS: Final = """\
kind: ResourceDefinition
spec:
  kind: Greeting
  schema:
    type: object
    required: [to]
    properties:
      to: {type: string}
  statusSchema:
    type: object
    properties:
      said: {type: string}
  columns:
    - {name: Said, path: status.said}
"""
_CONTROLLER: Final = '''\
"""Says hello."""

import json
import os

from controllers import Context, Controller, Resource

GREETING = json.loads(os.environ.get("KINDGRAPH_ADDON_CONFIGURATION", "{}")).get("greeting", "hello")

controller = Controller("Greeting")


@controller.reconcile
async def reconcile(resource: Resource, ctx: Context) -> None:
    ctx.status(said=f"{GREETING}, {resource.spec['to']}")
'''


def write_scaffold(directory: Path) -> None:
    """Write an addon that works, to begin with; it is called as the directory.

    Raises:
        AddonRefused: There is something already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise AddonRefused(f"{directory} is not empty")
    directory.mkdir(parents=True, exist_ok=True)
    name = directory.resolve().name.lower().replace("_", "-")
    (directory / "addon.yaml").write_text(_MANIFEST.format(name=name), encoding="utf-8")
    (directory / "definitions.yaml").write_text(_DEFINITIONS, encoding="utf-8")
    (directory / "controller.py").write_text(_CONTROLLER, encoding="utf-8")
