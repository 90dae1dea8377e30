"""What a message says about the visitor, and in what sense."""

from __future__ import annotations

import pytest

from components.understanding.mentions import MentionFinder

FINDER = MentionFinder()
TYPE, TREATMENTS, RESPONSE = "hair_loss_type", "prior_treatments", "treatment_response"


def found(text: str, asked: str | None = None, asks: bool = False) -> set[tuple[str, str, str | None]]:
    mentions = FINDER.find(text, asked, asks)
    return {(mention.entity, mention.value, mention.role) for mention in mentions if mention.entity != "reply"}


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("AGA", "hair_loss_type", "pattern"),
        ("it's MPB i think", "hair_loss_type", "pattern"),
        ("TE after covid", "hair_loss_type", "stress_or_hormonal"),
        ("AA, two patches", "hair_loss_type", "alopecia_areata"),
        ("derm says LPP", "hair_loss_type", "scarring"),
        ("fin for two years", "prior_treatments", "finasteride"),
        ("used min", "prior_treatments", "minoxidil"),
        ("minoxadil", "prior_treatments", "minoxidil"),
        ("finastride", "prior_treatments", "finasteride"),
        ("p.r.p.", "prior_treatments", "prp"),
        ("Eliquis", "health_flags", "blood_thinner_or_bleeding"),
        ("my endo says Hashimoto's", "health_flags", "underlying_illness"),
        ("trying for a baby", "health_flags", "pregnant_or_breastfeeding"),
        ("had melanoma in 2019", "health_flags", "past_cancer"),
        ("chemo until March", "health_flags", "active_cancer"),
        ("I'm not sure if I'm pregnant", "health_flags", "pregnant_or_breastfeeding"),
        ("still early I'd say, only under bright light", "hair_loss_stage", "early"),
        ("it burns and itches, my scalp is sore", "warning_signs", "painful_or_burning"),
    ],
)
def test_what_is_said(text: str, entity: str, value: str) -> None:
    assert (entity, value, None) in found(text, asked=entity)


@pytest.mark.parametrize(
    ("text", "entity", "value"),
    [
        ("no scarring", "hair_loss_type", "scarring"),
        ("not pregnant", "health_flags", "pregnant_or_breastfeeding"),
        ("I have never tried PRP", "prior_treatments", "prp"),
        ("no cancer, diabetes or pregnancy", "health_flags", "pregnant_or_breastfeeding"),
        ("pregnant no, cancer no, eliquis yes", "health_flags", "active_cancer"),
        ("No cancer, not pregnant. Clopidogrel every morning though", "health_flags", "active_cancer"),
    ],
)
def test_what_is_denied_does_not_count(text: str, entity: str, value: str) -> None:
    assert (entity, value, "denied") in found(text, asked=entity)
    assert (entity, value, None) not in found(text, asked=entity)


def test_a_treatment_that_did_nothing_was_tried_but_did_not_help() -> None:
    assert found("PRP did nothing") == {("prior_treatments", "prp", None), ("treatment_response", "did_not_help", None)}


@pytest.mark.parametrize(
    "text", ["does it work for alopecia areata?", "what about alopecia areata?", "is it good for alopecia areata"]
)
def test_what_is_only_asked_about_does_not_count(text: str) -> None:
    assert found(text, asks=True) == {("hair_loss_type", "alopecia_areata", "asked")}


@pytest.mark.parametrize("text", ["my sister has lupus", "my dad was on warfarin", "my wife is pregnant"])
def test_what_others_have_is_theirs(text: str) -> None:
    flags = [mention for mention in FINDER.find(text, "health_flags") if mention.concept]
    assert flags
    assert all(mention.is_of_others for mention in flags)


def test_an_effect_may_be_told_by_others() -> None:
    assert found("she says it did nothing") == {("treatment_response", "did_not_help", None)}


def test_a_statement_before_a_question_counts() -> None:
    assert ("health_flags", "blood_thinner_or_bleeding", None) in found("I take Eliquis, does it hurt?", asks=True)


@pytest.mark.parametrize("text", ["30 min", "it takes 30 min", "60 min session"])
def test_minutes_are_no_minoxidil(text: str) -> None:
    assert found(text, asked="prior_treatments") == set()
    assert found("used min", asked="prior_treatments")


@pytest.mark.parametrize(
    "text",
    ["i can't stop taking warfarin", "no one knows i am pregnant", "i can't believe i'm pregnant", "he diagnosed me with lupus"],
)
def test_what_only_looks_like_a_denial_counts(text: str) -> None:
    assert any(entity == "health_flags" and role is None for entity, _, role in found(text, asked="health_flags"))


def test_an_age_in_a_question_is_what_it_asks_about() -> None:
    assert found("does it work for a 60 year old?", asks=True) == {("age", "60", "asked")}
    assert found("i'm 60 years old, does it work?", asks=True) == {("age", "60", None)}
    assert found("a 60 year old", asked="age", asks=True) == {("age", "60", None)}


def test_none_of_these_is_a_statement_and_denies_nothing_named_before() -> None:
    assert found("none of these?", asked="health_flags") == {("health_flags", "none", None)}
    assert found("she says none of these", asked="health_flags") == {("health_flags", "none", None)}
    assert ("health_flags", "pregnant_or_breastfeeding", "denied") in found("actually I'm not pregnant")
    assert not any(value == "pregnant_or_breastfeeding" for _, value, _ in found("no problems"))


def test_mentions_come_in_the_order_of_the_text_with_their_places() -> None:
    text = "I’m 34, tried PRP and don’t have cancer"
    mentions = FINDER.find(text)
    assert [text[mention.start : mention.end] for mention in mentions] == ["34", "PRP", "cancer"]


