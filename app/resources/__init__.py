"""What a resource is: names, versions, selectors, cursors, and what a write decides.

Pure functions over plain data: time, identifiers and the current state are handed in. Nothing in here awaits, and
nothing knows of MongoDB or GraphQL.
"""
