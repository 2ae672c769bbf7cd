"""What is measured: one file a case.

A case is ``async def NAME(mongo_uri, sizes, steps) -> RESULT``, where the result is a dataclass of plain values that
``bench.report`` turns into a table. ``CASES`` in ``bench.__main__`` lists them, and the smoke test runs each of them.
"""
