"""Definitions to GraphQL: everything between a kind's definition and a schema that can be executed.

Pure: no I/O, no event loop of its own, no database, no web framework. Data flows one way,

    definition -> structural -> compiled kind -> snapshot -> selection

and nothing in here knows who stores resources: resolvers call the one Protocol in ``backend``.
"""
