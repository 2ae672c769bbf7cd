"""Pydantic models of a kind, written as Python source from its definition.

What they read they write again without a loss: undeclared properties stay, strings are never changed (date-times are
strings), numbers keep their type. Whether a value is valid is the server's business; models say what there may be.
"""

from controllers.models.source import write_models

__all__ = ["write_models"]
