"""Normalises different ways to type the same text: curly apostrophes, capitals, invisible characters, runs of spaces.

Each component was measured with its own form of the text, so there is one function for each. The differences between them are
intended: a component that gets a form it was not measured with may understand less.
"""

from __future__ import annotations

import re
import unicodedata

from components.understanding.text_cache import remembered

CURLY_APOSTROPHES = str.maketrans("’‘", "''")
# With re.IGNORECASE these match i, s and k, but our word tables do not contain them.
LETTER_LOOKALIKES = str.maketrans("İıſK", "iisk")

# The rest is for danger: whatever can hide a word from a pattern.
MAX_LENGTH = 20_000  # after normalising, which can make eighteen characters of one
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
APOSTROPHES = "'’‘`´"  # many people leave them out, so we always do: "cant"
DROPPED = dict.fromkeys(map(ord, INVISIBLE + APOSTROPHES))
ACCENTS = re.compile("[\u0300-\u036f]+")  # not the vowel signs of Hindi
# Latin letters whose accent does not come off, and small capitals.
PLAIN_LETTERS = str.maketrans("đıłøɑɡᴀʙᴄᴅᴇғɢʜɪᴊᴋʟᴍɴᴏᴘʀᴛᴜᴠᴡʏᴢ", "diloagabcdefghijklmnoprtuvwyz")
# Cyrillic and Greek letters that look like Latin ones.
FOREIGN_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјкмнорстухԁһԛԝпги" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχω",
    "ABESIJKMHOPCTYXaesijkmhopctyxdhqwnru" + "ABEZHIKMNOPTYXaeikvoptuxw",
)
WORD = re.compile(r"[^\W\d_]+")
FOREIGN_LETTER = re.compile(r"[\u0370-\u052f]")  # Greek or Cyrillic
LATIN_LETTER = re.compile(r"[A-Za-z]")
BLANKS = re.compile(r"[^\S\n]+")
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # "breatheee", but not the digits of 999
MARKDOWN = re.compile(r"(?<![^\W_])[*_~|>#]+|[*_~|]+(?![^\W_])")  # not inside a word: "k*ll"
# "c a n t   b r e a t h e", "s-u-i-c-i-d-e": single letters with the same character between them.
SPELLED_OUT = re.compile(r"(?<![^\W_])[^\W\d_](?:([ .,*_-])[^\W\d_])(?:\1[^\W\d_]){2,}(?![^\W_])")
DISGUISED = re.compile(r"(?<!\S)(?=[^\s\d]*[\d@$!])[a-z$@][a-z\d@$!]*[a-z\d](?![^\s.,!?;:])")  # "c4nt", "br34the", but not "5mg"
DISGUISES = str.maketrans("013457@$!", "oieastasi")


def for_classifier(text: str) -> str:
    return text.lower().replace("’", "'")


def for_lexicon(text: str) -> str:
    """Returns `text` with straight apostrophes, since a curly one would hide "don't". Offsets do not change."""
    return text.translate(CURLY_APOSTROPHES)


def for_ages(text: str) -> str:
    """Returns `text` in plain letters. Offsets do not change."""
    return text.translate(LETTER_LOOKALIKES)


@remembered
def for_danger(text: str) -> str:
    """Returns `text` in plain Latin letters and lower case, without accents and apostrophes, with single spaces.

    Other scripts stay as they are, except for single letters that look Latin.
    """
    text = _without_accents(text.translate(DROPPED)).translate(DROPPED)
    text = _without_lookalikes(text).lower().translate(PLAIN_LETTERS)
    text = SPELLED_OUT.sub(lambda letters: letters[0].replace(letters[1], ""), MARKDOWN.sub("", text))
    text = DISGUISED.sub(lambda word: word[0].translate(DISGUISES), text)
    return STRETCHED.sub(r"\1", BLANKS.sub(" ", text))


def read_length(text: str) -> int:
    """Returns about how many characters of `text` the signs of danger read, which is what understanding it takes."""
    return min(len(unicodedata.normalize("NFKC", text)), MAX_LENGTH)


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)[:MAX_LENGTH]
    return unicodedata.normalize("NFKC", ACCENTS.sub("", decomposed))


def _without_lookalikes(text: str) -> str:
    """Replaces the foreign letters of each word that pretends to be a Latin one."""
    foreign = FOREIGN_LETTER.findall(text)
    if not foreign:
        return text
    is_latin = len(LATIN_LETTER.findall(text)) >= len(foreign)

    def plain(word: re.Match[str]) -> str:
        letters: str = word[0].translate(FOREIGN_LOOKALIKES)
        looks_latin = is_latin and not FOREIGN_LETTER.search(letters)
        return letters if looks_latin or LATIN_LETTER.search(word[0]) else word[0]

    return WORD.sub(plain, text)
