"""Groups of the JSON-Schema-Test-Suite that need another document: nothing is ever fetched, so they are refused.

The meta-schemas of both drafts are built in, and what needs them alone is not excluded.
"""

from __future__ import annotations

from typing import Final

__all__ = ["EXCLUDED"]

REMOTE: Final = "a $ref names a document of the suite's remotes"
DIALECT: Final = "its $schema names a document of the suite's remotes, which says what its keywords mean"

EXCLUDED: Final[dict[tuple[str, str, str], str]] = {
    ("draft2020-12", "dynamicRef", "strict-tree schema, guards against misspelled properties"): REMOTE,
    ("draft2020-12", "dynamicRef", "tests for implementation dynamic anchor and reference link"): REMOTE,
    ("draft2020-12", "dynamicRef", "$ref and $dynamicAnchor are independent of order - $defs first"): REMOTE,
    ("draft2020-12", "dynamicRef", "$ref and $dynamicAnchor are independent of order - $ref first"): REMOTE,
    ("draft2020-12", "dynamicRef", "$ref to $dynamicRef finds detached $dynamicAnchor"): REMOTE,
    ("draft2020-12", "refRemote", "remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "fragment within remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "anchor within remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "ref within remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "base URI change"): REMOTE,
    ("draft2020-12", "refRemote", "base URI change - change folder"): REMOTE,
    ("draft2020-12", "refRemote", "base URI change - change folder in subschema"): REMOTE,
    ("draft2020-12", "refRemote", "root ref in remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "remote ref with ref to defs"): REMOTE,
    ("draft2020-12", "refRemote", "Location-independent identifier in remote ref"): REMOTE,
    ("draft2020-12", "refRemote", "retrieved nested refs resolve relative to their URI not $id"): REMOTE,
    ("draft2020-12", "refRemote", "remote HTTP ref with different $id"): REMOTE,
    ("draft2020-12", "refRemote", "remote HTTP ref with different URN $id"): REMOTE,
    ("draft2020-12", "refRemote", "remote HTTP ref with nested absolute ref"): REMOTE,
    ("draft2020-12", "refRemote", "$ref to $ref finds detached $anchor"): REMOTE,
    ("draft2020-12", "vocabulary", "schema that uses custom metaschema with with no validation vocabulary"): DIALECT,
    ("draft2020-12", "vocabulary", "ignore unrecognized optional vocabulary"): DIALECT,
    ("draft7", "refRemote", "remote ref"): REMOTE,
    ("draft7", "refRemote", "fragment within remote ref"): REMOTE,
    ("draft7", "refRemote", "ref within remote ref"): REMOTE,
    ("draft7", "refRemote", "base URI change"): REMOTE,
    ("draft7", "refRemote", "base URI change - change folder"): REMOTE,
    ("draft7", "refRemote", "base URI change - change folder in subschema"): REMOTE,
    ("draft7", "refRemote", "root ref in remote ref"): REMOTE,
    ("draft7", "refRemote", "remote ref with ref to definitions"): REMOTE,
    ("draft7", "refRemote", "Location-independent identifier in remote ref"): REMOTE,
    ("draft7", "refRemote", "retrieved nested refs resolve relative to their URI not $id"): REMOTE,
    ("draft7", "refRemote", "$ref to $ref finds location-independent $id"): REMOTE,
}
"""Why a group is not decided, by ``(draft, file, description of the group)``."""
