"""Rate limits for callers."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from runtime.clinic_errors import ClinicError
from runtime.environment import setting

# Per session: a burst of messages, then one message per interval in seconds. The same again for all other requests.
MESSAGE_BURST, MESSAGE_INTERVAL = 10, 1.0
# Per address, for all its sessions together. A whole waiting room may share one address.
ADDRESS_BURST, ADDRESS_INTERVAL = 200, 0.1
# A long message takes longer to process. So beyond its first FREE_CHARACTERS, it costs one extra request for every so many more.
# That keeps one address at a few percent of a process. Even the longest message costs no more than half of a full bucket.
FREE_CHARACTERS, CHARACTERS_PER_REQUEST = 200, 50
MAX_MESSAGE_COST = ADDRESS_BURST / 2
# Likewise a history, for every so many bytes.
HISTORY_PER_REQUEST = 25_000
# What we store for one address: a burst of 100 MB, which comes back over a day. Beyond that, we answer without storing.
STORED_BURST = 100_000_000  # bytes
STORED_INTERVAL = 24 * 60 * 60 / STORED_BURST
STORED_PER_TURN = 4_000  # bytes of a turn besides twice the message: the replies
# New sessions per address.
SESSION_BURST, SESSION_INTERVAL = 30, 20.0
# If there are several clinics, per clinic: half of what a process can answer, so that a rush at one leaves room for the others.
CLINIC_BURST, CLINIC_INTERVAL = 200, 0.04
# Requests to be called back: per session, per address, and per clinic, so that nobody can fill a clinic's mailbox.
CALLBACK_LIMITS = {"session": (3, 20 * 60.0), "address": (10, 2 * 60.0), "clinic": (60, 60.0)}
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
MAX_CALLERS = 10_000  # callers; we forget the oldest first


def rates_are_limited(host: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether RATE_LIMIT leaves the limits on.

    Args:
        host: the address that the server listens on.
        environment: where RATE_LIMIT may be set.

    Raises:
        ClinicError: RATE_LIMIT is off, but the server listens beyond loopback.
    """
    if setting("RATE_LIMIT", environment) != "off":
        return True
    if host not in LOOPBACK:
        raise ClinicError(f"RATE_LIMIT=off is only for local benchmarks. It is not allowed on {host}, which is not loopback.")
    return False


def message_cost(length: int) -> float:
    """Returns what a message costs beyond its request, by the number of characters that we read."""
    return min(max(0, length - FREE_CHARACTERS) / CHARACTERS_PER_REQUEST, MAX_MESSAGE_COST)


class TokenBuckets:
    """A token bucket for each caller: `burst` at once, then one every `interval` seconds."""

    def __init__(self, burst: int, interval: float, clock: Callable[[], float] = time.monotonic) -> None:
        """Sets up full buckets.

        Args:
            burst: the size of a bucket, in tokens.
            interval: the seconds until one token comes back.
            clock: returns the current time in seconds.
        """
        self._burst, self._interval, self._clock = burst, interval, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, caller: str, cost: float = 1) -> float:
        """Takes `cost` tokens from the bucket of `caller`. Returns 0, or the seconds to wait if there are too few."""
        tokens = self._take_out(caller)
        allowed = tokens >= cost
        self._put_back(caller, tokens - cost if allowed else tokens)
        return 0.0 if allowed else (cost - tokens) * self._interval

    def charge(self, caller: str, cost: float) -> None:
        """Takes `cost` tokens for what is already done, even if there are fewer."""
        self._put_back(caller, self._take_out(caller) - cost)

    def _take_out(self, caller: str) -> float:
        now = self._clock()
        tokens, since = self._buckets.pop(caller, (float(self._burst), now))
        return min(self._burst, tokens + (now - since) / self._interval)

    def _put_back(self, caller: str, tokens: float) -> None:
        self._buckets[caller] = (tokens, self._clock())
        if len(self._buckets) > MAX_CALLERS:
            self._buckets.popitem(last=False)
