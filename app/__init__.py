"""The server: everything that has an event loop, a database, a socket or a command line.

    cli -> application -> transport -> services -> watch | kinds -> store -> resources -> errors | settings | embedded

Each layer imports only what is to its right, and ``schema_builder``. ``application`` is the only module that
puts the parts together; nothing else constructs another layer's objects.
"""
