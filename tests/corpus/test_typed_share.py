"""How much of the CRDs is typed, and that what is not is told."""

from collections import Counter

import pytest

from schema_builder.compile import CompiledKind
from schema_builder.degraded import degraded_places, write_names
from tests.corpus.corpus import crds
from tests.corpus.leaves import Name, leaves_of, open_places
from tests.corpus.typed import OutputTypes

pytestmark = pytest.mark.timeout(600)

REQUIRED_SHARE = 0.97


def written(path):
    return "".join("." + write_names([step]) if isinstance(step, Name) else "[*]" for step in path).replace(".[", "[")[
        1:
    ]


def told_reason(path, places):
    """Return the reason that is told for a path or for what is above it; None where nothing is."""
    for end in range(len(path), 0, -1):
        reason = places.get(written(path[:end]))
        if reason is not None:
            return reason
    return None


def test_nearly_every_leaf_is_typed_and_the_others_are_told(tell):
    counted, untyped, silent, anything = Counter(), Counter(), [], 0
    for crd in crds():
        types = OutputTypes(CompiledKind(crd.definition))
        places = None
        for section, schema in crd.sections():
            anything += open_places(schema)
            for leaf in leaves_of(schema, (Name(section),)):
                counted[leaf.type] += 1
                if types.is_typed(leaf.path):
                    continue
                if places is None:
                    places = {place.path: place.reason for place in degraded_places(crd.definition.sections)}
                reason = told_reason(leaf.path, places)
                untyped[reason] += 1
                if reason is None:
                    silent.append(f"{crd.name}: {written(leaf.path)}")
    leaves = counted.total()
    share = 1 - untyped.total() / leaves
    tell(f"{leaves} leaf fields: {', '.join(f'{count} {name}' for name, count in counted.most_common())}")
    tell(f"typed: {leaves - untyped.total()} ({share:.2%}); as JSON: {untyped.total()}")
    for reason, count in untyped.most_common():
        tell(f"  {count} ({count / leaves:.3%}): it {reason}")
    with_anything = (leaves - untyped.total()) / (leaves + anything)
    tell(f"{anything} places of which the CRDs say nothing are JSON too; with them, {with_anything:.2%} would be typed")
    assert silent == []
    assert share >= REQUIRED_SHARE
