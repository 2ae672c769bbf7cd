"""What Kindgraph costs, measured beside yardsticks: ``make bench``.

Belongs here: load clients, yardstick servers, the cases that measure (``cases``, one file a case), and the report that
``docs/performance.md`` shows. Servers run as processes of their own, and nothing here imports the server's insides.
Does not belong here: tests that assert times (a shared machine makes them lie).
"""
