"""The corpus: Kubernetes CRDs and example resources of well-known projects, in a folder outside of the repository.

    crds/PROJECT/PLURAL.GROUP.yaml    one CRD each
    crs/PROJECT/KIND-N.yaml           one example resource each
    CRS.tsv                           what is known of each example

Files are read as ``kindgraph apply`` reads them.
"""

import csv
import functools
import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.cli.manifests.documents import decode_text, read_documents
from app.cli.manifests.meaning import read_manifest
from schema_builder.definition import parse_definition

ENVELOPE = frozenset({"apiVersion", "kind", "metadata"})


def corpus_folder() -> Path:
    """Return the corpus' folder; that it is not there is a failure, never a reason to skip."""
    folder = Path(os.environ.get("KINDGRAPH_CORPUS") or "~/.cache/kindgraph-corpus").expanduser()
    missing = [name for name in ("crds", "crs", "CRS.tsv", "JSON-Schema-Test-Suite") if not (folder / name).exists()]
    if missing:
        pytest.fail(
            f"There is no corpus at {folder}: it lacks {', '.join(missing)}. "
            "Unpack it, and let KINDGRAPH_CORPUS name its folder.",
            pytrace=False,
        )
    return folder


@dataclass(frozen=True)
class Crd:
    """One CRD.

    Attributes:
        file: Relative to the corpus.
        text: The root schema of the storage version, as the CRD writes it.
        version: The storage version.
        spec: The definition that it is converted to.
    """

    file: str
    name: str
    text: dict
    version: str
    spec: dict

    @functools.cached_property
    def definition(self):
        return parse_definition(self.spec, name=None)

    def sections(self):
        """Yield the schema of each section, as the CRD writes it, by the section's name."""
        for name, schema in (self.text.get("properties") or {}).items():
            if name not in ENVELOPE:
                yield name, schema


@dataclass(frozen=True)
class Example:
    """One example resource that is said to be valid.

    Attributes:
        file: Relative to the corpus.
        manifest: As ``apply`` reads it; None where it cannot be read.
        error: Why it cannot.
    """

    file: str
    crd: Crd
    manifest: object
    error: str | None


@functools.cache
def crds():
    """Return all CRDs, in the order of their files; ``KINDGRAPH_CORPUS_PART=I/N`` selects every Nth."""
    part, _, parts = os.environ.get("KINDGRAPH_CORPUS_PART", "0/1").partition("/")
    files = sorted(path for path in (corpus_folder() / "crds").glob("*/*.yaml"))
    chosen = files[int(part) :: int(parts)]
    return [crd_of(_document(path), file=f"crds/{path.parent.name}/{path.name}") for path in chosen]


def examples():
    """Return the examples that are valid, complete, without unknown fields and of the storage version."""
    by_name = {crd.name: crd for crd in crds()}
    found = []
    with (corpus_folder() / "CRS.tsv").open() as table:
        for row in csv.DictReader(table, delimiter="\t"):
            crd = by_name.get(row["crd"])
            fit = row["valid"] == "yes" and row["has_placeholder"] == "0" and row["n_unknown_fields"] == "0"
            if fit and crd is not None and row["version"] == crd.version:
                document = _read(corpus_folder() / row["file"])
                manifest = None if document.error else read_manifest(document.data)
                found.append(Example(row["file"], crd, manifest, document.error and str(document.error)))
    return found


def crd_of(document, *, file):
    """Return what a CRD's document says."""
    version = next(one for one in document["spec"]["versions"] if one["storage"])
    return Crd(
        file=file,
        name=document["metadata"]["name"],
        text=(version.get("schema") or {}).get("openAPIV3Schema") or {},
        version=version["name"],
        spec=read_manifest(document).body["spec"],
    )


def _document(path):
    document = _read(path)
    assert document.error is None, f"{path}: {document.error}"
    return document.data


def _read(path):
    (document,) = read_documents(decode_text(path.read_bytes()))
    return document
