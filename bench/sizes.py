"""How much is measured: the whole, a quick look, or just enough to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "SMOKE", "Sizes"]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """Counts and times of one run.

    Attributes:
        resources: How many resources the read cases choose from.
        rounds: How often each server takes its turn; medians are taken over them.
        round_seconds: How long one turn of one read case is measured.
        warmup_seconds: How long a server is loaded before each turn counts.
        kind_steps: How many kinds are installed when definitions are timed, ascending, beginning with 0.
        definitions: How many definitions are timed at each step.
        install_concurrency: How many definitions are in flight while kinds are installed.
        settle_seconds: How long the server rests between installing and what is timed.
        baseline_seconds: How long the readers run beside nothing at all, which tells the machine's own noise.
        subscriber_steps: How many subscribers of one kind there are when deliveries are measured.
        deliveries: How many deliveries are measured at each of those steps, as far as the next two allow.
        least_writes: How many changes are written at each of those steps, at least.
        most_writes: And at most.
        steady_seconds: How long changes come steadily, for the time that they take to arrive; less where that would be
            more than ``deliveries``.
        filters: How many subscribers have filters of their own.
        idle_subscribers: How many there are when their memory is measured.
        controlled_resources: How many resources a controller has.
        controlled_seconds: How long they change while it is measured how soon it acts.
        corpus_crds: How many CRDs of the corpus are registered, None for all.
        validation_turns: How often each resource is judged.
        corpus_resources: How many resources of the corpus are judged, at most.
    """

    resources: int
    rounds: int
    round_seconds: float
    warmup_seconds: float
    kind_steps: tuple[int, ...]
    definitions: int
    install_concurrency: int
    settle_seconds: float
    baseline_seconds: float
    subscriber_steps: tuple[int, ...]
    deliveries: int
    least_writes: int
    most_writes: int
    steady_seconds: float
    filters: int
    idle_subscribers: int
    controlled_resources: int
    controlled_seconds: float
    corpus_crds: int | None
    validation_turns: int
    corpus_resources: int


FULL = Sizes(
    resources=1000,
    rounds=5,
    round_seconds=3.0,
    warmup_seconds=0.7,
    kind_steps=(0, 100, 1000, 5000),
    definitions=25,
    install_concurrency=8,
    settle_seconds=3.0,
    baseline_seconds=5.0,
    subscriber_steps=(1, 100, 1_000, 10_000),
    deliveries=300_000,
    least_writes=20,
    most_writes=1_000,
    steady_seconds=10.0,
    filters=1_000,
    idle_subscribers=10_000,
    controlled_resources=10_000,
    controlled_seconds=20.0,
    corpus_crds=None,
    validation_turns=15,
    corpus_resources=400,
)
QUICK = Sizes(
    resources=200,
    rounds=3,
    round_seconds=1.0,
    warmup_seconds=0.3,
    kind_steps=(0, 100, 500),
    definitions=9,
    install_concurrency=8,
    settle_seconds=1.0,
    baseline_seconds=2.0,
    subscriber_steps=(1, 100, 1_000),
    deliveries=50_000,
    least_writes=20,
    most_writes=200,
    steady_seconds=2.0,
    filters=200,
    idle_subscribers=1_000,
    controlled_resources=1_000,
    controlled_seconds=3.0,
    corpus_crds=100,
    validation_turns=7,
    corpus_resources=60,
)
SMOKE = Sizes(
    resources=5,
    rounds=1,
    round_seconds=0.1,
    warmup_seconds=0.0,
    kind_steps=(0, 2),
    definitions=1,
    install_concurrency=2,
    settle_seconds=0.0,
    baseline_seconds=0.1,
    subscriber_steps=(1, 3),
    deliveries=3,
    least_writes=2,
    most_writes=2,
    steady_seconds=0.1,
    filters=4,
    idle_subscribers=3,
    controlled_resources=5,
    controlled_seconds=0.1,
    corpus_crds=2,
    validation_turns=1,
    corpus_resources=0,
)
