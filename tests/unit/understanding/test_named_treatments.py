"""Which treatment a question is about, with the lexicon that the assistant uses."""

from __future__ import annotations

from typing import Any

import pytest

from components.intents import EXOSOME_TOPICS
from components.understanding.mentions import Mention, MentionFinder
from components.understanding.named_treatments import (
    EXOSOMES,
    MEMORY,
    Meant,
    Named,
    about_exosomes,
    answer_about,
    asks_about_exosomes,
    beside_exosomes,
    choice_between,
    meant,
    named_in,
    remember,
    with_names,
)
from components.understanding.treatment_details import SUBJECT, target
from runtime.shapes import Entity

FINDER = MentionFinder()
COST, PAIN, SAFETY = "ask_cost", "ask_pain", "ask_side_effects"
OPTIONS, COMPARE, COMBINE = "ask_treatment_options", "ask_compare_treatments", "ask_combine_treatments"
ABOUT_PRP = {"topic": OPTIONS, "topic_treatment": "prp", MEMORY: ["prp"]}
ABOUT_EXOSOMES = {"topic": COST, "topic_treatment": None}


def named(text: str) -> list[Named]:
    mentions = FINDER.find(text, is_question=True)
    return named_in([_entity(mention) for mention in mentions], text)


def _entity(mention: Mention) -> Entity:
    entity: Entity = {"entity": mention.entity, "value": mention.value, "start": mention.start, "end": mention.end}
    return {**entity, "role": mention.role} if mention.role else entity


def treatment(text: str, intent: str = COST, **slots: Any) -> str:
    found = meant(text, intent, named(text), slots)
    return found.treatment if found else EXOSOMES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("how many prp sessions do you need", "prp"),
        ("can rogaine mess with your heart", "minoxidil"),
        ("what are the side effects of finasteride", "finasteride"),
        ("is PRP FDA approved", "prp"),
        ("prp cost", "prp"),
        ("finasteride side effects women", "finasteride"),
        ("how much is a hair transplant", "transplant"),
        ("what does a graft cost", "transplant"),
        ("fue price per graft", "transplant"),
        ("minoxidil, does it work for women?", "minoxidil"),
        ("does minoxidil work and is it permanent", "minoxidil"),
        ("minoxidil does it stop working", "minoxidil"),
        ("my derm suggested prp, how much is it", "prp"),
        ("someone recommended nizoral. is it any good?", "ketoconazole"),
        ("how long should i take propecia", "finasteride"),
        ("how long on minoxidil before it works", "minoxidil"),
        ("when does rogaine kick in", "minoxidil"),
        ("is this minoxidil stuff safe", "minoxidil"),
        ("how soon after a transplant can i wash", "transplant"),
        ("does the laser cap really do anything", "laser"),
        ("does a derma roller hurt", "microneedling"),
        ("does insurance cover a transplant", "transplant"),
        ("wondering about dutasteride and mood", "dutasteride"),
        ("tell me about gfc", "mesotherapy_gfc"),
        ("is mesotherapy safe", "mesotherapy_gfc"),
        ("salmon dna price", "pdrn"),
        ("scalp micropigmentation cost", "smp_wigs"),
        ("does progesterone cream have side effects", "other"),
        ("anything known on pp405? does it work", "other"),
        ("nutrafol, worth the money?", "supplements"),
        ("I already know about exosomes. How painful is a transplant?", "transplant"),
        ("can i stop finasteride", "finasteride"),
        ("rosemary oil how often", "natural_oils"),
        ("how much does dhi run", "transplant"),
        ("heard about clascoterone, is it approved", "other"),
        # "It" is what an earlier sentence names.
        ("the barber keeps on about rogaine. is it any good?", "minoxidil"),
        ("Saw a programme on PRP last night! How much does it cost", "prp"),
        ("laser helmets look daft. do they help", "laser"),
        ("on propecia since june. should it have kicked in yet", "finasteride"),
        ("I've used minoxidil for ten weeks. Am I supposed to see it work by now?", "minoxidil"),
    ],
)
def test_another_treatment_is_meant(text: str, expected: str) -> None:
    assert treatment(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "been on minoxidil 3 years, how much is it",
        "been on minoxidil for 3 years how much are exosomes",
        "i take finasteride, does it hurt",
        "I've tried PRP twice. What does it cost?",
        "tried prp and it failed, how many sessions will i need",
        "had fue two years ago can i still have it",
        "while on finasteride does it hurt more",
        "if prp did nothing will this work",
        "does it hurt more than prp",
        "is it cheaper than a transplant",
        "are exosomes safer than minoxidil",
        "is this as painful as microneedling",
        "how much is it compared with prp",
        "are these better studied than rogaine",
        "does it work after a hair transplant",
        "can they be used with minoxidil",
        "will the treatment hurt if i use a derma roller",
        "exosome price vs prp price",
        "exosomes with prp side effects",
        "prp did not work for me, are exosomes worth it",
        "rogaine gave me nothing. how long until exosomes show results",
        "using nizoral at the moment, any side effects",
        "i quit propecia in may, how long until i see something",
        "my husband had a transplant, how much is it",
        "since i stopped spironolactone, is it safe",
        "can i keep taking minoxidil after the treatment",
        "should i stop finasteride before the injections",
        "where do the stem cells come from",
        "exosome injections how much",
        "are exosomes injected",
        "I have used Rogaine since 2019 and I wonder what this costs",
        "prp was useless, does this last longer",
        "how much is it",
        "what are the side effects",
        "im a student, generic fin is 10 bucks a month, what am i looking at for this",
        "two transplants cleaned me out, so before i get excited, what am i looking at",
        "do the gains fall off if you quit, like with minoxidil",
        "worse than a scalp tattoo?",
        "it is only 20 mins, does that include numbing",
        "minoxidil made me wait five months before i saw a hair. will i wait that long again",
        "lupus, well controlled on hydroxychloroquine. permitted or not?",
        "people who failed on minoxidil: do they respond",
        "kidney transplant in 2019, would they turn me away",
        "been using the laser cap daily, is it ok to have them too",
        "Tried minoxidil for a year. Is it cheaper?",
        "prp did nothing for me. do exosomes work any better",
    ],
)
def test_exosomes_are_meant(text: str) -> None:
    assert treatment(text) == EXOSOMES


