"""Every valid example of the corpus: written through typed inputs, read back, found and patched by its fields."""

import pytest

from schema_builder.compile import compile_kind
from tests.corpus.conftest import gather
from tests.corpus.corpus import examples
from tests.corpus.trial import Tally, Trial

pytestmark = pytest.mark.timeout(1800)


async def test_every_valid_example_round_trips_through_its_types(installed, tell):
    tried, tally = examples(), Tally()
    kinds = {example.crd.name: compile_kind(example.crd.definition) for example in tried}
    tell(f"{len(tried)} examples of {len(kinds)} kinds are valid, complete and of the storage version")
    client = installed.client()

    async def run(numbered):
        number, example = numbered
        if number and number % 500 == 0:
            tell(f"  {number} tried, {len(tally.wrong)} wrong")
        if example.error is not None:
            tally.refused.append(f"{example.file}: {example.error}")
            return
        await Trial(example, kinds[example.crd.name], client, tally, number=number).run()

    async with client.client:
        await gather(run, enumerate(tried))
    tell("; ".join(f"{count} {what}" for what, count in sorted(tally.counts.items()) if count))
    tell(f"{len(tally.refused)} refused:")
    for line in sorted(tally.refused):
        tell(f"  {line}")
    tell(f"{len(tally.wrong)} wrong:")
    for line in sorted(tally.wrong):
        tell(f"  {line}")
    assert tally.wrong == []
    assert tally.counts["round-tripped"] + len(tally.refused) == len(tried)
