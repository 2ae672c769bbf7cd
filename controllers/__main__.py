"""``python -m controllers`` is ``kindgraph-controllers``."""

import sys

from controllers.cli import main

sys.exit(main())
