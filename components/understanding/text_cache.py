"""Remembers the last few results of a function of a text: several rules ask the same about one message."""

from __future__ import annotations

from functools import lru_cache

# The message and the two before it. Of many parts, the first ones are worked out again. More would keep what visitors wrote, and
# make benchmarks that repeat their messages look better than any real conversation.
MAX_TEXTS = 4

remembered = lru_cache(maxsize=MAX_TEXTS)