@pytest.mark.parametrize("intent", sorted(EXOSOME_TOPICS))
def test_every_topic_about_exosomes_gives_way(intent: str) -> None:
    assert treatment("what about minoxidil", intent) == "minoxidil"


@pytest.mark.parametrize("intent", [COMPARE, COMBINE, "ask_hair_loss_cause", "book_consultation", "out_of_scope", "inform"])
def test_other_intents_stay(intent: str) -> None:
    assert treatment("what about minoxidil", intent) == EXOSOMES


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        ("does the second one have side effects", {MEMORY: ["minoxidil", "finasteride"]}, "finasteride"),
        ("and the first one?", {MEMORY: ["minoxidil", "finasteride"]}, "minoxidil"),
        ("what about the latter", {MEMORY: ["minoxidil", "finasteride"]}, "finasteride"),
        ("how much is that one", {MEMORY: ["minoxidil", "prp"]}, "prp"),
        (
            "how much is the other one",
            {MEMORY: ["minoxidil", "finasteride"], "topic": OPTIONS, "topic_treatment": "finasteride"},
            "minoxidil",
        ),
        ("how much is the other one", {MEMORY: ["prp"], **ABOUT_EXOSOMES}, "prp"),
        ("how much is the other one", {MEMORY: [EXOSOMES, "prp"], **ABOUT_EXOSOMES}, "prp"),
        ("how much is the other one", ABOUT_PRP, EXOSOMES),
        ("do both hurt", {MEMORY: ["minoxidil", "prp"]}, "minoxidil"),
        ("does it hurt", ABOUT_PRP, "prp"),
        ("how many", ABOUT_PRP, "prp"),
        ("side effects?", ABOUT_PRP, "prp"),
        # Exosomes, or nothing to refer to.
        ("how much are exosomes", ABOUT_PRP, EXOSOMES),
        ("how much does an average course of treatment cost", ABOUT_PRP, "prp"),
        ("does it hurt", {MEMORY: ["prp"], **ABOUT_EXOSOMES}, EXOSOMES),
        ("does the second one have side effects", {}, EXOSOMES),
        ("what happens at the first session", {MEMORY: ["minoxidil", "finasteride"]}, EXOSOMES),
        ("does the first one hurt", {MEMORY: [EXOSOMES, "prp"]}, EXOSOMES),
        ("does it hurt on both sides", {MEMORY: ["minoxidil", "prp"]}, EXOSOMES),
        ("i saw it the other day, does it hurt", {MEMORY: ["minoxidil", "prp"]}, EXOSOMES),
    ],
)
def test_what_the_conversation_named_before(text: str, slots: dict[str, Any], expected: str) -> None:
    assert treatment(text, PAIN, **slots) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("been on minoxidil 3 years, how much is it", True),
        ("I've used rogaine since 2019. Does this hurt?", True),
        ("tried prp twice and nothing happened, how long does it take", True),
        ("how much is prp", False),
        ("how much is it", False),
        ("been on minoxidil 3 years", False),
        ("been on minoxidil 3 years, can i stop minoxidil", False),
    ],
)
def test_a_treatment_that_is_only_history_leaves_the_question_to_exosomes(text: str, expected: bool) -> None:
    assert asks_about_exosomes(text, named(text)) is expected


