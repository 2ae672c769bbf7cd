"""One example resource, tried whole: written through typed inputs, read back, found and patched by its fields."""

import re
from collections import Counter
from dataclasses import dataclass, field

from schema_builder.compile import Operation
from tests.corpus.corpus import ENVELOPE
from tests.corpus.expected import completed, differences, merged, without_null_properties, without_nulls
from tests.corpus.filters import leaf_filters
from tests.corpus.patches import removal
from tests.corpus.translation import Writer, output_fields, restored_field, selected

LEGAL_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,240}[a-z0-9])?")
SENT_METADATA = ("labels", "annotations", "finalizers")
NOT_OF_STRUCTURE = {"x-kubernetes-validations", "format"}
"""What the corpus' own judgement of its examples leaves out: CEL and formats may refuse one that it calls valid."""
METADATA_REFUSED = "has invalid value at .metadata."
"""Labels and annotations are strings here as in Kubernetes; the CRDs say nothing of them."""
FILTERS_AT_ONCE = 400
PATCH_ATTEMPTS = 6


@dataclass
class Tally:
    """What became of the examples.

    Attributes:
        counts: How many of each sort.
        refused: Examples that the server refuses, each with the reason.
        wrong: What must not be.
    """

    counts: Counter = field(default_factory=Counter)
    refused: list = field(default_factory=list)
    wrong: list = field(default_factory=list)


