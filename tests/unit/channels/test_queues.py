"""A conversation's messages wait in order, and no failure silences it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from channels.platforms.queues import ConversationQueues, Work


def add(queues: ConversationQueues, conversation: str, work: Work, when_full: Work) -> None:
    """Queues `work` as the channels do."""
    if queues.has_room(conversation):
        queues.add(conversation, work)
    else:
        queues.add_once_while_full(conversation, when_full)


class Diary:
    """Work that writes down when it was done."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def entry(self, line: str) -> Callable[[], Awaitable[None]]:
        async def write() -> None:
            await asyncio.sleep(0)
            self.lines.append(line)

        return write


def test_a_conversation_goes_in_order_and_two_side_by_side() -> None:
    diary = Diary()

    async def run() -> None:
        queues = ConversationQueues(3)
        for line in ("first", "second", "third"):
            for conversation in ("a", "b"):
                queues.add(conversation, diary.entry(f"{conversation} {line}"))
        assert len(queues) == 2
        await queues.finish(1)
        assert not queues

    asyncio.run(run())
    assert diary.lines == ["a first", "b first", "a second", "b second", "a third", "b third"]


def test_a_visitor_who_keeps_writing_is_told_once_that_it_was_too_much() -> None:
    diary = Diary()

    async def run() -> None:
        queues = ConversationQueues(3)
        for number in range(6):
            add(queues, "a", diary.entry(str(number)), diary.entry("full"))
        await queues.finish(1)
        add(queues, "a", diary.entry("next"), diary.entry("full"))
        await queues.finish(1)

    asyncio.run(run())
    assert diary.lines == ["0", "1", "2", "full", "next"]


def test_once_the_queue_was_empty_the_visitor_may_be_told_again() -> None:
    diary = Diary()

    async def run() -> None:
        queues = ConversationQueues(1)
        for _ in range(2):
            for _ in range(4):
                add(queues, "a", diary.entry("answer"), diary.entry("full"))
            await queues.finish(1)

    asyncio.run(run())
    assert diary.lines == ["answer", "full", "answer", "full"]


def test_neither_an_error_nor_a_cancellation_silences_a_conversation() -> None:
    diary = Diary()

    async def fail() -> None:
        raise ValueError

    async def cancel() -> None:
        raise asyncio.CancelledError

    async def run() -> None:
        queues = ConversationQueues(3)
        queues.add("a", fail)
        queues.add("a", diary.entry("after an error"))
        await queues.finish(1)
        queues.add("a", cancel)
        await queues.finish(1)
        queues.add("a", diary.entry("after a cancellation"))
        await queues.finish(1)
        assert not queues

    asyncio.run(run())
    assert diary.lines == ["after an error", "after a cancellation"]


def test_a_stop_waits_no_longer_than_it_is_told() -> None:
    async def run() -> int:
        queues = ConversationQueues(3)
        queues.add("a", asyncio.Event().wait)  # type: ignore[arg-type]  # never ends
        await queues.finish(0.01)
        await queues.finish(-1)
        return len(queues)

    assert asyncio.run(run()) == 1
