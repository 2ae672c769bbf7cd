"""Defaults that their own schemas refuse: every write that left the field out would fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schema_builder.errors import Failure
from schema_builder.validation.compiler import compile_document

if TYPE_CHECKING:
    from schema_builder.references import Document

__all__ = ["default_failures"]


def default_failures(document: Document) -> list[Failure]:
    """Return a failure for each default of a document (which has no others) that is not valid by its own schema."""
    schemas = document.defaulted()
    if not schemas:
        return []
    validator_of = compile_document(document)
    return [
        Failure(
            f"{document.pointer(schema)}/default",
            "default",
            f"is not valid: {failure.path} {failure.message}".replace(":  ", ": "),
        )
        for schema in schemas
        for failure in validator_of(schema)(schema["default"])[:1]
    ]
