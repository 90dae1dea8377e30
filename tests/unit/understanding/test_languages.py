"""Which language a message is in."""

from __future__ import annotations

import time

import pytest

from components.understanding.languages import CHINESE_CHARACTERS, MAX_LENGTH, WORDS, LanguageDetector

DETECTOR = LanguageDetector()
ENGLISH = [
    "how much is it",
    "la fin is no good de facto",
    "I do not believe so",
    "trichoscopy report reads like a pokemon list",
    "lupus. deal breaker?",
    "my derm said lichen planopilaris, does minoxidil help",
    "worst case scenario if i do it",
    "do i qualify for it or not",
    "is it covered by Medicare",
    "I can't breathe and my throat is closing",
    "my mom says its a hoax lol",
    "cuánto does it cost for two sessions",
    "I took el taxi home after the treatment and my head hurts",
    "Dr. Müller in Zürich told me about exosomes, what do you think",
    "I cаn't breathe",  # with one Cyrillic letter
]
UNCLEAR = [
    "zxcv qwer",
    "",
    "34",
    "no",
    "ok",
    "PRP",
    "minoxidil 5 mg",
    "👍",
    "la de the is",
    "pros cons",
    "exosome upsides downsides",
]
FOREIGN = [
    ("¿cuánto cuesta el tratamiento?", "es"),
    ("me quiero morir", "es"),
    ("no puedo tragar", "es"),
    ("no puedo respirar y se me hincha la cara", "es"),
    ("mi hijo se trago la pastilla de minoxidil", "es"),
    ("my hair se me cae a puños y no sé qué hacer", "es"),
    ("quanto custa o tratamento", "pt"),
    ("não consigo respirar", "pt"),
    ("minha cabeça está inchada desde ontem", "pt"),
    ("combien coûte le traitement", "fr"),
    ("je n'arrive plus à respirer", "fr"),
    ("est ce que ca fait mal", "fr"),
    ("wie viel kostet die Behandlung", "de"),
    ("ich bekomme keine luft mehr", "de"),
    ("tut das weh", "de"),
    ("quanto costa il trattamento", "it"),
    ("non riesco a respirare", "it"),
    ("mi cadono i capelli da un mese", "it"),
    ("hoeveel kost de behandeling", "nl"),
    ("ik krijg geen lucht meer", "nl"),
    ("mijn haar valt uit, helpt dit", "nl"),
    ("ile kosztuje zabieg", "pl"),
    ("nie moge oddychac", "pl"),
    ("wypadają mi włosy od miesiąca", "pl"),
    ("tedavi ne kadar", "tr"),
    ("nefes alamıyorum yüzüm şişti", "tr"),
    ("saçlarım çok dökülüyor ne yapmalıyım", "tr"),
    ("сколько стоит", "ru"),
    ("не могу дышать", "ru"),
    ("كم السعر", "ar"),
    ("لا أستطيع التنفس", "ar"),
    ("多少钱", "zh-Hans"),
    ("我喘不过气来，脸肿了", "zh-Hans"),
    ("我不能呼吸了", "zh-Hans"),
    ("exosome 要多少钱", "zh-Hans"),
    ("多少錢", "zh-Hant"),
    ("我喘不過氣來，臉腫了", "zh-Hant"),
    ("唔該，會唔會痛㗎", "zh-Hant"),
    ("いくらですか", "ja"),
    ("注射の後、息が苦しいです", "ja"),
    ("얼마예요", "ko"),
    ("숨을 쉴 수가 없어요", "ko"),
    ("ราคาเท่าไหร่", "th"),
    ("หายใจไม่ออก หน้าบวม", "th"),
    ("giá bao nhiêu", "vi"),
    ("tôi không thở được", "vi"),
    ("toi bi rung toc nhieu qua", "vi"),
    ("toi kho tho qua, mat sung len roi", "vi"),
    ("magkano po ang session", "tl"),
    ("hindi ako makahinga", "tl"),
    ("nalalagas po ang buhok ko", "tl"),
    ("konbyen sa koute", "ht"),
    ("mwen pa ka respire", "ht"),
    ("cheve m ap tonbe anpil", "ht"),
    ("इसका कितना खर्च है", "hi"),
    ("सांस नहीं आ रही", "hi"),
    ("mujhe saans nahi aa rahi hai", "hi-Latn"),
    ("mere baal bahut gir rahe hain kya karu", "hi-Latn"),
    ("iska kitna kharcha hota hai bhai", "hi-Latn"),
]


