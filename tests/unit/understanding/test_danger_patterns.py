"""The patterns of danger: what they must find alone, and what they must leave alone."""

from __future__ import annotations

import random
import string
import time
from collections.abc import Sequence
from dataclasses import replace

import pytest

from components.understanding import danger_signs
from components.understanding.danger_patterns import Danger, DangerPatterns

PATTERNS = DangerPatterns()
MAX_SECONDS = 0.5  # of processor time for 5,000 characters, which take 0.03


@pytest.mark.parametrize(
    ("text", "intent", "kind"),
    [
        ("I can't breathe", "report_emergency", "breathing"),
        ("i CANT BREATHEEEE", "report_emergency", "breathing"),
        ("my thrοat is closing up my throat is closing", "report_emergency", "breathing"),
        ("is it normal that my throat feels tight after the injection", "report_emergency", "breathing"),
        ("my lips are sweling fast", "report_emergency", "breathing"),
        ("can\u200b't breathe", "report_emergency", "breathing"),
        ("I lost the vision in my left eye", "report_emergency", "sight_or_stroke"),
        ("one side of his face is drooping", "report_emergency", "sight_or_stroke"),
        ("the skin on my forehead turned white and it hurts badly after the filler", "report_emergency", "skin_losing_colour"),
        ("fever of 39.5 and he is confused", "report_emergency", "sepsis"),
        ("chest pain since the numbing cream", "report_emergency", "heart_or_seizure"),
        ("she is having a seizure", "report_emergency", "heart_or_seizure"),
        ("my toddler drank my minoxidil", "report_emergency", "swallowed_product"),
        ("no puedo respirar", "report_emergency", "breathing"),
        ("se me hinchan los labios y la cara", "report_emergency", "breathing"),
        ("i want to kill myself", "express_self_harm", "self"),
        ("I don't want to be here anymore", "express_self_harm", "self"),
        ("me quiero morir", "express_self_harm", "self"),
        ("i want to hang myself on the bedroom door", "express_self_harm", "self"),
        ("the price is killing me. i took a load of tablets", "express_self_harm", "self"),
        ("call 999 please", "report_emergency", "other"),
        ("my son says he wants to die", "express_self_harm", "someone_else"),
        ("since I started finasteride I feel depressed", "report_reaction", "low_mood"),
        ("since I started finasteride I have dark thoughts", "report_reaction", "finasteride_mood"),
        ("no erections on propecia and i have dark thoughts", "report_reaction", "finasteride_mood"),
        ("my husband hits me", "report_abuse", "self"),
        ("my dad beats my mum", "report_abuse", "someone_else"),
        ("there is pus coming out since the injections", "report_reaction", "infection_signs"),
        ("hard lumps where I had the exosome treatment, after my session three lumps", "report_reaction", "lumps"),
    ],
)
def test_danger_is_found(text: str, intent: str, kind: str) -> None:
    assert PATTERNS.find(text) == Danger(intent, kind)


@pytest.mark.parametrize(
    "text",
    [
        "my hair is dying lol",
        "this price is killing me",
        "my hairline committed suicide at 21",
        "I'm dying to know if it works",
        "I'd kill for thick hair",
        "nearly had a heart attack when I saw the bill",
        "were the studies double blind?",
        "can it cause trouble breathing?",
        "what if my face swells up",
        "is there a risk of going blind",
        "does finasteride cause suicidal thoughts?",
        "No trouble breathing, just a bit of redness",
        "I take my finasteride pill every night and swallow it with water",
        "let your scalp breathe",
        "I'm breathing fine, just bald",
        "my hair is turning white",
        "stop",
        "is this a good fit for me",
        "",
        "🙂",
    ],
)
def test_what_only_sounds_like_danger_is_left_alone(text: str) -> None:
    assert PATTERNS.find(text) is None


def test_danger_at_the_end_of_a_long_message_is_found() -> None:
    long = "I have been reading about exosomes and the cost and the sessions. " * 70
    assert len(long) < 5000
    assert PATTERNS.find(f"{long} and now i can't breathe") == Danger("report_emergency", "breathing")
    assert PATTERNS.find(long) is None


def test_only_a_crisis_counts_inside_a_question() -> None:
    assert PATTERNS.find("what if i want to kill myself") == Danger("express_self_harm", "self")
    assert PATTERNS.find("what if i can't breathe") is None
    assert PATTERNS.find("what if it hurts? i can't breathe") == Danger("report_emergency", "breathing")


