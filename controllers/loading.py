"""Finding controllers by a name such as ``my_package.pools:controller``."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from controllers.controller import Controller

__all__ = ["NotLoaded", "load_controllers"]


class NotLoaded(Exception):
    """There is no controller of that name."""


def load_controllers(names: Iterable[str]) -> list[Controller]:
    """Return the controllers that some names mean: each a controller, or a list of them.

    Args:
        names: ``MODULE:OBJECT``, or ``MODULE`` for all controllers in it, or the path of a Python file instead of a
            module. Modules are also looked for in the current directory.

    Raises:
        NotLoaded: A module, or an object in it, is not there, or is no controller.
    """
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    return list(dict.fromkeys(controller for name in names for controller in _load(name)))


def _load(name: str) -> list[Controller]:
    module_name, _, path = name.partition(":")
    module = _module(module_name)
    found: Any
    if path:
        found = module
        for part in path.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                raise NotLoaded(f"{module_name} has no {path}") from None
    else:
        found = [value for value in vars(module).values() if isinstance(value, Controller)]
    controllers = list(found) if isinstance(found, list | tuple) else [found]
    if not controllers or not all(isinstance(one, Controller) for one in controllers):
        raise NotLoaded(f"{name} is no controller, and no list of controllers")
    return controllers


def _module(name: str) -> Any:
    if name.endswith(".py"):
        path = Path(name).resolve()
        sys.path.insert(0, str(path.parent))
        name = path.stem
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise NotLoaded(f"there is no module {name}") from None
        raise
