"""Hand-written servers of one fixed kind, to compare with: ``python -m bench.yardsticks NAME``.

All read the same collection through ``store`` and are served by the same options (``__main__``).
"""
