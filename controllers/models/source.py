"""The source of a module with the models of one kind."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from controllers.models.names import ClassNames, attribute_names, pascal
from controllers.models.shapes import Attribute, Class, Shapes, or_none

if TYPE_CHECKING:
    from controllers.kinds import Kind

__all__ = ["write_models"]

_WIDTH: Final = 110
_HEAD: Final = '''"""Models of {name}, written by `kindgraph models {name}` from its definition.

Do not edit: write them again when the kind has changed. `resource.parse({root})` reads one, and
`model.model_dump(by_alias=True, exclude_unset=True)` writes what was read, or set, as `ctx.apply` takes it.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [{exported}]


class _Model(BaseModel):
    model_config = ConfigDict(extra="allow", populate_by_name=True, protected_namespaces=())


class Metadata(_Model):
    """What every resource has beside its own fields."""

    name: str | None = None
    generateName: str | None = None
    namespace: str | None = None
    uid: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    resourceVersion: str | None = None
    generation: int | None = None
    createdAt: str | None = None
    updatedAt: str | None = None
    deletionRequestedAt: str | None = None
    finalizers: list[str] | None = None
    ownerReferences: list[dict[str, Any]] | None = None
'''


def write_models(kind: Kind) -> str:
    """Return the source of a Python module with models of a kind."""
    definition = kind.definition
    names = ClassNames(["_Model", "Metadata"])
    root = names.take(pascal(kind.name.replace("_", "-")) or "Resource")
    shapes = Shapes(names)
    sections = {"spec": definition.get("schema"), "status": definition.get("statusSchema")}
    sections |= dict(definition.get("extraFields") or {})
    annotations = {
        section: "Any" if schema is None else shapes.section(schema, f"{root}{pascal(section)}")
        for section, schema in sections.items()
    }
    attributes = attribute_names([*sections, "kind", "group", "metadata"])
    fields = [
        Attribute(attributes["kind"], "kind", "str", repr(kind.name), ""),
        Attribute(attributes["group"], "group", "str | None", "None", ""),
        Attribute(attributes["metadata"], "metadata", "Metadata", "Field(default_factory=Metadata)", ""),
    ]
    fields += [
        Attribute(attributes[section], section, or_none(annotation), "None", "")
        for section, annotation in annotations.items()
    ]
    whole = Class(root, str(definition.get("description") or f"One {definition['kind']}."), fields)
    made = [whole, *shapes.classes]
    exported = ", ".join(sorted(repr(one.name).replace("'", '"') for one in made))
    head = _HEAD.format(name=kind.name, root=root, exported=exported)
    called = frozenset(one.name for one in made)
    body = "\n\n".join("\n".join(_class(one, called)) for one in reversed(made))
    return f"{head}\n\n{body}\n"


def _class(made: Class, called: Collection[str]) -> Iterator[str]:
    yield f"class {made.name}(_Model):"
    yield from _docstring(made.description, indent="    ")
    for attribute in made.attributes:
        # Inside a class, an attribute hides the model of the same name from the annotations below.
        name = f"{attribute.name}_" if attribute.name in called else attribute.name
        yield f"    {name}: {attribute.annotation}{_assigned(attribute, name)}"
        yield from _docstring(attribute.description, indent="    ")
    if not made.attributes and not made.description:
        yield "    pass"
    yield ""


def _assigned(attribute: Attribute, name: str) -> str:
    if name == attribute.original:
        return "" if attribute.default is None else f" = {attribute.default}"
    default = "..." if attribute.default is None else attribute.default
    if default.startswith("Field("):
        return f" = Field({default.removeprefix('Field(').removesuffix(')')}, alias={attribute.original!r})"
    return f" = Field({default}, alias={attribute.original!r})"


def _docstring(text: str, *, indent: str) -> Iterator[str]:
    text = "".join(one for one in text.strip() if one.isprintable() or one == "\n")
    if not text:
        return
    paragraphs = [textwrap.wrap(line, _WIDTH) or [""] for line in text.splitlines()]
    lines = [line.replace("\\", "\\\\").replace('"', '\\"') for paragraph in paragraphs for line in paragraph]
    if len(lines) == 1:
        yield f'{indent}"""{lines[0]}"""'
        return
    yield f'{indent}"""{lines[0]}'
    yield from (f"{indent}{line}".rstrip() for line in lines[1:])
    yield f'{indent}"""'
