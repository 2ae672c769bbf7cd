"""GraphQL on the wire: documents, execution, and the transports HTTP, SSE and WebSocket.

Here belong: reading a request, deciding whether a document is served, running it on one schema snapshot, and writing
the answer. What a resource is, how it is stored and what a write means belongs to ``app.services`` and below; the
transports reach it only through ``schema_builder.backend.Backend``.

Read in order: ``limits``, ``parameters``, ``documents``, ``plans``, ``execution``, ``subscriptions``; then ``http``,
``sse``, ``websocket``, ``routes``.
"""
