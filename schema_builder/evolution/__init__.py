"""What a change of a definition means: for GraphQL clients, and for the resources that are stored.

``compare`` puts the parts together: ``clients`` compares what GraphQL says of two kinds, ``schemas`` whether every
instance of one JSON Schema is an instance of another. Pure, and without building a GraphQL type that nobody asked for.
"""