@pytest.mark.parametrize(
    ("text", "harmless"),
    [("this price is killing me", True), ("no trouble breathing", True), ("i can't breathe", False), ("", False)],
)
def test_harmless_is_what_only_sounds_like_danger_or_denies_it(text: str, harmless: bool) -> None:
    assert PATTERNS.is_harmless(text) == harmless


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can minoxidil cause chest pain", True),
        ("what if i faint? is it common?", True),
        ("i had a stroke in 2015", True),
        ("i had a stroke in 2015, is that a risk", True),
        ("what if i faint? i feel odd", False),
        ("my throat is closing, is that a side effect", False),
        ("i feel odd", False),
    ],
)
def test_only_asks_or_recalls(text: str, expected: bool) -> None:
    assert PATTERNS.only_asks_or_recalls(text) == expected


def test_the_kind_chooses_words_for_what_the_classifier_found() -> None:
    assert PATTERNS.kind("express_self_harm", "my son is in a dark place") == "someone_else"
    assert PATTERNS.kind("report_emergency", "qwertz") is None
    assert PATTERNS.kind("report_reaction", "handfuls of it\nand shedding") == "shedding"
    assert PATTERNS.kind("report_reaction", "on the minoxidil handfuls of it") == "early_shedding"
    assert PATTERNS.kind("report_reaction", "finally shedding in clumps") == "shedding"


@pytest.mark.parametrize(
    ("earlier", "text", "danger"),
    [
        (["I can't"], "breathe", Danger("report_emergency", "breathing")),
        (["hello", "i want to"], "die", Danger("express_self_harm", "self")),
        (["my throat is"], "closing up", Danger("report_emergency", "breathing")),
        (["i want to"], "dye it", None),
        (["my face"], "", None),
        (["i can't breathe"], "what does it cost", None),
        (["what does the chest hair have to do with it"], "pain", None),
        (["would it hurt my back if I lay on it for the whole of the session, or the chest"], "pain is what I mean", None),
    ],
)
def test_two_messages_in_a_row_may_make_one_danger(earlier: Sequence[str], text: str, danger: Danger | None) -> None:
    assert PATTERNS.find(text, earlier) == danger


@pytest.mark.parametrize(
    "text",
    [
        "c a n t  b r e a t h e",
        "i c a n ' t b r e a t h e",
        "icantbreathe",
        "**I** **can't** **breathe**",
        "_I can't breathe_",
        "i c4nt br34the",
        "I саn't brеаthе",
        "І сan\u200bnot bre\u00adathe",
        "ɪ ᴄᴀɴ'ᴛ ʙʀᴇᴀᴛʜᴇ",
        "𝐈 𝐜𝐚𝐧'𝐭 𝐛𝐫𝐞𝐚𝐭𝐡𝐞",
        "i ca'nt breathe",
        "I  CAN`T\tBREATHE!!!",
    ],
)
def test_a_danger_in_disguise_is_found(text: str) -> None:
    assert PATTERNS.find(text) == Danger("report_emergency", "breathing")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("my brother killed himself in may and now i want to die too", "self"),
        ("my brother killed himself in may and now my mum wants to die", "someone_else"),
        ("my brother killed himself in may and i shed ever since", "bereaved"),
        ("how many pills does it take to die, asking for a friend", "lethal_amount"),
    ],
)
def test_a_crisis_of_ones_own_counts_before_a_loss(text: str, kind: str) -> None:
    assert PATTERNS.find(text) == Danger("express_self_harm", kind)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        (
            "my brother killed himself last month and now i have chest pain and can't breathe",
            Danger("report_emergency", "breathing"),
        ),
        (
            "my dad died by suicide in march. my lips and tongue are swelling up after the injection",
            Danger("report_emergency", "breathing"),
        ),
        ("since my sister's suicide my husband hits me", Danger("report_abuse", "self")),
        (
            "my wife took her own life in may. there is pus coming out since the injections",
            Danger("report_reaction", "infection_signs"),
        ),
        ("i lost my son to suicide and i want to join him", Danger("express_self_harm", "self")),
        ("my uncle shot himself last year, what does prp cost", Danger("express_self_harm", "bereaved")),
    ],
)
def test_any_other_danger_counts_before_a_loss(text: str, danger: Danger) -> None:
    assert PATTERNS.find(text) == danger


