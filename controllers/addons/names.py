"""Names: of heartbeats, labels and variables."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from controllers.resource import Key

__all__ = [
    "ADDON_LABEL",
    "FINALIZER",
    "NAMESPACE",
    "Heartbeat",
    "is_reserved_variable",
]

ADDON_LABEL: Final = "kindgraph.addon"
"""On the definitions that an addon has brought: which."""
FINALIZER: Final = "kindgraph/addon-manager"
NAMESPACE: Final = "kindgraph-addons"
"""Of the heartbeats."""

_RESERVED: Final = re.compile(
    r"(LD|DYLD|PYTHON|KINDGRAPH|NODE|RUBY|PERL5?|JAVA|JDK|GLIBC|MALLOC|GCONV|BASH|GIT|SSL|UV|PIP)_?.*"
    r"|PATH|HOME|SHELL|ENV|IFS|CDPATH|PS4|SHELLOPTS|TMPDIR|CLASSPATH|_JAVA_OPTIONS|NLSPATH|LOCPATH|HOSTALIASES"
    r"|.*_PROXY|.*PRELOAD.*",
    re.IGNORECASE,
)


def is_reserved_variable(name: str) -> bool:
    """Tell whether a variable says to a loader, an interpreter or a shell what to run, or where requests go."""
    return _RESERVED.fullmatch(name) is not None


class Heartbeat(NamedTuple):
    """The Lease that one process renews.

    Attributes:
        addon: The name of the addon; it may have dots.
        controller: The name of the controller in it; it has none.
        token: Of the process.
    """

    addon: str
    controller: str
    token: str

    @property
    def key(self) -> Key:
        """Of the Lease."""
        return Key(NAMESPACE, f"{self.addon}.{self.controller}.{self.token}")

    @staticmethod
    def parse(name: str) -> Heartbeat | None:
        """Read the name of a Lease; None where it is no heartbeat of an addon."""
        parts = name.rsplit(".", 2)
        return Heartbeat(*parts) if len(parts) == 3 and all(parts) else None
