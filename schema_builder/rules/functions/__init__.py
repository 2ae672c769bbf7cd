"""What Kubernetes adds to CEL: one module for each family of functions.

Each module has a ``declarations()``. The library knows no types of ours, so a quantity, an address or a URL is a map
with one entry, ``{"quantity": "1.5"}``: the entry's name is the type, its value the canonical text, so that equal ones
are equal.
"""

from __future__ import annotations

from cel_expr_python import cel

from schema_builder.rules.functions import addresses, formats, lists, quantities, texts, times, urls, versions

__all__ = ["kubernetes_extension"]

_MODULES = (addresses, formats, lists, quantities, texts, times, urls, versions)


def kubernetes_extension() -> cel.CelExtension:
    """Return Kubernetes' functions as an extension of the library."""
    overloads: dict[str, list[cel.Overload]] = {}
    for module in _MODULES:
        for name, some in module.declarations().items():
            overloads.setdefault(name, []).extend(some)
    declared = [cel.FunctionDecl(name, some) for name, some in overloads.items()]
    return cel.CelExtension("kubernetes", declared)
