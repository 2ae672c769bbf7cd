"""Manifests: files of YAML or JSON, read as kubectl reads them, and what each document in them means.

    sources (paths, directories, stdin) -> documents (text -> plain JSON data) -> meaning (definition | CRD | resource)

Pure but for ``sources``, which reads files. Nothing in here talks to a server, so that the conversion of a
Kubernetes CRD can be shared with whatever else takes manifests.
"""
