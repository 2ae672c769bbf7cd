"""What the server does with resources: reads, writes, definitions and watches; implements ``schema_builder.backend``.

Nothing in here knows GraphQL or HTTP, and only ``app.store`` knows MongoDB.
"""
