"""The schemas of schemas, which a validator knows without fetching them."""

from __future__ import annotations

from typing import Any, Final

from schema_builder.dialect import Dialect

__all__ = ["find_meta_schema"]

_DRAFT_7: Final = "http://json-schema.org/draft-07/schema"
_DRAFT_2020_12: Final = "https://json-schema.org/draft/2020-12/"
"""Under it are the meta-schema, ``schema``, and its vocabularies, ``meta/core`` and others."""


def find_meta_schema(uri: str, *, dialect: Dialect) -> dict[str, Any] | None:
    """Return the meta-schema, or the part of one, that a URI names in a dialect; None where it names none.

    Each dialect knows its own: what another draft says would mean something else in it.
    """
    if not (uri == _DRAFT_7 if dialect is Dialect.DRAFT_7 else uri.startswith(_DRAFT_2020_12)):
        return None
    # A server never comes here: registration refuses references to what is outside of a schema.
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # noqa: PLC0415

    resource = REGISTRY.get(uri)
    contents: dict[str, Any] | None = resource.contents if resource else None
    return contents
