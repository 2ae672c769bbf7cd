"""The kinds that the server brings: where their resources are, and who else has had one of their names.

A version that brings a kind may meet a database in which a user has one of that name: it is *displaced*. Its definition
and its resources are kept, and it is not served; the built-in kind is, without a stored definition of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from app.kinds.compiling import compile_spec
from app.kinds.served import index_fields
from app.resources.keys import storage_key
from app.store.definitions import KindStorage
from app.store.slots import IndexState
from schema_builder.builtins import BUILTIN_DEFINITIONS
from schema_builder.errors import DefinitionRefused, Failure
from schema_builder.names import kind_names

if TYPE_CHECKING:
    from app.store.definitions import StoredDefinition
    from schema_builder.compile import CompiledKind

__all__ = ["BUILTIN_NAMES", "builtin_key", "builtin_storage", "compile_builtin", "displacement", "is_displaced"]

BUILTIN_NAMES: Final = tuple(
    kind_names(spec["kind"], group=spec.get("group")).type_name for spec in BUILTIN_DEFINITIONS
)
"""Names of the built-in kinds; the place of each is its storage key's number, so new ones are added at the end."""


async def compile_builtin(name: str) -> CompiledKind:
    """Return a built-in kind."""
    return await compile_spec(BUILTIN_DEFINITIONS[BUILTIN_NAMES.index(name)], name=None)


def builtin_storage(kind: CompiledKind) -> KindStorage:
    """Return where the resources of a built-in kind are from the beginning."""
    storage = KindStorage(builtin_key(kind.name))
    return storage.declaring(index_fields(kind.definition), since=0, state=IndexState.READY)


def builtin_key(name: str) -> str:
    """Return the storage key of a built-in kind's resources."""
    return storage_key(BUILTIN_NAMES.index(name))


def is_displaced(stored: StoredDefinition) -> bool:
    """Tell whether a stored definition is a user's, of a name that is a built-in kind's now."""
    return stored.name in BUILTIN_NAMES and stored.storage.key != builtin_key(stored.name)


def displacement(name: str) -> DefinitionRefused:
    """Return why a displaced definition is not served, and the way out."""
    message = (
        f"{name} is the name of a kind of Kindgraph itself since this version. This definition and its resources are "
        f"kept, and not served. To serve them again, read them with the version before this one, define the kind with "
        f"spec.group, or with another spec.graphqlName such as My{name}, and create them there; then delete this "
        f"definition"
    )
    return DefinitionRefused(message, [Failure("/spec/graphqlName", "nameClash", message)])