@pytest.mark.parametrize(
    "text",
    ["he lost his fight against suicide", "since the suicide of a friend", "the funeral after his suicide", "suicide loss"],
)
def test_words_never_choose_a_kind_that_yields(text: str) -> None:
    signs = danger_signs.read()
    kinds = signs.intents["express_self_harm"]
    with_words = {**kinds, "bereaved": replace(kinds["bereaved"], words="suicide|funeral")}
    patterns = DangerPatterns(replace(signs, intents={**signs.intents, "express_self_harm": with_words}))
    assert patterns.kind("express_self_harm", text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I have keloids from an ear piercing, can I have it",
        "my lpp is burnt out, any point",
        "no advil for a week before or what",
        "had exosomes yesterday, when can i wash it",
        "no difference after one session",
        "what do you think, I shaved it",
        "i had lip fillers last year and my lips were swollen for days",
        "i take my tablets as prescribed and still shed",
        "none, although I clot badly when I cut myself",
        "I just came off the pill to start a family",
        "how much minoxidil is too much",
        "can you overdose on biotin",
        "had it done yesterday, my scalp is red and tender and I have a headache",
        "little scabs on day 2, can i pick them",
        "my friend had it and she's fine",
        "what would the ER cost",
    ],
)
def test_what_was_taken_for_danger_before_is_left_alone(text: str) -> None:
    assert PATTERNS.find(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I'm having an allergic reaction to the exosomes and can't breathe",
        "used minoxidil for years, now chest pain",
        "i had PRP two years ago and today after exosomes i have chest pain",
        "are there any side effects, because i cant breathe",
        "i read that swelling is normal but my tongue is swollen",
        "they gave me a rash cream and now i cant breathe",
        "no fever but i cant breathe",
        "he never hit me until yesterday, now he punched me",
        "i'm not suicidal but i want to die",
        "my cat died and i want to kill myself",
        "i take my pills every night and tonight i took all of them",
        "she fainted at the injection and wont wake up",
        "can minoxidil kill me if i drink the bottle? i drank it",
        "last year i was fine now my vision is gone",
        "i have hereditary heart trouble and my lips are swelling",
        "my throat is closing, allergies run in my family",
        "my face blew up in the chair so they stopped",
        "i passed out in the clinic so they stopped the injections",
        "my late husband had this, my chest hurts",
        "my throat is closing up, i meant my throat not my nose",
        "chest pain since the injection, that's the only thing",
        "my lips are swelling up, better since i sat down",
        "i had a session two summers ago without problems, since this one my throat is tight",
        "my dog drank minoxidil and so did my toddler",
        "i have chest pain, is that a side effect",
        "chest pain since the injection, is there a number to call",
        "my tongue is swelling, how common is this",
    ],
)
def test_what_is_left_alone_elsewhere_hides_no_danger(text: str) -> None:
    assert PATTERNS.find(text)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("on oral minoxidil my ankles are swollen", Danger("report_reaction", "heart_or_swelling")),
        ("on oral minoxidil my ankles are swollen and i have chest pain", Danger("report_emergency", "heart_or_seizure")),
        ("since the minoxidil my heart races and i passed out", Danger("report_emergency", "heart_or_seizure")),
        ("i feel low since finasteride, no dark thoughts", Danger("report_reaction", "low_mood")),
        ("i feel low since finasteride and want to die", Danger("express_self_harm", "self")),
    ],
)
def test_the_most_serious_danger_wins(text: str, danger: Danger) -> None:
    assert PATTERNS.find(text) == danger


def test_no_text_makes_the_patterns_slow() -> None:
    """A pattern that backtracks without end would let one message stop the server."""
    chance = random.Random(7)
    words = ["my", "face", "the", "is", "fever", "skin", "turning", "white", "i", "want", "to", "hair", "after", "had"]
    texts = [
        "my " * 1600,
        "fever " * 800,
        "face " * 1000,
        "a" * 5000,
        "skin turned " * 400,
        "my face " * 600,
        "i want " * 700,
        "he said " * 600,
        "how much " * 550,
        "not " * 1250,
        "a b " * 1250,
        "x-y-" * 1250,
        "4a" * 2500,
        "а" * 5000,
        "\ufdfa" * 5000,
        "*" * 5000,
        "since the injection " * 250,
        *(words * (5000 // len(words)) for words in ("em bi ", "hindi ko ", "m pa ka ", "सांस नहीं ", "saans ", "no puedo ")),
        " ".join(chance.choices(words, k=1200)),
    ]
    texts += ["".join(chance.choices(string.printable, k=5000)) for _ in range(5)]
    for text in texts:
        began = time.process_time()
        PATTERNS.find(text)
        assert time.process_time() - began < MAX_SECONDS, text[:20]