def test_more_about_another_treatment() -> None:
    assert treatment("tell me more about minoxidil", "ask_more_detail") == "minoxidil"
    assert treatment("and the other one", "ask_more_detail", **{MEMORY: ["prp"]}) == "prp"
    assert treatment("tell me more", "ask_more_detail", **ABOUT_PRP) == EXOSOMES, "the topic itself goes on"


def test_in_the_check_a_treatment_that_nobody_asks_about_is_an_answer() -> None:
    assert treatment("minoxidil", "nlu_fallback") == "minoxidil"
    assert treatment("minoxidil", "nlu_fallback", requested_slot="prior_treatments") == EXOSOMES


def test_both_of_exosomes_and_another_compares() -> None:
    found = meant("do both hurt", PAIN, [], {MEMORY: [EXOSOMES, "prp"]})
    assert found
    assert (found.intent, found.treatment) == (COMPARE, "prp")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("is that going to be sore for days afterwards", "prp"),
        ("how much would a whole plan set me back over a year", "prp"),
        ("what would my insurance say", "prp"),
        ("would exosome shots be sore for days", EXOSOMES),
        ("is minoxidil cheaper than all that", "minoxidil"),
    ],
)
def test_a_question_is_about_the_subject_until_another_is_named(text: str, expected: str) -> None:
    slots = {SUBJECT: "prp", "topic": "express_distress", "topic_detail": None}
    assert treatment(text, COST, **slots) == expected
    assert treatment("does it hurt", PAIN, **{**slots, SUBJECT: "scarring"}) == EXOSOMES


@pytest.mark.parametrize(
    ("topic", "text", "subject", "expected"),
    [
        (COMPARE, "so are exosomes the better bet", "prp", "ask_compare_treatments/prp"),
        (COMPARE, "which of the two lasts longer", "laser", "ask_compare_treatments/laser"),
        (COMBINE, "my surgeon wants to add exosomes", "transplant", "ask_combine_treatments/transplant"),
        (COMBINE, "can i add rogaine", "transplant", "ask_combine_treatments/others"),
        (COMPARE, "are exosomes better than other things", EXOSOMES, None),
        (COST, "how much are exosomes", "prp", None),
    ],
)
def test_exosomes_beside_the_subject(topic: str, text: str, subject: str, expected: str | None) -> None:
    found = beside_exosomes(target(topic), text, named(text), {SUBJECT: subject})
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("topic", "text", "slots", "expected"),
    [
        (COMPARE, "prp or minoxidil, which would you take", {}, "ask_compare_treatments/others"),
        (COMPARE, "is prp better than exosomes", {}, None),
        (COMPARE, "versus minoxidil?", {SUBJECT: "prp"}, "ask_compare_treatments/others"),
        (
            COMPARE,
            "is that the stronger one",
            {SUBJECT: "dutasteride", MEMORY: ["finasteride", "dutasteride"]},
            COMPARE + "/finasteride_versus_dutasteride",
        ),
        (COMBINE, "could prp speed it up", {SUBJECT: "stress_or_hormonal"}, "ask_treatment_options/prp"),
        (COMBINE, "with rogaine on top", {SUBJECT: "microneedling"}, "ask_combine_treatments/microneedling_with_minoxidil"),
        (COMBINE, "can the two go together", {SUBJECT: "prp", MEMORY: ["minoxidil", "prp"]}, COMBINE + "/prp_with_minoxidil"),
        (COMBINE, "can i add prp", {SUBJECT: EXOSOMES}, None),
    ],
)
def test_two_treatments_other_than_exosomes(topic: str, text: str, slots: dict[str, object], expected: str | None) -> None:
    found = beside_exosomes(target(topic), text, named(text), slots)
    assert (found.name if found else None) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("minoxidil or finasteride, what is more good", "ask_compare_treatments/others"),
        ("prp vs minoxidil", "ask_compare_treatments/others"),
        ("dutasteride or finasteride", "ask_compare_treatments/finasteride_versus_dutasteride"),
        ("minoxidil or exosomes", None),
        ("minoxidil with finasteride", None),
        ("finasteride or finasteride", None),
    ],
)
def test_a_choice_between_two_others(text: str, expected: str | None) -> None:
    found = choice_between(text, named(text))
    assert (found.name if found else None) == expected


def test_a_question_about_exosomes_that_was_read_as_one_about_another_treatment() -> None:
    read = target("ask_treatment_options/minoxidil_stopping")
    assert about_exosomes(read, "if i stop", [], {SUBJECT: EXOSOMES}) == target("ask_results_duration")
    assert about_exosomes(read, "if i stop minoxidil", named("minoxidil"), {SUBJECT: EXOSOMES}) is None
    assert about_exosomes(read, "if i stop", [], {}) is None
    assert about_exosomes(target("ask_treatment_options/men_options"), "for men", [], {SUBJECT: EXOSOMES}) is None
    fertility = target("ask_treatment_options/finasteride_fertility")
    assert about_exosomes(fertility, "do exosomes harm sperm", [], {}) == target("ask_who_should_avoid/ivf_conceiving")


