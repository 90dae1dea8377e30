"""Which language a message is in, of those for which `data/responses/danger_only/` has texts."""

from __future__ import annotations

import re

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from runtime.data_files import read_yaml
from runtime.paths import UNDERSTANDING_DATA

LANGUAGES = read_yaml(UNDERSTANDING_DATA / "languages.yml")
ENGLISH, SPANISH = "en", "es"
NOT_ENCODED = frozenset(LANGUAGES["not_encoded"])
JAPANESE, CHINESE, KOREAN = "ja", "zh", "ko"
KNOWN_BY_LIBRARY = (ENGLISH, SPANISH, "pt", "fr", "de", "it", "nl", "pl", "tr", "vi", "tl", "ht")  # those with Latin letters
KNOWN_BY_WORDS = "hi-Latn"

# Logarithms of how many times as likely one language is as another: the weight of a word in the table, the margin from which we
# trust the difference, and the weight of the language that was spoken before. Of 22,000 English messages, two are taken for
# another language then, and some gibberish.
WORD_WEIGHT, MIN_MARGIN, SPOKEN_WEIGHT = 6.0, 12.0, 24.0
LETTERS_PER_CHARACTER = dict.fromkeys((JAPANESE, CHINESE, KOREAN), 3)  # how many Latin letters say as much
MAX_LENGTH = 300  # characters that tell the language, so that a long message takes no longer

SCRIPTS = {language: re.compile(pattern.encode().decode("unicode_escape")) for language, pattern in LANGUAGES["scripts"].items()}
CHINESE_CHARACTERS = {language: set(characters) for language, characters in LANGUAGES["chinese"].items()}
NEUTRAL = set(LANGUAGES["neutral"])
WORDS = {language: set(words) for language, words in LANGUAGES["words"].items()}
LANGUAGES_BY_WORD = {word: [each for each, known in WORDS.items() if word in known] for word in set().union(*WORDS.values())}
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


def is_foreign(language: str | None) -> bool:
    """Whether a message in `language` is in another language than English. If we cannot tell, we read it as English."""
    return language not in (None, ENGLISH)


class LanguageDetector:
    """Tells languages apart by their script, by the library py3langid, and by everyday words. Reading its model takes 0.15 s."""

    def __init__(self) -> None:
        self._library = LanguageIdentifier.from_pickled_model(MODEL_FILE)
        self._library.set_languages(KNOWN_BY_LIBRARY)

    def language(self, text: str, spoken: str | None = None) -> str | None:
        """Returns the language code of `text` (`en` for English), or None if we cannot tell.

        `spoken` is the language of the conversation. A short message in it is not taken for a language that is like it.
        """
        text = text[:MAX_LENGTH]
        return _by_script(text) or self._by_words(WORD.findall(text.lower().replace("’", "'")), spoken)

    def guess(self, text: str) -> str | None:
        """Returns the only language that has all words of a short text that we know, if that is half of them: "hola buenas".

        It is for the first message of a conversation. Later, a borrowed word must not change the language.
        """
        words = [word for word in WORD.findall(text[:MAX_LENGTH].lower().replace("’", "'")) if word not in NEUTRAL]
        known = [set(LANGUAGES_BY_WORD[word]) for word in words if word in LANGUAGES_BY_WORD]
        if not known or 2 * len(known) < len(words):
            return None
        only, *others = set.intersection(*known) or {None}
        return None if others else only

    def _by_words(self, words: list[str], spoken: str | None) -> str | None:
        telling = [word for word in words if word not in NEUTRAL]
        scores = self._scores(telling)
        english = scores.pop(ENGLISH)
        foreign = max(scores, key=lambda language: scores[language] + SPOKEN_WEIGHT * (language == spoken))
        margin = scores[foreign] - english
        if abs(margin) < MIN_MARGIN:
            return None
        return foreign if margin > 0 else ENGLISH

    def _scores(self, words: list[str]) -> dict[str, float]:
        library = self._library
        counts = library.instance2fv(" ".join(words))
        # A message has about 100 of the 7,480 features. The library's own product goes over all of them and takes twice as long.
        (seen,) = counts.nonzero()
        scores = dict(zip(library.nb_classes, map(float, counts[seen] @ library.nb_ptc[seen] + library.nb_pc), strict=True))
        scores[KNOWN_BY_WORDS] = max(scores.values()) - MIN_MARGIN
        for word in words:
            for language in LANGUAGES_BY_WORD.get(word, ()):
                scores[language] += WORD_WEIGHT
        return scores


def _by_script(text: str) -> str | None:
    """Returns the language whose script has most of the text. One foreign letter in an English word tells nothing."""
    counts = {language: len(script.findall(text)) for language, script in SCRIPTS.items()}
    if counts[JAPANESE] * 10 >= counts[CHINESE]:  # Japanese mixes both, Chinese has at most a stray kana
        counts[JAPANESE] += counts.pop(CHINESE)
    language = max(counts, key=lambda language: counts[language])
    others = len(LETTER.findall(text)) - counts[language]
    if not counts[language] or counts[language] * LETTERS_PER_CHARACTER.get(language, 1) < others:
        return None
    return _kind_of_chinese(text) if language == CHINESE else language


def _kind_of_chinese(text: str) -> str:
    """Returns traditional or simplified Chinese, whichever has more characters that only it uses."""
    kind: str = max(CHINESE_CHARACTERS, key=lambda language: sum(map(text.count, CHINESE_CHARACTERS[language])))
    return kind
