"""Which counts of a table can be shown. A count below five could point at somebody, so nobody may read it, or work it out.

The total of a table is known: it is on the page, or in another table. If only one small count were withheld, anybody could work
it out from the total and the others. So then we also withhold the next larger ones, as statistical offices do.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

MIN_SHOWN = 5
SMALL, WITHHELD = "<5", "5+"
Key = TypeVar("Key", bound=Hashable)


def shown_count(number: int) -> str:
    """Returns a count that is no part of a table."""
    return SMALL if 0 < number < MIN_SHOWN else f"{number:,}"


def shown_counts(cells: Mapping[Key, int]) -> dict[Key, str] | None:
    """Returns what to show for each count of a table; None if no way of showing it hides the small ones."""
    known = {key: number for key, number in cells.items() if number}
    if 0 < sum(known.values()) < MIN_SHOWN:
        return None
    small = [number for number in known.values() if number < MIN_SHOWN]
    large = sorted((key for key in known if known[key] >= MIN_SHOWN), key=lambda key: known[key])
    withheld: list[Key] = []
    while small and not _is_hidden(small, [known[key] for key in withheld]):
        if not large:
            return None
        # Counts of the same size go together: what stays visible would show how large they are.
        withheld += [key for key in large if known[key] == known[large[0]]]
        large = [key for key in large if key not in withheld]
    return {key: WITHHELD if key in withheld else shown_count(number) for key, number in cells.items()}


def _is_hidden(small: list[int], withheld: list[int]) -> bool:
    """Whether each of the small counts can have at least two values, for somebody who knows the sum of all these counts."""
    hidden, number = sum(small) + sum(withheld), len(small)
    if withheld:
        return hidden - MIN_SHOWN * len(withheld) > number
    return number > 1 and number < hidden < (MIN_SHOWN - 1) * number
