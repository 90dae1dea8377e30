"""How fast one caller may go, and how a repeated request is recognised."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import Awaitable, Callable, Tuple, TypeVar

Result = TypeVar("Result")
MOST_REMEMBERED = 10_000  # callers or requests; the oldest are forgotten first
LARGEST_REQUEST = 1024 * 1024  # bytes, on any channel; a platform may send hundreds of messages in one request


class TokenBuckets:
    """A token bucket for each caller: `burst` at once, then one every `interval` seconds."""

    def __init__(self, burst: int, interval: float) -> None:
        """Takes the size of a bucket and the seconds in which one token comes back."""
        self._burst, self._interval = burst, interval
        self._buckets: OrderedDict[str, Tuple[float, float]] = OrderedDict()

    def wait(self, caller: str) -> float:
        """Takes a token for `caller`; returns 0, or the seconds to wait when there is none."""
        now = time.monotonic()
        tokens, since = self._buckets.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - since) / self._interval)
        allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) * self._interval


class Once:
    """Runs a piece of work once for each key; a repetition gets the first result, even while it is still running."""

    def __init__(self, remembered: float) -> None:
        """Takes the seconds for which a result is remembered."""
        self._remembered = remembered
        self._results: OrderedDict[Tuple[str, str], Tuple[float, asyncio.Future]] = OrderedDict()

    async def run(self, key: Tuple[str, str], work: Callable[[], Awaitable[Result]]) -> Result:
        """Returns the result of `work`, or of the work that ran under `key` before."""
        now = time.monotonic()
        while self._results and now - next(iter(self._results.values()))[0] > self._remembered:
            self._results.popitem(last=False)
        _, task = self._results.get(key, (0.0, None))
        if task is None or (task.done() and task.exception()):
            task = asyncio.ensure_future(work())
            self._results[key] = (now, task)
            self._results.move_to_end(key)
            if len(self._results) > MOST_REMEMBERED:
                self._results.popitem(last=False)
        # A caller who hangs up must not cancel the turn for the one who asks again.
        return await asyncio.shield(task)

    def forget(self, caller: str) -> None:
        """Drops the results of the keys that begin with `caller`."""
        for key in [key for key in self._results if key[0] == caller]:
            del self._results[key]
