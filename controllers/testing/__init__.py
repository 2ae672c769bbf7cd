"""A test kit: run controllers against a server in a test, make time pass, and wait until all is settled.

``pytest_plugins = ["controllers.testing.plugin"]`` in a conftest.py brings the fixtures.
"""

from controllers.testing.clock import FakeClock
from controllers.testing.kit import ControllerKit

__all__ = ["ControllerKit", "FakeClock"]
