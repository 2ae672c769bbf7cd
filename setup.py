"""Builds the playground into the package; everything else about the package is in pyproject.toml."""

import os
import subprocess
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


class BuildWithPlayground(build_py):
    """Makes the playground's files before package data is collected; an editable install leaves that to ``make``."""

    def run(self) -> None:
        """Build."""
        if not self.editable_mode:
            environment = {**os.environ, "PYTHON": sys.executable}
            subprocess.run([ROOT / "tools" / "playground.sh"], check=True, env=environment)
        super().run()


setup(cmdclass={"build_py": BuildWithPlayground})
