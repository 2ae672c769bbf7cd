"""The controller inside the server: deletes what nobody owns any more, and what has had its time.

One of all servers does it, by a lease; the others stand by. Whatever it decides stays right however late it is done: a
uid that is gone never comes back, and every write names the version that it was decided on.
"""
