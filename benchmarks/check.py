"""`make bench-check`: measures how well the check reads what people tell it. Writes docs/candidacy_reading.md.

`--show` prints what was misread, too.
"""

from __future__ import annotations

import argparse
import datetime
import logging
import os
import statistics
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import structlog

from actions.questionnaire import QUESTIONS
from runtime.paths import ROOT
from tests.support.assistant import load
from tests.support.candidacy import SLOPPY, SPANISH, ReadAnswer, ReadFrame, answers, frames, patients
from tests.support.patients import Checks, Played, play
from tests.support.servers import running_actions
from tests.support.validation_messages import percent

DOCUMENT = ROOT / "docs" / "candidacy_reading.md"
NOTES = ROOT / "benchmarks" / "check_notes.md"
MANY = 90  # percentile


def row(name: str, found: Sequence[ReadAnswer | ReadFrame | Played], goal: str = "") -> str:
    """Returns a line of a table: how many are right, and how many unsafe."""
    right, unsafe = [each.is_right for each in found], [each.is_unsafe for each in found]
    return f"| {name} | {len(found)} | {sum(right)} | {percent(right):.1f} % | {goal} | {sum(unsafe)} | {percent(unsafe):.1f} % |"


HEAD = ["| | how many | right | | goal | unsafe | |", "| --- | --- | --- | --- | --- | --- | --- |"]


def answer_rows(read: Sequence[ReadAnswer], goal: str) -> list[str]:
    """Returns the table of the answers to single questions."""
    voices = _unique(each.answer.voice for each in read)
    return [
        *HEAD,
        row("answers", read, goal),
        *(row(f"to `{slot}`", [each for each in read if each.answer.slot == slot]) for slot in QUESTIONS),
        row("sloppy ones", [each for each in read if each.answer.kind == SLOPPY]),
        row("about somebody else", [each for each in read if each.answer.patient != "self"]),
        *(row(f"by `{voice}`", [each for each in read if each.answer.voice == voice]) for voice in voices),
    ]


def frame_rows(read: Sequence[ReadFrame]) -> list[str]:
    """Returns the table of the sentences about one thing each."""
    by_status = _unique(each.frame.status for each in read)
    return [
        *HEAD,
        row("sentences", read, "95 %"),
        *(row(f"`{status}`", [each for each in read if each.frame.status == status]) for status in by_status),
    ]


def patient_rows(played: Sequence[Played]) -> list[str]:
    """Returns the table of the whole conversations."""
    turns = [each.turns for each in played]
    many = statistics.quantiles(turns, n=100)[MANY - 1]
    again = [len(each.asked_again) for each in played if each.asked_again]
    voices = _unique(each.patient.voice for each in played)
    return [
        *HEAD,
        row("conversations, by their outcome", played, "95 %"),
        *(row(f"by `{voice}`", [each for each in played if each.patient.voice == voice]) for voice in voices),
        "",
        f"Asked though it had been said: {sum(again)} times, in {len(again)} conversations (goal: never).",
        f"Turns: {statistics.median(turns):g} in the median (goal: at most 9), {many:.0f} in the {MANY}th percentile.",
    ]


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def misread(read: Sequence[ReadAnswer], heard: Sequence[ReadFrame], played: Sequence[Played]) -> list[str]:
    """Returns a line for everything that was not right. Whoever reads them can no longer measure with these voices."""
    wrong = [each for each in (*read, *heard, *played) if not each.is_right or isinstance(each, Played) and each.asked_again]
    return [f"{'UNSAFE ' if each.is_unsafe else ''}{each}" for each in wrong]


def main() -> None:
    """Prints the tables, and writes the document."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--show", action="store_true", help="prints what was misread, too")
    shows = options.parse_args().show
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as `rasa run` does
    with tempfile.TemporaryDirectory() as folder, running_actions() as port:
        assistant = load(Path(folder), port)
        checks = Checks(assistant)
        read = [checks.read(answer) for answer in answers()]
        heard = [checks.read_frame(frame) for frame in frames()]
        played = [play(assistant, patient) for patient in patients()]
        spanish = [checks.read(answer) for answer in answers(SPANISH)]
        played_spanish = [play(assistant, patient) for patient in patients(SPANISH)]
    lines = [
        "# How the check reads what people tell it",
        "",
        f"`make bench-check` wrote this on {datetime.date.today()}, with the machine's load at {os.getloadavg()[0]:.1f}; the",
        f"notes at the end are from `{NOTES.relative_to(ROOT)}`.",
        "",
        "What people who wrote no data of the check typed to it. The messages are in `tests/check/`; `voices.yml` there says",
        "who wrote them, and `tests/support/candidacy.py` how we judge. Unsafe is a minor read as an adult, a flag read as none,",
        "or a flag that ends the check missed; of a conversation, an outcome less cautious than that for the truth.",
        "",
        "## Answers to one question",
        "",
        "Right if everything that the message says about the patient was noted, and nothing else.",
        "",
        *answer_rows(read, "95 %"),
        "",
        "## Sentences that name one thing",
        "",
        "Right if it was noted for the right person, or for nobody if it doesn't hold.",
        "",
        *frame_rows(heard),
        "",
        "## Whole conversations",
        "",
        *patient_rows(played),
        "",
        "## In Spanish",
        "",
        "By other people, who wrote in Spanish.",
        "",
        *answer_rows(spanish, "92 %"),
        "",
        *patient_rows(played_spanish),
        "",
        NOTES.read_text(encoding="utf-8").rstrip(),
    ]
    text = "\n".join(lines) + "\n"
    DOCUMENT.write_text(text, encoding="utf-8")
    print(text)
    if shows:
        print("\n".join(misread([*read, *spanish], heard, [*played, *played_spanish])))


if __name__ == "__main__":
    main()
