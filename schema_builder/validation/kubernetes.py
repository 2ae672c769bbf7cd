"""Keywords of Kubernetes' structural schemas that say what is valid; rules in CEL are in ``schema_builder.rules``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schema_builder.validation.arrays import duplicate
from schema_builder.validation.check import OK, Check, Compiler, Keyword, Run, Trouble, Troubles, is_integer
from schema_builder.validation.equality import canonical, comparable
from schema_builder.validation.messages import listed, shown

__all__ = ["KEYWORDS"]

_EMBEDDED: Final = "x-kubernetes-embedded-resource"
_METADATA_TEXTS: Final = ("name", "generateName", "namespace")
_METADATA_MAPS: Final = ("labels", "annotations")


def int_or_string(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check | None:
    """Compile ``x-kubernetes-int-or-string``, which stands for a type."""
    if value is not True:
        return None

    def check(instance: Any, _run: Run) -> Troubles:
        if isinstance(instance, str) or is_integer(instance):
            return OK
        return [Trouble((), "type", f"must be an integer or a string, not {shown(instance)}")]

    return check


def list_type(value: Any, schema: dict[str, Any], _compiler: Compiler) -> Check | None:
    """Compile ``x-kubernetes-list-type``: items of a set differ, items of a map differ in their keys."""
    if value == "set":
        return _set
    names = schema.get("x-kubernetes-list-map-keys")
    if value != "map" or not names:
        return None
    items = schema.get("items")
    declared = items.get("properties", {}) if isinstance(items, dict) else {}
    defaults = {name: one.get("default") for name, one in declared.items() if isinstance(one, dict)}

    def check(instance: Any, _run: Run) -> Troubles:
        if not isinstance(instance, list) or not all(isinstance(item, Mapping) for item in instance):
            return OK
        keys = [tuple(canonical(item.get(name, defaults.get(name))) for name in names) for item in instance]
        pair = duplicate(keys)
        if pair is None:
            return OK
        message = f"must differ in {listed(names)} from other items; it equals item {pair[0]}"
        return [Trouble((pair[1], ()), "x-kubernetes-list-map-keys", message)]

    return check


def _set(instance: Any, _run: Run) -> Troubles:
    if not isinstance(instance, list):
        return OK
    pair = duplicate(comparable(instance))
    if pair is None:
        return OK
    return [Trouble((pair[1], ()), "x-kubernetes-list-type", f"must differ from other items; it equals item {pair[0]}")]


def embedded_resource(value: Any, _schema: dict[str, Any], _compiler: Compiler) -> Check | None:
    """Compile ``x-kubernetes-embedded-resource``: a resource has apiVersion, kind and metadata.

    The apiserver demands the first two and the right types in metadata; null there is as good as nothing.
    """
    return _embedded if value is True else None


def _embedded(instance: Any, _run: Run) -> Troubles:
    if not isinstance(instance, Mapping):
        return OK
    troubles = [
        Trouble((name, ()), _EMBEDDED, "is required, and must be a string that is not empty")
        for name in ("apiVersion", "kind")
        if not (isinstance(instance.get(name), str) and instance[name])
    ]
    return troubles + _of_metadata(instance.get("metadata"))


def _of_metadata(metadata: Any) -> list[Trouble]:
    if metadata is None:
        return []
    if not isinstance(metadata, Mapping):
        return [Trouble(("metadata", ()), _EMBEDDED, f"must be an object, not {shown(metadata)}")]
    troubles = [
        Trouble((name, ("metadata", ())), _EMBEDDED, f"must be a string, not {shown(metadata[name])}")
        for name in _METADATA_TEXTS
        if not isinstance(metadata.get(name), str | None)
    ]
    for name in _METADATA_MAPS:
        value = metadata.get(name)
        if value is not None and not (
            isinstance(value, Mapping) and all(isinstance(item, str | None) for item in value.values())
        ):
            troubles.append(Trouble((name, ("metadata", ())), _EMBEDDED, "must be an object of strings"))
    return troubles


KEYWORDS: Final[Mapping[str, Keyword]] = {
    "x-kubernetes-embedded-resource": embedded_resource,
    "x-kubernetes-int-or-string": int_or_string,
    "x-kubernetes-list-type": list_type,
}
