"""Addons: kinds and controllers that are brought into a running system, and the manager that runs them.

In the order in which to read: ``errors``, ``names``; ``files`` (the contents of a package, and their digest),
``manifest`` (``addon.yaml``), ``package``, ``allowed`` (what the operator lets run), ``marketplace``; ``release`` (one
version with its configuration), ``program`` and ``container`` (command lines); ``guard`` (a script between manager and
process), ``supervisor``, ``crew``; ``definitions``, ``upgrade``, ``reconciling``, ``reporting``, ``removal``,
``manager``; ``cli``.

docs/addons.md teaches them.
"""