@pytest.mark.parametrize("text", ENGLISH)
def test_english_is_never_taken_for_another_language(text: str) -> None:
    assert DETECTOR.language(text) in ("en", None)


@pytest.mark.parametrize(
    "text", ["how much is it", "what does it cost", "I can't breathe and my throat is closing", "is my hair coming back"]
)
def test_clear_english_is_known(text: str) -> None:
    """It ends a conversation in another language."""
    assert DETECTOR.language(text) == "en"


@pytest.mark.parametrize("text", UNCLEAR)
def test_too_little_to_tell(text: str) -> None:
    assert DETECTOR.language(text) is None


@pytest.mark.parametrize(("text", "language"), FOREIGN)
def test_other_languages(text: str, language: str) -> None:
    assert DETECTOR.language(text) == language


def test_only_the_start_of_a_long_message_is_read() -> None:
    english = "My hair has been falling out since the treatment and I want to know what it costs. " * 4
    assert len(english) > MAX_LENGTH
    assert DETECTOR.language(english + "ich bekomme keine Luft mehr " * 200) == "en"


def test_long_message_takes_no_longer_than_its_start() -> None:
    """Measured 0.07 ms for a message of the training data on one core; the limit is loose, for busy machines."""
    started = time.process_time()
    for _ in range(20):
        DETECTOR.language("no puedo respirar " * 280)
    assert (time.process_time() - started) / 20 < 0.02


def test_no_word_of_another_language_is_english() -> None:
    others = set().union(*(words for language, words in WORDS.items() if language != "en"))
    assert not WORDS["en"] & others


def test_no_character_stands_for_both_kinds_of_chinese() -> None:
    assert not CHINESE_CHARACTERS["zh-Hans"] & CHINESE_CHARACTERS["zh-Hant"]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hola", "es"),
        ("Hola!", "es"),
        ("gracias", "es"),
        ("hi", "en"),
        ("minoxidil", None),
        ("la", None),
        ("", None),
        ("brrr", None),
    ],
)
def test_a_first_word_is_guessed_if_only_one_language_has_it(text: str, language: str | None) -> None:
    assert DETECTOR.guess(text) == language


@pytest.mark.parametrize(
    "text", ["Bueno, dale", "creo que ando embarazada", "no sé decirte", "quedé igual", "apenas va empezando"]
)
def test_short_message_is_in_the_language_of_the_conversation(text: str) -> None:
    assert DETECTOR.language(text) != "es"
    assert DETECTOR.language(text, "es") in ("es", None)


def test_clear_message_changes_the_language_of_the_conversation() -> None:
    text = "não consigo encontrar o endereço da clínica, podem me ajudar"
    assert DETECTOR.language(text, "es") == "pt"
    assert DETECTOR.language("where is the clinic and how do I book", "es") == "en"


@pytest.mark.parametrize("text", ["hola buenas", "q son los exosomas", "y duele?", "soy candidata?"])
def test_first_message_is_guessed_by_the_words_that_we_know(text: str) -> None:
    assert DETECTOR.guess(text) == "es"


@pytest.mark.parametrize("text", ["los angeles clinic hours", "qwerty", "my son hola"])
def test_no_guess(text: str) -> None:
    assert DETECTOR.guess(text) in (None, "en")
