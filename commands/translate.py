"""`python -m commands.translate es`: prints the entries that a language lacks, for its translator to fill in.

With a topic after the language, it only prints those of that topic. Each entry has the English words as comments above it. Copy
the entries to the file that is named above them, under `texts:`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import groupby

from commands.consistency.project import PROJECT, Entry, Project
from commands.consistency.translations import missing


def skeleton(project: Project, code: str, topic: str = "") -> Iterator[str]:
    """Yields the lines of the entries that a language lacks, file by file."""
    for path, entries in groupby(missing(project, code), key=lambda entry: entry[2]):
        if path.endswith(f"/{topic}.yml") or not topic:
            yield f"# {path}"
            yield "texts:"
            for name, texts in groupby(entries, key=lambda entry: entry[0]):
                yield f"  {name}:"
                for _, mark, _, variant in texts:
                    yield from _entry(mark, variant)


def _entry(mark: str, variant: Entry) -> Iterator[str]:
    for line in variant["text"].strip().split("\n"):
        yield f"  # {line}"
    yield f"  - of: '{mark}'"
    yield "    text: |-"
    yield "      "
    for field in ("title", "unknown"):
        if field in variant.get("metadata", {}):
            yield f"    {field}: ''  # {variant['metadata'][field]}"
    titles = [button["title"] for button in variant.get("buttons", ())]
    if titles:
        yield f"    buttons: {[''] * len(titles)}  # {titles}"


def main() -> int:
    code, topic = [*sys.argv[1:], "", ""][:2]
    if not code:
        print("Which language? For example: python -m commands.translate es")
        return 2
    print("\n".join(skeleton(PROJECT, code, topic)) or f"Nothing is missing in {code}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
