"""Processes: sockets to listen on, one server process, several of them under a parent, their logs and their ends.

    serve ─┬─ one worker:  the server runs in this process
           └─ several:     parent ── control socket ── worker, worker, …    (the parent owns mongod and the port)

Nothing in here knows GraphQL: it runs an ASGI application, and tells it to drain.
"""
