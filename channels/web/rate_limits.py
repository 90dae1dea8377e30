"""How fast one caller may go."""

from __future__ import annotations

import time
from collections import OrderedDict

MAX_CALLERS = 10_000  # callers; the oldest are forgotten first


class TokenBuckets:
    """A token bucket for each caller: `burst` at once, then one every `interval` seconds."""

    def __init__(self, burst: int, interval: float) -> None:
        """Takes the size of a bucket and the seconds in which one token comes back."""
        self._burst, self._interval = burst, interval
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, cost: float = 1) -> float:
        """Takes `cost` tokens for `caller`; returns 0, or the seconds to wait when there are not so many."""
        now = time.monotonic()
        tokens, since = self._buckets.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) / self._interval)
        allowed = tokens >= cost
        self._buckets[caller] = (tokens - cost if allowed else tokens, now)
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (cost - tokens) * self._interval
