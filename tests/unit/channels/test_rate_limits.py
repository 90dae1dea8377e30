"""A bucket empties, fills again with time, and one caller never pays for another."""

from __future__ import annotations

import pytest

from channels.web import rate_limits
from channels.web.rate_limits import TokenBuckets, message_cost, rates_are_limited
from components.understanding.normalise import read_length
from runtime.clinic_errors import ClinicError


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_burst_passes_and_the_next_one_waits_for_a_token(clock: Clock) -> None:
    buckets = TokenBuckets(3, 2.0, clock)
    assert [buckets.wait("a") for _ in range(4)] == [0, 0, 0, 2.0]
    clock.now += 1.5
    assert buckets.wait("a") == 0.5
    clock.now += 0.5
    assert buckets.wait("a") == 0
    assert buckets.wait("a") == 2.0


def test_a_bucket_never_holds_more_than_its_burst(clock: Clock) -> None:
    buckets = TokenBuckets(2, 1.0, clock)
    buckets.wait("a")
    clock.now += 3600
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 1.0]


def test_a_refused_request_costs_nothing(clock: Clock) -> None:
    buckets = TokenBuckets(5, 1.0, clock)
    assert buckets.wait("a", 4) == 0
    assert buckets.wait("a", 4) == 3.0
    assert buckets.wait("a", 1) == 0


def test_what_is_already_done_is_paid_for_later(clock: Clock) -> None:
    buckets = TokenBuckets(2, 1.0, clock)
    buckets.charge("a", 5)
    assert buckets.wait("a") == 4.0
    clock.now += 4
    assert buckets.wait("a") == 0


@pytest.mark.parametrize(
    ("text", "cost"),
    [("", 0), ("does it hurt?", 0), ("x" * 300, 2), ("x" * 5000, 96), ("\ufdfa" * 5000, 100), ("\ufdfa" * 100, 32)],
)
def test_a_message_costs_what_reading_it_takes(text: str, cost: float) -> None:
    assert message_cost(read_length(text)) == pytest.approx(cost)


def test_each_caller_has_a_bucket_and_the_oldest_is_forgotten_first(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MAX_CALLERS", 2)
    buckets = TokenBuckets(1, 10.0, clock)
    assert [buckets.wait(caller) for caller in ("a", "b", "a")] == [0, 0, 10.0]
    buckets.wait("c")  # b was the one that was quiet for longest
    assert buckets.wait("a") == 10.0
    assert buckets.wait("b") == 0


@pytest.mark.parametrize(
    ("rate_limit", "host", "limited"),
    [
        ("on", "0.0.0.0", True),
        ("", "127.0.0.1", True),
        ("off", "127.0.0.1", False),
        ("off", "::1", False),
        ("OFF", "127.0.0.1", True),
    ],
)
def test_the_limits_are_on_unless_they_are_off_on_loopback(rate_limit: str, host: str, limited: bool) -> None:
    assert rates_are_limited(host, {"RATE_LIMIT": rate_limit}) is limited


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "", "127.0.0.1.example"])
def test_beyond_loopback_the_limits_stay_on(host: str) -> None:
    with pytest.raises(ClinicError, match="loopback"):
        rates_are_limited(host, {"RATE_LIMIT": "off"})