def test_a_mention_knows_its_concept() -> None:
    assert {(mention.value, mention.concept) for mention in FINDER.find("I take eliquis, early on")} >= {
        ("blood_thinner_or_bleeding", "apixaban"),
        ("early", None),
    }


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it never really worked", "did_not_help"),
        ("she ain't responded", "did_not_help"),
        ("it didn't help yet", "too_early"),
        ("no, it helped", "helped"),
    ],
)
def test_a_denied_effect_is_an_answer(text: str, value: str) -> None:
    assert {found_value for slot, found_value, _ in found(text, RESPONSE) if slot == RESPONSE} == {value}


def test_what_is_added_late_does_not_answer_the_open_question() -> None:
    assert (TYPE, "other_cause", None) in found("warfarin", TYPE)
    assert not any(slot == TYPE for slot, _, _ in found("hang on, I forgot to say I'm on warfarin", TYPE))


def test_a_conclusion_counts_for_more_than_what_leads_to_it() -> None:
    weighed = found("the crown is the same as before, the front got thicker, so it does work", RESPONSE)
    assert {value for slot, value, _ in weighed if slot == RESPONSE} == {"helped"}
    told = found("it did nothing so i stopped it", RESPONSE)
    assert (RESPONSE, "did_not_help", None) in told


@pytest.mark.parametrize("text", ["transplant in Ankara, it turned out great", "prp four times and it does work"])
def test_what_a_treatment_did_is_told_beside_it(text: str) -> None:
    assert (RESPONSE, "helped", None) in found(text, TREATMENTS)


@pytest.mark.parametrize(
    "text",
    [
        "we stock minoxidil at the pharmacy, i have never used it",
        "my gym buddy gave me finasteride but i chickened out",
        "was reading on prp, haven't tried it",
    ],
)
def test_who_only_names_what_they_did_not_use_has_tried_nothing(text: str) -> None:
    assert (TREATMENTS, "none", None) in found(text, TREATMENTS)


@pytest.mark.parametrize(
    "text",
    ["minoxidil, but I didn't use it regularly", "minoxidil last year, haven't used it since", "minoxidil, and I hated it"],
)
def test_who_used_it_badly_has_tried_it(text: str) -> None:
    assert (TREATMENTS, "minoxidil", None) in found(text, TREATMENTS)
    assert not any(value == "none" for _, value, _ in found(text, TREATMENTS))


@pytest.mark.parametrize(
    "text",
    [
        "my sister did chemo and her hair never grew back right",
        "edges are thinning from years of tight weaves",
        "all my hair went after accutane",
        "the relaxer took my edges",
        "bald spots from the turban",
    ],
)
def test_a_cause_told_in_passing_is_the_kind_of_hair_loss(text: str) -> None:
    assert (TYPE, "other_cause", None) in found(text)


def test_hair_loss_like_the_familys_is_told_in_passing() -> None:
    assert (TYPE, "pattern", None) in found("crown is thinning since 40 just as with my uncles, is it worth it", asks=True)
    assert not any(slot == TYPE for slot, _, _ in found("my hair is thin, can i use it like my mother does"))


@pytest.mark.parametrize(
    "text",
    [
        "i take eliquis and my hair is thin",
        "hair loss, and diabetes",
        "i wear a turban",
        "asthma since 2010",
        "blood thinner since my stroke",
        "weight loss after the gastric bypass",
    ],
)
def test_a_thing_beside_hair_loss_is_no_cause(text: str) -> None:
    assert not any(slot == TYPE for slot, _, _ in found(text))


def test_an_age_with_a_sex_is_told_beside_a_question() -> None:
    assert ("age", "52", None) in found("f52 thin crown ok for it?", asks=True)


def test_a_drug_with_two_meanings_gives_both() -> None:
    both = {("health_flags", "weak_immune_system", None), ("prior_treatments", "other", None)}
    assert found("on litfulo", "health_flags") == both
    assert found("on litfulo", "prior_treatments") == both
    assert found("is litfulo any good?", asks=True) == {("prior_treatments", "other", "asked")}


def test_what_nothing_follows_from_is_understood() -> None:
    assert found("only a multivitamin", "health_flags") == {("concept", "vitamins", None)}
    assert found("only a multivitamin", "prior_treatments") == {("concept", "vitamins", None), ("prior_treatments", "none", None)}
    assert found("no multivitamin", "prior_treatments") == {("concept", "vitamins", "denied")}


@pytest.mark.parametrize("text", ["bleach", "my thyroid", "chemo", "ringworm", "low ferritin", "side effect of my medication"])
def test_a_known_cause_answers_what_kind_of_hair_loss_it_is(text: str) -> None:
    assert ("hair_loss_type", "other_cause", None) in found(text, "hair_loss_type")


def test_a_named_kind_of_hair_loss_comes_before_a_possible_cause() -> None:
    kinds = {
        value for entity, value, _ in found("alopecia areata, and a slow thyroid", "hair_loss_type") if entity == "hair_loss_type"
    }
    assert kinds == {"alopecia_areata"}
    assert not any(entity == "hair_loss_type" for entity, _, _ in found("a slow thyroid", "health_flags"))


def test_a_skin_disease_is_an_illness_too_when_health_is_asked_about() -> None:
    assert ("health_flags", "underlying_illness", None) in found("fine apart from psoriasis", "health_flags")
    assert ("health_flags", "underlying_illness", None) not in found("psoriasis", "hair_loss_type")


def test_a_name_that_says_it_is_over_gives_the_past() -> None:
    assert found("two years in remission", "health_flags") == {("health_flags", "past_cancer", None)}
