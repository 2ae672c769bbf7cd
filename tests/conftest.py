"""Fixtures for everybody; what they are made of is in ``tests/support``."""

pytest_plugins = [
    "controllers.testing.plugin",
    "tests.support.database",
    "tests.support.node",
    "tests.support.replica_set",
    "tests.support.serving",
]
