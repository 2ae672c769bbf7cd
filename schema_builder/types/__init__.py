"""The GraphQL types of kinds: how structural trees become named types, one role a module.

    shared      types that all kinds refer to, by Strawberry
    leaves      the scalar or enum that says a leaf; what a place is behind its references
    shapes      which objects of a kind have the same shape
    naming      which types a kind has, and what they are called
    words       what a field says of itself
    entries     the entries of maps, beside their JSON
    member_input    the create input of a union
    roles       what types of a shape are for
    reading     how stored values are read by a type, leniently
    context     what the builders know of their kind
    output, input, filter, order, connection, event    builders, called when a type is first asked for
    kind        all types of one kind, by name

What a resolver does belongs to ``schema_builder.fields``; nothing here knows of requests.
"""