@pytest.mark.parametrize(
    ("text", "slots", "expected"),
    [
        ("does the second one mess with sleep", {MEMORY: ["minoxidil", "finasteride"]}, "does finasteride mess with sleep"),
        ("any trouble with the first one", {MEMORY: ["steroid_injections", "minoxidil"]}, "any trouble with steroid injections"),
        ("and the other one?", {MEMORY: ["prp", "minoxidil"], SUBJECT: "minoxidil"}, "and prp?"),
        ("the second one", {MEMORY: ["prp"]}, "the second one"),
    ],
)
def test_a_name_takes_the_place_of_a_reference(text: str, slots: dict[str, Any], expected: str) -> None:
    assert with_names(text, slots) == expected


def test_the_classifier_reads_what_else_there_is_than_a_treatment_with_a_name_of_its_own() -> None:
    women = target("ask_treatment_options/women_options")
    assert answer_about(Meant(OPTIONS, "spironolactone"), women, {}) == women
    assert answer_about(Meant(OPTIONS, "spironolactone"), target(COST), {}) == target("ask_treatment_options/spironolactone")


def test_a_question_about_no_treatment_in_particular_stays() -> None:
    visit = target("ask_cost/visit_price")
    assert answer_about(Meant(OPTIONS, "prp"), visit, {}) == visit


def test_a_reading_of_the_whole_message_hides_no_treatment() -> None:
    language: Entity = {"entity": "language", "value": "en", "start": 0, "end": 15}
    reading: Entity = {"entity": "hair_loss_type", "value": "pattern", "start": 0, "end": 15, "extractor": "AnswerReader"}
    prp: Entity = {"entity": "prior_treatments", "value": "prp", "start": 12, "end": 15}
    assert named_in([language, reading, prp], "") == [Named("prp", 12, 15)]


def test_microneedling_is_also_a_way_to_apply_exosomes() -> None:
    text = "do you do microneedling or injections"
    assert treatment(text, "ask_injection_or_topical") == EXOSOMES
    assert treatment("does microneedling hurt", PAIN) == "microneedling"


def test_a_question_where_exosomes_come_from_may_name_blood() -> None:
    assert treatment("from a donor, or out of my own blood?", "ask_exosome_source") == EXOSOMES


@pytest.mark.parametrize(
    ("text", "before", "expected"),
    [
        ("minoxidil or finasteride", [], ["minoxidil", "finasteride"]),
        ("how much is prp", [], ["prp"]),
        ("how much is prp", ["minoxidil"], ["minoxidil", "prp"]),
        ("prp or exosomes", ["minoxidil", "finasteride"], ["prp", EXOSOMES]),
        ("exosome injections", ["prp"], ["prp", EXOSOMES]),
        ("does it hurt", ["prp"], ["prp"]),
        ("prp again", ["prp", "minoxidil"], ["minoxidil", "prp"]),
    ],
)
def test_the_last_two_treatments_are_remembered(text: str, before: list[str], expected: list[str]) -> None:
    assert remember(text, named(text), before) == expected


@pytest.mark.parametrize(
    ("found", "read", "slots", "expected"),
    [
        (Meant(OPTIONS, "prp"), COST, {}, "ask_treatment_options/prp_price"),
        (Meant(OPTIONS, "prp"), "ask_cost/exosome_price", {}, "ask_treatment_options/prp_price"),
        (Meant(OPTIONS, "prp"), f"{OPTIONS}/prp_sessions", {}, f"{OPTIONS}/prp_sessions"),
        (Meant(OPTIONS, "minoxidil"), SAFETY, {}, f"{OPTIONS}/minoxidil_side_effects"),
        (Meant(OPTIONS, "minoxidil"), OPTIONS, {}, f"{OPTIONS}/minoxidil"),
        (Meant(COMPARE, "prp"), PAIN, {}, "ask_compare_treatments/prp"),
        (Meant(OPTIONS, "other"), f"{OPTIONS}/ketoconazole", {}, f"{OPTIONS}/ketoconazole"),
        (Meant(OPTIONS, "other"), SAFETY, {"topic": OPTIONS, "topic_detail": "ketoconazole"}, f"{OPTIONS}/ketoconazole"),
        (Meant(OPTIONS, "prp"), "book_consultation", {}, "book_consultation"),
    ],
)
def test_the_text_that_answers_about_another_treatment(found: Meant, read: str, slots: dict[str, Any], expected: str) -> None:
    assert answer_about(found, target(read), slots).name == expected
