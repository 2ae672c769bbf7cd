"""WebSocket connections (RFC 6455) at the cost of little more than their sockets.

    frames      bytes <-> messages; pure
    handshake   whether a request may become a WebSocket, and how; pure
    connection  one connection on its transport: pings, stalls, closing; what it receives goes to a handler
    bridge      the handler that runs an ASGI application

An application that has accepted a connection may take it over (``Connection.hand_over``): it then is called back, and
needs no task that waits. Why not one of uvicorn's own: docs/decisions.
"""
