"""The ``kindgraph`` command: one module a command, listed in ``main.COMMANDS``.

A command module has two functions,

    register(subparsers) -> None      adds its parser, and ``parser.set_defaults(run=run)``
    run(arguments) -> int             does it and returns the exit code

and imports nothing heavy at its top, so that ``kindgraph --help`` stays quick. What goes wrong for a reason that
the user can act on is raised as ``errors.CommandFailed``; ``main`` prints it. Client commands talk to a server over
GraphQL only: they import neither the store nor the services.
"""
