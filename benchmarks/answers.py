"""`make bench-answers`: measures how many questions and follow-ups get the answer that was asked for. Writes docs/answers.md."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Sequence
from pathlib import Path

from runtime.paths import ROOT
from tests.support.answers import (
    CLINIC_FILE,
    SPANISH,
    Answered,
    ask,
    conversations,
    follow_ups_answered,
    questions,
    real_questions,
)
from tests.support.servers import running
from tests.support.validation_messages import percent

DOCUMENT = ROOT / "docs" / "answers.md"
SLOPPY = "sloppy"


def row(name: str, answered: Sequence[Answered], goals: tuple[str, str] = ("", "")) -> str:
    """Returns a line of the table: how many questions are answered, and how many got a detail that does not answer them."""
    right = percent([found.is_answered for found in answered])
    wrong = percent([found.is_wrong_detail for found in answered])
    return f"| {name} | {len(answered)} | {right:.1f} % | {goals[0]} | {wrong:.1f} % | {goals[1]} |"


def table() -> list[str]:
    """Asks everything of a server of its own, and returns the table."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder) / "conversations.db", CLINIC_FILE=str(CLINIC_FILE), RATE_LIMIT="off") as server,
    ):
        answered = [ask(server, question) for question in questions()]
        in_spanish = [ask(server, question) for question in questions(SPANISH)]
        real = [ask(server, question) for question in real_questions()]
        held = {name: [follow_ups_answered(server, turns) for turns in group] for name, group in conversations().items()}
    by_voice = {voice: [found for found in answered if found.question.voice == voice] for voice in _voices(answered)}
    turns = {name: [is_answered for results in group for is_answered in results] for name, group in held.items()}
    every_turn = [is_answered for results in turns.values() for is_answered in results]
    return [
        "| | how many | answered | goal | wrong detail | goal |",
        "| --- | --- | --- | --- | --- | --- |",
        row("questions by voices that wrote no training data", answered, ("85 %", "at most 5 %")),
        row("of these, sloppy ones", [found for found in answered if found.question.kind == SLOPPY]),
        *(row(f"of these, `{voice}`", found) for voice, found in by_voice.items()),
        row("questions in Spanish", in_spanish, ("80 %", "")),
        row("real messages", real, ("75 %", "")),
        f"| follow-up turns | {len(every_turn)} | {percent(every_turn):.1f} % | 85 % | | |",
        *(f"| of these, `{name}` | {len(results)} | {percent(results):.1f} % | | | |" for name, results in turns.items()),
    ]


def _voices(answered: Sequence[Answered]) -> list[str]:
    return list(dict.fromkeys(found.question.voice for found in answered))


def main() -> None:
    """Prints the table, and writes the document."""
    lines = [
        "# Answers",
        "",
        f"`make bench-answers` wrote this on {datetime.date.today()}.",
        "",
        "How many messages get the answer that they ask for: questions by people who wrote no training data, each by itself,",
        "and turns whose meaning depends on what was said before. A reply counts if it says what it must and nothing",
        "that it must not, by the regular expressions beside each message in `tests/answers/`. `voices.yml` there says who wrote",
        "them, and which of them we have looked at. A wrong detail is the text about one thing in the place of another.",
        "",
        *table(),
    ]
    text = "\n".join(lines) + "\n"
    DOCUMENT.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