class Trial:
    """One example on a server with its kind."""

    def __init__(self, example, kind, client, tally, *, number):
        self.file = example.file
        self.kind, self.names = kind, kind.names
        self.client, self.tally = client, tally
        self.root = example.crd.text
        self.sections = kind.context.section_fields
        metadata = example.manifest.metadata
        self.metadata = {name: metadata[name] for name in SENT_METADATA if metadata.get(name)}
        own = metadata.get("name", "")
        self.name = f"{own[:200]}-{number}" if LEGAL_NAME.fullmatch(own) else f"example-{number}"
        tally.counts["named anew, their names being templates"] += self.name.startswith("example-")
        self.body = dict(example.manifest.body)
        self.namespaced = kind.definition.scope.name == "NAMESPACED"
        namespace = metadata.get("namespace") or ""
        self.namespace = namespace if LEGAL_NAME.fullmatch(namespace) else "default"

    @property
    def where_it_is(self):
        """Return the arguments, their declarations and the variables that say which resource is meant."""
        if self.namespaced:
            variables = {"name": self.name, "namespace": self.namespace}
            return "name: $name, namespace: $namespace", "$name: String!, $namespace: String", variables
        return "name: $name", "$name: String!", {"name": self.name}

    async def run(self):
        """Try everything; what is wrong goes into the tally."""
        counts = self.tally.counts
        if await self.create() and await self.write_status():
            expected = self.expected()
            await self.check_queries(expected)
            await self.check_patches(expected)
            counts["round-tripped"] += 1

    def expected(self):
        """Return what the server should hold, read off the CRD's text."""
        status = {}
        if self.body.get("status"):
            status["status"] = completed(self.root["properties"].get("status"), self.body["status"])
        return self.completed(without_status(self.body)) | status

    def completed(self, body):
        """Return the sections but for status as the server should complete them."""
        properties = self.root.get("properties") or {}
        sections = {name: one for name, one in properties.items() if name not in {*ENVELOPE, "status"}}
        return completed({"properties": sections}, body)

    async def create(self):
        """Create the example through its typed input; tell whether it is there."""
        writer = Writer()
        body = without_status(self.body)
        value = writer.sections(body, self.kind.type(self.names.create_input), self.sections)
        namespace = {"namespace": self.namespace} if self.namespaced else {}
        value["metadata"] = {"name": self.name, **namespace, **self.metadata}
        answer = await self.client.settled(
            f"mutation($input: {self.names.create_input}!) {{ {self.names.create}(input: $input) {{ id }} }}",
            {"input": value},
        )
        self.tally.counts.update({f"leaves written as {how}": count for how, count in writer.leaves.items()})
        return self.accepted(answer)

    async def write_status(self):
        """Write the status through its own mutation; tell whether it is there."""
        if not self.body.get("status"):
            return True
        type_ = self.kind.field(Operation.MUTATION, self.names.update_status).args["status"].type
        arguments, declared, variables = self.where_it_is
        answer = await self.client.settled(
            f"mutation({declared}, $status: {type_}) "
            f"{{ {self.names.update_status}({arguments}, status: $status) {{ id }} }}",
            {**variables, "status": Writer().value(self.body["status"], type_)},
        )
        return self.accepted(answer)

    def accepted(self, answer):
        """Tell whether a write was accepted; a refusal is noted with its reason."""
        errors = answer.get("errors")
        if not errors:
            return True
        extensions = errors[0]["extensions"]
        failures = extensions.get("failures") or []
        said = "; ".join(f"{one['path']} {one['keyword']} {one['message']}" for one in failures)
        self.tally.refused.append(f"{self.file}: {said or errors[0]['message']}"[:400])
        beside_the_body = METADATA_REFUSED in errors[0]["message"]
        if not (beside_the_body or (failures and {one["keyword"] for one in failures} <= NOT_OF_STRUCTURE)):
            self.tally.wrong.append(f"{self.file}: refused: {said or errors[0]['message']}"[:400])
        return False

    def reading(self, expected):
        """Return the selection of every leaf that the kind's types have, and of ``raw``."""
        holder, parts = self.kind.type(self.kind.name), []
        for original, one in self.output_sections():
            inside = [expected[original]] if expected.get(original) is not None else []
            parts += selected(one, holder, inside)
        return f"{{ raw metadata {{ labels annotations finalizers }} {' '.join(parts)} }}"

    def output_sections(self):
        """Return the output fields of the sections, with their original names."""
        fields = {one.name: one for one in output_fields(self.kind.type(self.kind.name))}
        return [(original, fields[name]) for original, name in self.sections.items() if name in fields]

    def check_reading(self, it, expected, when):
        """Compare what was read with what should be there."""
        holder = self.kind.type(self.kind.name)
        sections = [(original, one) for original, one in self.output_sections() if it.get(one.name) is not None]
        typed = {original: restored_field(it, one, holder) for original, one in sections}
        raw = {name: value for name, value in it["raw"].items() if name not in {"group", "kind", "metadata"}}
        for what, found, wanted in (
            ("raw", raw, expected),
            ("typed", without_nulls(typed), without_nulls(expected)),
            ("metadata", {name: value for name, value in it["metadata"].items() if value}, self.metadata),
        ):
            if found_differences := differences(found, wanted):
                self.wrong(f"{when}: {what}", "; ".join(found_differences[:3]))

    async def check_queries(self, expected):
        """Read the example whole; find it by every leaf, and do not find it by other values."""
        leaves = list(leaf_filters(expected, self.kind.type(self.names.filter)))
        self.tally.counts["leaves found by eq"] += sum(one.typed for one in leaves)
        self.tally.counts["leaves of JSON, found by existence alone"] += sum(not one.typed for one in leaves)
        answer = await self.query(leaves[:FILTERS_AT_ONCE], self.reading(expected))
        if answer is None:
            return
        self.check_reading(answer["it"], expected, "created")
        missed = leaves[:FILTERS_AT_ONCE] if not self.is_found(answer) else []
        for start in range(FILTERS_AT_ONCE, len(leaves), FILTERS_AT_ONCE):
            batch = leaves[start : start + FILTERS_AT_ONCE]
            missed += batch if not self.is_found(await self.query(batch)) else []
        singly = [one for one in missed if not self.is_found(await self.query([one]))]
        if missed:
            self.wrong("filters", f"{[(one.path, one.passing, one.failing) for one in singly][:3]}")

    def is_found(self, answer):
        """Tell whether filters found the example where they should, and not where they should not."""
        found = {key: [node["metadata"]["name"] for node in answer[key]["nodes"]] for key in "ab"} if answer else None
        return found == {"a": [self.name], "b": []}

    async def query(self, leaves, reading="{ id }"):
        """Return the answer to a reading of the example and to filters by leaves: it passes ``a``, and not ``b``."""
        me = {"metadata": {"name": {"eq": self.name}}}
        passing = {"_and": [me, *(one.passing for one in leaves)]}
        failing = {"_and": [me, {"_or": [one.failing for one in leaves if one.failing is not None]}]}
        arguments, declared, variables = self.where_it_is
        namespace = "namespace: $namespace, " if self.namespaced else ""
        plural, type_ = self.names.plural_field, self.names.filter
        answer = await self.client.settled(
            f"query({declared}, $a: {type_}!, $b: {type_}!) {{ it: {self.names.singular_field}({arguments}) {reading}"
            f" a: {plural}({namespace}where: $a, first: 2) {{ nodes {{ metadata {{ name }} }} }}"
            f" b: {plural}({namespace}where: $b, first: 2) {{ nodes {{ metadata {{ name }} }} }} }}",
            {**variables, "a": passing, "b": failing},
        )
        if answer.get("errors"):
            self.wrong("reading", answer["errors"][0]["message"])
            return None
        return answer["data"]

    async def check_patches(self, expected):
        """Remove all that may be missing by one typed patch, and bring it back by another."""
        patch_type = self.kind.type(self.names.patch)
        body = without_status(expected)
        status = {name: expected[name] for name in expected.keys() - body.keys()}
        kept, rest = set(), expected
        for _ in range(PATCH_ATTEMPTS):
            removed = removal(body, self.root, patch_type, kept=kept)
            if not removed.patch:
                break
            rest = self.completed(removed.rest) | status
            answer = await self.patch(removed.patch, rest)
            if not answer.get("errors"):
                self.check_reading(answer["data"]["it"], rest, "patched away")
                self.tally.counts["places removed by a patch"] += removed.places
                break
            failures = answer["errors"][0]["extensions"].get("failures") or []
            if not failures:
                self.wrong("patching", answer["errors"][0]["message"])
                return
            kept |= {failure["path"] for failure in failures}
        else:
            self.tally.counts["examples whose validation keeps what a patch would remove"] += 1
            return
        patch = without_null_properties(body)
        whole = self.completed(merged(without_status(rest), patch)) | status
        answer = await self.patch(Writer().sections(patch, patch_type, self.sections), whole)
        if answer.get("errors"):
            self.wrong("patching back", str(answer["errors"][0])[:300])
            return
        self.check_reading(answer["data"]["it"], whole, "patched back")

    async def patch(self, patch, expected):
        """Patch the example, and read it as it should be then."""
        arguments, declared, variables = self.where_it_is
        return await self.client.settled(
            f"mutation({declared}, $patch: {self.names.patch}!) "
            f"{{ it: {self.names.update}({arguments}, patch: $patch) {self.reading(expected)} }}",
            {**variables, "patch": patch},
        )

    def wrong(self, what, message):
        self.tally.wrong.append(f"{self.file}: {what}: {message}"[:600])


def without_status(body):
    return {name: value for name, value in body.items() if name != "status"}
