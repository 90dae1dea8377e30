"""What several rules ask about one text is worked out once, and soon forgotten."""

from __future__ import annotations

from components.understanding.text_cache import MAX_TEXTS, remembered


def test_a_text_is_read_once_until_enough_others_came() -> None:
    read: list[str] = []

    @remembered
    def length(text: str) -> int:
        read.append(text)
        return len(text)

    assert [length("why"), length("why")] == [3, 3]
    assert read == ["why"]
    for number in range(MAX_TEXTS):
        length(str(number))
    length("why")
    assert read.count("why") == 2
