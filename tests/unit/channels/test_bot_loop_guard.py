"""A program at the other end is noticed, and a person is not taken for one."""

from __future__ import annotations

from channels.platforms.bot_loop_guard import MAX_CONVERSATIONS, READING_TIME, BotLoopGuard


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_program_that_answers_our_answers_at_once_is_counted() -> None:
    guard = BotLoopGuard(Clock())
    counts = []
    for number in range(50):
        counts.append(guard.count("a", f"Thanks! Your ticket is {number}."))
        guard.answered("a")
    assert counts == list(range(1, 51))


def test_a_program_that_takes_its_time_repeats_itself() -> None:
    clock = Clock()
    guard = BotLoopGuard(clock)
    for number in range(1, 51):
        assert guard.count("a", "I'm out of the office.") == number
        guard.answered("a")
        clock.now += 60


def test_a_person_reads_and_starts_anew_each_time() -> None:
    clock = Clock()
    guard = BotLoopGuard(clock)
    for number in range(50):
        assert guard.count("a", f"question {number}") == 1
        guard.answered("a")
        clock.now += READING_TIME


def test_several_messages_before_an_answer_are_a_person_in_a_hurry() -> None:
    guard = BotLoopGuard(Clock())
    assert [guard.count("a", text) for text in ("hi", "does it hurt", "and the cost?")] == [1, 1, 1]


def test_conversations_are_apart_and_the_oldest_is_forgotten() -> None:
    guard = BotLoopGuard(Clock())
    for number in range(MAX_CONVERSATIONS + 1):
        assert guard.count(str(number), "hello") == 1
    assert guard.count("0", "hello") == 1
    assert guard.count(str(MAX_CONVERSATIONS), "hello") == 2
