"""Whatever owns what, and whatever is deleted: afterwards just the rest is there that something still holds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from tests.garbage.support import World

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.serving import RunningServer

COUNT = 18
Owned = dict[str, set[str]]


def _rest(owners: Mapping[str, set[str]], deleted: set[str]) -> Owned:
    """Return what stays, and its owners: whatever had some, and has none any more, goes as well."""
    gone = set(deleted)
    while more := {name for name, held in owners.items() if name not in gone and held and held <= gone}:
        gone |= more
    return {name: held - gone for name, held in owners.items() if name not in gone}


async def _settled(world: World, expected: Owned) -> None:
    def is_settled(there: dict[str, dict[str, Any]]) -> bool:
        owned = {name: {one["name"] for one in there[name]["ownerReferences"]} for name in there}
        return owned == expected

    await world.until(is_settled)


@pytest.mark.parametrize("seed", range(2))
async def test_exactly_what_is_held_stays(server: RunningServer, seed: int) -> None:
    rng = random.Random(seed)
    world = World(server)
    await world.define()
    made = {}
    for number in range(COUNT):
        kind = rng.choice(["Widget", "Gadget"])
        made[f"r{number}"] = await world.create(f"r{number}", kind=kind)
    owners: Owned = {name: set() for name in made}
    for name, one in made.items():
        chosen = rng.sample(sorted(made), rng.choice([0, 1, 1, 1, 2, 3]))
        owners[name] = set(chosen)
        blocks = rng.random() < 0.7
        references = [world.reference(made[owner], blocks=blocks) for owner in chosen]
        await world.patch(name, {"ownerReferences": references}, kind=one["kind"])
    while owners:
        propagation = rng.choice(["BACKGROUND", "FOREGROUND", "FOREGROUND", "ORPHAN"])
        deleted = set(rng.sample(sorted(owners), min(len(owners), 1 if propagation == "ORPHAN" else 3)))
        if propagation == "ORPHAN":
            owners = {name: held - deleted for name, held in owners.items()}
        owners = _rest(owners, deleted)
        for name in sorted(deleted):
            await world.delete_unless_collected(name, kind=made[name]["kind"], propagation=propagation)
        await _settled(world, owners)
