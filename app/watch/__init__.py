"""Watches: one change stream of the process, and everybody who waits for a part of it.

    stream -> follower -> hub -> history, index -> watcher
    watchdog    a stream that stands still is found out, and nobody is left waiting for it
    catch_up    what is older than the history, from the oplog

What belongs here: what a change event means (``events``), who wants it (``selection``, ``index``), and that every
watcher gets each change after its position once, in order (``hub``, ``history``, ``catch_up``, ``watcher``).
What must not: GraphQL, transports, and writes.
"""
