"""What is wrong with a manifest.

ManifestError              a document that cannot be used, with a message for a person
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schema_builder.errors import Failure

__all__ = ["ManifestError"]


class ManifestError(Exception):
    """A document cannot be used.

    Attributes:
        message: What is wrong, in one line.
        failures: The single failures, where there are several.
    """

    def __init__(self, message: str, failures: tuple[Failure, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.failures = failures
