"""How long to wait before something is tried again: more for each failure of one key, and never too many at once."""

from __future__ import annotations

import random
from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from controllers.clock import Clock

__all__ = ["Backoff", "RetryLimiter", "TokenBucket"]

_MOST_DOUBLINGS = 60


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential delays.

    Attributes:
        base_seconds: After the first failure.
        most_seconds: The longest.
        jitter: What share of a delay is left to chance, so that what failed together is not tried together.
    """

    base_seconds: float = 0.1
    most_seconds: float = 300.0
    jitter: float = 0.2

    def delay(self, failures: int) -> float:
        """Return how long to wait after a number of failures in a row, from 1."""
        doublings = min(max(failures, 1) - 1, _MOST_DOUBLINGS)
        delay = min(self.base_seconds * 2.0**doublings, self.most_seconds)
        return delay * (1 - self.jitter * random.random())  # noqa: S311 - nothing secret


class TokenBucket:
    """Lets so many through a second, and some at once after a pause.

    Args:
        rate: How many a second, in the long run.
        burst: How many at once.
        clock: The time.
    """

    def __init__(self, *, rate: float, burst: int, clock: Clock) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = float(burst)
        self._filled_at = clock.now()

    def reserve(self) -> float:
        """Take a turn, and return how many seconds away it is."""
        now = self._clock.now()
        self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        self._tokens -= 1
        return max(0.0, -self._tokens / self._rate)


class RetryLimiter:
    """What a work queue asks before it tries a key again.

    Args:
        backoff: For the failures of one key.
        bucket: For the retries of all keys.
    """

    def __init__(self, *, backoff: Backoff, bucket: TokenBucket) -> None:
        self._backoff = backoff
        self._bucket = bucket
        self._failures: dict[Hashable, int] = {}

    def failed(self, key: Hashable) -> float:
        """Note a failure, and return how many seconds to wait before the next try."""
        self._failures[key] = self.failures(key) + 1
        return max(self._backoff.delay(self._failures[key]), self._bucket.reserve())

    def failures(self, key: Hashable) -> int:
        """Return how often a key has failed in a row."""
        return self._failures.get(key, 0)

    def forget(self, key: Hashable) -> None:
        """Note a success."""
        self._failures.pop(key, None)
