"""A real mongod of our own: found, started as a one-member replica set, never outliving the server.

    server ── pipe ── supervisor ── mongod
       └──────── flock on the data directory ────────┘  (each of the three holds it)

The server holds the writing end of a pipe; when it closes, for whatever reason, the supervisor stops mongod. The lock
is an open file that all three share, so a data directory is free only when the last of them has gone.
Everything here is synchronous and runs before an event loop does. It knows how to run a database, not what is in it.
"""
