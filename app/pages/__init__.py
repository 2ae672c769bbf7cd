"""What the server says about itself over HTTP: liveness, readiness, metrics, and the page at ``/``.

Not GraphQL: that is ``app.transport``. Pages get what they show from functions that ``app.application`` gives them.
"""
