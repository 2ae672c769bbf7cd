"""The addon ``external-services``: live pools of connections to services, as resources describe them.

docs/external-services.md tells how to use it. Run it with ``python -m controllers.external_services`` or
``kindgraph controller run controllers.external_services:controller``. Programs that run in its process borrow
connections from ``pools``.
"""

from typing import Final

from controllers.controller import Controller
from controllers.external_services.pools import Pools
from controllers.external_services.reconciling import make_controller
from controllers.external_services.settings import Settings

__all__ = ["controller", "pools"]

pools: Final = Pools()
controller: Final[Controller] = make_controller(pools, Settings.read())
