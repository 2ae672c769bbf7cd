"""A resource as a controller sees it, and the key that names it inside its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson

__all__ = ["Key", "Resource"]

M = TypeVar("M", bound="_Model")
M_co = TypeVar("M_co", covariant=True)


class _Model(Protocol):
    """What pydantic's models can do."""

    @classmethod
    def model_validate(cls: type[M_co], value: Any, /) -> M_co:
        """Read a value."""


class Key(NamedTuple):
    """What names a resource inside its kind.

    Attributes:
        namespace: None for cluster-scoped kinds.
        name: Unique in the namespace.
    """

    namespace: str | None
    name: str

    def __str__(self) -> str:
        return self.name if self.namespace is None else f"{self.namespace}/{self.name}"


class Resource:
    """One state of one resource. It is yours alone: nobody else sees what you do to it, the server neither.

    Attributes:
        kind: The GraphQL name of the kind, which is its definition's name.
        raw: ``{"metadata": …, "spec": …, "status": …}`` under the original names.
    """

    __slots__ = ("kind", "raw")

    def __init__(self, kind: str, raw: Mapping[str, Any]) -> None:
        self.kind = kind
        self.raw = raw

    @classmethod
    def decode(cls, kind: str, data: bytes) -> Resource:
        """Return the resource that ``encode`` has written."""
        return cls(kind, orjson.loads(data))

    def encode(self) -> bytes:
        """Return the resource as JSON, to be kept."""
        # orjson returns bytes in a larger block of memory: what is kept for long is copied into one that fits.
        return bytes(memoryview(orjson.dumps(self.raw)))

    @property
    def metadata(self) -> Mapping[str, Any]:
        """Name, namespace, labels, finalizers and so on."""
        metadata: Mapping[str, Any] = self.raw["metadata"]
        return metadata

    @property
    def spec(self) -> Any:
        """The desired state; ``{}`` where there is none."""
        return self.raw.get("spec") or {}

    @property
    def status(self) -> Any:
        """The observed state; ``{}`` where there is none."""
        return self.raw.get("status") or {}

    @property
    def name(self) -> str:
        """Unique among the resources of the kind in its namespace."""
        return str(self.metadata["name"])

    @property
    def namespace(self) -> str | None:
        """None for cluster-scoped kinds."""
        return self.metadata.get("namespace")

    @property
    def key(self) -> Key:
        """What names it inside its kind."""
        return Key(self.namespace, self.name)

    @property
    def uid(self) -> str:
        """Never used again, also not by a later resource of the same name."""
        return str(self.metadata["uid"])

    @property
    def version(self) -> int:
        """``metadata.resourceVersion``: rising, and comparable only with versions of the same uid."""
        return int(self.metadata.get("resourceVersion") or 0)

    @property
    def generation(self) -> int:
        """Counts changes of anything but metadata and status."""
        return int(self.metadata.get("generation") or 0)

    @property
    def labels(self) -> Mapping[str, str]:
        """By name."""
        return self.metadata.get("labels") or {}

    @property
    def annotations(self) -> Mapping[str, str]:
        """By name."""
        return self.metadata.get("annotations") or {}

    @property
    def finalizers(self) -> Sequence[str]:
        """What keeps it from going once its deletion was asked for."""
        return self.metadata.get("finalizers") or ()

    @property
    def owners(self) -> Sequence[Mapping[str, Any]]:
        """``[{"kind": …, "name": …, "uid": …, "controller": …}]``."""
        return self.metadata.get("ownerReferences") or ()

    @property
    def controller_owner(self) -> Mapping[str, Any] | None:
        """The reference to the one owner that manages it."""
        return next((owner for owner in self.owners if owner.get("controller")), None)

    @property
    def deleting(self) -> bool:
        """Whether its deletion was asked for."""
        return self.metadata.get("deletionRequestedAt") is not None

    def condition(self, type_: str) -> Mapping[str, Any] | None:
        """Return the condition of a type from its status; None where there is none."""
        conditions = self.status.get("conditions") or ()
        return next((condition for condition in conditions if condition.get("type") == type_), None)

    def parse(self, model: type[M]) -> M:
        """Return it as a model, such as one that ``kindgraph models`` has written.

        Raises:
            pydantic.ValidationError: It does not fit.
        """
        return model.model_validate(self.raw)

    def as_owner(self, *, controller: bool = True) -> dict[str, Any]:
        """Return a reference to it, for the ``ownerReferences`` of a child."""
        return {
            "kind": self.kind,
            "name": self.name,
            "uid": self.uid,
            "controller": controller,
            "blockOwnerDeletion": True,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Resource) and self.kind == other.kind and self.raw == other.raw

    def __hash__(self) -> int:
        return hash((self.kind, self.uid, self.version))

    def __repr__(self) -> str:
        return f"<{self.kind} {self.key}>"
