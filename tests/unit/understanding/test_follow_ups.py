"""What short follow-ups ask, by what was said before, with the lexicon that the assistant uses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from components.understanding.dialogue_acts import Utterance
from components.understanding.follow_up_choice import Choice
from components.understanding.follow_ups import CONDITIONS, KINDS, FollowUp, follow_up, kind_of
from components.understanding.mentions import Mention, MentionFinder
from components.understanding.named_treatments import MEMORY
from components.understanding.treatment_details import Target
from runtime.shapes import Entity

FINDER = MentionFinder()
OPTIONS = "ask_treatment_options"


def after(topic: str, detail: str | None = None, **slots: Any) -> dict[str, Any]:
    """Returns the slots right after an answer."""
    answer = f"utter_{topic}/{detail}" if detail else f"utter_{topic}"
    return {"topic": topic, "topic_detail": detail, "turn_plan": [answer, "utter_referral"], **slots}


def followed(text: str, slots: dict[str, Any], intent: str = "nlu_fallback", offers: tuple[Target, ...] = ()) -> FollowUp | None:
    entities = [_entity(mention) for mention in FINDER.find(text, is_question=True)]
    return follow_up(Utterance(text, intent, 0.9, entities, slots, offers))


def _entity(mention: Mention) -> Entity:
    entity: Entity = {"entity": mention.entity, "value": mention.value, "start": mention.start, "end": mention.end}
    return {**entity, "role": mention.role} if mention.role else entity


def answer(text: str, slots: dict[str, Any], intent: str = "nlu_fallback") -> str | None:
    found = followed(text, slots, intent)
    return found.answer.name if found else None


def about(subject: str, **slots: Any) -> dict[str, Any]:
    """Returns the slots in a conversation about a subject, some turns after the last answer about it."""
    return {"topic": "express_distress", "turn_plan": ["utter_thank"], "subject": subject, **slots}


ON_PRP = after(OPTIONS, "prp", topic_treatment="prp", treatments_named=["prp"])
ON_MINOXIDIL = after(OPTIONS, "minoxidil", topic_treatment="minoxidil", treatments_named=["minoxidil"])
ON_FINASTERIDE = after("ask_treatment_options", "finasteride_side_effects", topic_treatment="finasteride")
ON_COST, ON_EVIDENCE, ON_APPROVAL = after("ask_cost", "exosome_price"), after("ask_evidence"), after("ask_fda_status")
ON_AFTERCARE, ON_SAFETY = after("ask_aftercare"), after("ask_side_effects", "common")
ASKED_ELIQUIS = after("ask_who_should_avoid", topic_condition="blood_thinner_or_bleeding")
ON_COMBINING = after("ask_combine_treatments", topic_treatment="finasteride")
ON_AVOIDING, ON_CAUSE = after("ask_who_should_avoid"), after("ask_hair_loss_cause")
TOLD_ELIQUIS = {"turn_plan": ["utter_inform", "utter_referral"], CONDITIONS: ["blood_thinner_or_bleeding"]}
WITH_AREATA = after("ask_hair_loss_cause", "patches", **{CONDITIONS: ["alopecia_areata"]})

SPECIALIST = "ask_choose_provider/which_specialist"
WHY_NOT_SKIP = "ask_who_should_avoid/why_not_skip"

# (what is said, what was said before, what answers it)
TURNS: list[tuple[str, dict[str, Any], str]] = [
    # Why.
    ("hm ok but how come", ON_COST, "ask_cost/why_expensive"),
    ("Why's that?", ON_INSURANCE := after("ask_insurance"), "ask_insurance/why"),
    ("what's the reason for that", ON_APPROVAL, "ask_fda_status/why"),
    ("why should i wait", after("ask_worth_it", "wait"), "ask_evidence/why"),
    ("and why not?", ON_AVOIDING, "ask_who_should_avoid/why"),
    ("why cant i", after("ask_who_should_avoid", "skip_blood_thinner"), "ask_who_should_avoid/why_not_skip"),
    ("what for", ON_AFTERCARE, "ask_aftercare/why"),
    ("explain why please", after("ask_choose_provider", "which_specialist"), "ask_choose_provider/why"),
    ("why do you say that", after("ask_hair_growth_cycle"), "ask_sources/why"),
    ("how come so pricey", ON_COST, "ask_cost/why_expensive"),
    # Are you sure.
    ("u sure about that", ON_APPROVAL, "ask_fda_status/are_you_sure"),
    ("Is that really true?", ON_EVIDENCE, "ask_evidence/are_you_sure"),
    ("says who", ON_SAFETY, "ask_side_effects/are_you_sure"),
    ("for real??", ON_COST, "ask_cost/are_you_sure"),
    ("how do you know that", after("ask_exosome_source"), "ask_sources/are_you_sure"),
    ("my derm told me otherwise", ON_APPROVAL, "ask_fda_status/are_you_sure"),
    ("can i trust that", ON_AFTERCARE, "ask_aftercare/are_you_sure"),
    # So no.
    ("so that's a no", ON_INSURANCE, "ask_insurance/so_no"),
    ("so basically no", ON_EVIDENCE, "ask_evidence/so_no"),
    ("then i can't have it?", ON_AVOIDING, "ask_who_should_avoid/so_no"),
    ("so it's not for me", after("ask_who_it_helps"), "ask_who_it_helps/so_no"),
    ("so there's no hope then", ON_CAUSE, "ask_treatment_options/so_no"),
    ("so they don't really work", ON_EVIDENCE, "ask_evidence/so_no"),
    # Is that normal, is that ok.
    ("is it usual", ON_SAFETY, "ask_aftercare/normal_or_not"),
    ("should I be worried?", ON_CAUSE, "ask_hair_loss_cause/is_it_serious"),
    ("does that happen a lot", ON_MINOXIDIL, "ask_treatment_options/minoxidil_shedding"),
    ("is this how it should be", after("ask_results_timeline"), "ask_results_timeline/nothing_yet"),
    ("normal or not?", after("ask_hair_growth_cycle"), "ask_hair_growth_cycle/hairs_a_day"),
    ("do i need to worry", after("ask_exosome_source"), "ask_side_effects/is_it_normal"),
    ("would that be ok", ON_AFTERCARE, "ask_aftercare/is_it_ok"),
    ("is that a problem", TOLD_ELIQUIS, "ask_who_should_avoid/is_it_ok"),
    ("safe?", ON_FINASTERIDE, "ask_treatment_options/finasteride_side_effects"),
    # Which one.
    ("right, which of the two", after(OPTIONS, **{MEMORY: ["minoxidil", "finasteride"]}), "ask_compare_treatments/others"),
    ("what's the better one", after("ask_cost", **{MEMORY: ["exosomes", "prp"]}), "ask_compare_treatments/prp"),
    ("what would you go for", after("ask_injection_or_topical"), "ask_injection_or_topical/which_is_better"),
    ("which should i pick", after(OPTIONS), "ask_treatment_options/first_choice"),
    ("ok which one is best", {**WITH_AREATA, **after(OPTIONS)}, "ask_treatment_options/alopecia_areata_options"),
    # What else.
    ("is there anything else for it", WITH_AREATA, "ask_treatment_options/alopecia_areata_options"),
    ("what are my options", {**ON_EVIDENCE, CONDITIONS: ["women", "scarring"]}, "ask_treatment_options/scarring_options"),
    ("any alternatives", ON_COST, "ask_treatment_options"),
    ("what can she do about it", after("ask_cost", **{CONDITIONS: ["under_18"]}), "ask_treatment_options/child_options"),
    # Skipping a medicine.
    ("what if i stop it a couple of days before", TOLD_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("could i leave it off for a day or two", ASKED_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("can i just pause the pills for the day", TOLD_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("could i skip a few days", ON_MINOXIDIL, "ask_treatment_options/minoxidil_stopping"),
    ("what if i leave it off", {**ON_MINOXIDIL, **TOLD_ELIQUIS}, "ask_who_should_avoid/skip_blood_thinner"),
    ("should i stop it", ON_COMBINING, "ask_treatment_options/finasteride_stopping"),
    ("what if i miss one", after("ask_number_of_sessions", "how_many"), "ask_number_of_sessions/missed"),
    # Somebody who says so means to do it.
    ("ok then ill stop taking it", ON_MEDICINES := after("ask_hair_loss_cause", "medicines"), WHY_NOT_SKIP),
    ("I think I'll come off it for the month", ASKED_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("gonna ditch mine tomorrow", ON_FINASTERIDE, "ask_treatment_options/finasteride_stopping"),
    ("so what i just leave it off that day", TOLD_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("Good to know. I'd rather give it up before the visit.", ON_MEDICINES, WHY_NOT_SKIP),
    # How it is done, how many people that were, which of several it is.
    ("how do they measure it then", ON_EVIDENCE, "ask_results_timeline/how_measured"),
    ("how do they do that exactly", after("ask_hair_loss_cause", "scarring_types"), "ask_prepare_consultation/biopsy"),
    ("how many people got sick", after("ask_fda_status", "warnings"), "ask_fda_status/warnings"),
    ("how many folks was that in all", ON_EVIDENCE, "ask_evidence/human_trials"),
    ("so which of mine is it", ON_MEDICINES, "ask_hair_loss_cause/which_medicine"),
    # Elliptical questions.
    ("how many would i need", ON_COST, "ask_number_of_sessions/how_many"),
    ("how many months between them", ON_PRP, "ask_number_of_sessions/how_far_apart"),
    ("for how long", ON_SAFETY, "ask_side_effects/common"),
    ("how long", ON_CAUSE, "ask_hair_loss_cause/will_it_grow_back"),
    ("when will i see something", ON_EVIDENCE, "ask_results_timeline"),
    ("is it expensive", ON_EVIDENCE, "ask_cost"),
    ("would it hurt much", ON_COST, "ask_pain"),
    ("any downsides?", ON_COST, "ask_side_effects"),
    ("is it permanent", ON_COST, "ask_results_duration"),
    ("how many sessions", ON_EVIDENCE, "ask_number_of_sessions/how_many"),
    ("how many then", ON_EVIDENCE, "ask_evidence/human_trials"),
    ("would one be enough", ON_COST, "ask_number_of_sessions/one_enough"),
    ("is that covered", ON_COST, "ask_insurance"),
    ("ok what next", ON_EVIDENCE, "ask_prepare_consultation"),
    ("so what should we do", ON_CAUSE, "ask_choose_provider/which_specialist"),
    ("i read the opposite", ON_APPROVAL, "ask_fda_status/are_you_sure"),
    ("where did you get that from", ON_COST, "ask_cost/are_you_sure"),
    ("whats the point then", ON_EVIDENCE, "ask_evidence/why"),
    ("do other people get that", ON_SAFETY, "ask_aftercare/normal_or_not"),
    ("how long till i notice anything", ON_COST, "ask_results_timeline"),
    # Another person, condition or treatment.
    ("and for ladies?", ON_MINOXIDIL, "ask_treatment_options/minoxidil_women"),
    ("what about guys", ON_EVIDENCE, "ask_who_it_helps/men"),
    ("what if she's breastfeeding", ON_COST, "ask_who_should_avoid/pregnancy"),
    ("but i've got type 2 diabetes", ON_EVIDENCE, "ask_who_should_avoid/diabetes"),
    ("how about people with lupus", ON_SAFETY, "ask_who_should_avoid/autoimmune"),
    ("and in teenagers", ON_CAUSE, "ask_hair_loss_cause/child"),
    ("what about at 72", ON_COST, "ask_who_it_helps/older"),
    ("what if i have a pacemaker", ON_MINOXIDIL, "ask_treatment_options/minoxidil_side_effects"),
    ("even if i had breast cancer", ON_EVIDENCE, "ask_who_should_avoid/cancer"),
    ("does that go for lpp too", after(OPTIONS), "ask_treatment_options/scarring_options"),
    ("im on metformin though", ON_EVIDENCE, "ask_who_should_avoid/diabetes"),
    ("i'm pregnant, does that matter", ON_SAFETY, "ask_who_should_avoid/pregnancy"),
    ("what about curly hair", ON_EVIDENCE, "ask_who_it_helps/hair_type"),
    ("and dye?", ON_AFTERCARE, "ask_aftercare/colouring"),
    ("is there any hope", after("express_distress"), "ask_treatment_options/so_no"),
    ("what can be done", WITH_AREATA, "ask_treatment_options/alopecia_areata_options"),
    ("and eyebrows", ON_CAUSE, "ask_hair_loss_cause/eyebrows"),
    ("what about a 15 year old", ON_COST, "ask_who_should_avoid/minors"),
    ("and minoxidil?", after(OPTIONS, "prp_side_effects", topic_treatment="prp"), "ask_treatment_options/minoxidil_side_effects"),
    ("what about PRP then", ON_COST, "ask_treatment_options/prp_price"),
    ("and exosomes?", after("ask_cost", "prp_price", topic_treatment="prp"), "ask_cost"),
    ("and the first one?", {**ON_FINASTERIDE, MEMORY: ["minoxidil", "finasteride"]}, "ask_side_effects"),
    ("isn't that illegal", ON_EVIDENCE, "ask_fda_status/legal"),
    ("what else could we try", after("ask_cost", **{CONDITIONS: ["under_18"]}), "ask_treatment_options/child_options"),
    ("and for me?", after("ask_cost", about_whom="child"), "ask_cost"),
    ("how about finasteride", {}, "ask_treatment_options/finasteride"),
    # The subject stays, whatever came in between.
    ("is that normal", about("minoxidil"), "ask_treatment_options/minoxidil_shedding"),
    ("i'm a woman by the way", about("minoxidil"), "ask_treatment_options/minoxidil_women"),
    ("we're ttc btw", about("finasteride"), "ask_treatment_options/finasteride_fertility"),
    ("i have high blood pressure", about("minoxidil"), "ask_treatment_options/minoxidil_side_effects"),
    ("and the gel?", about("finasteride"), "ask_treatment_options/finasteride_topical"),
    ("no sorry i meant the pills", about("minoxidil"), "ask_treatment_options/minoxidil_oral"),
    ("I don't want to take tablets", about("finasteride"), "ask_treatment_options/finasteride_topical"),
    ("my ankles are puffy since monday", about("minoxidil"), "ask_treatment_options/minoxidil_side_effects"),
    ("could that be the tablets", about("finasteride"), "ask_treatment_options/finasteride_side_effects"),
    ("whats the best treatment for it", about("scarring"), "ask_treatment_options/scarring_options"),
    ("what do doctors usually give for it", about("hormones"), "ask_treatment_options/women_options"),
    ("is there something gentler", about("prp"), "ask_treatment_options"),
    ("anything i can use for that", about("stress_or_hormonal"), "ask_treatment_options/shedding_options"),
    ("what treatments are there", about("exosomes", about_whom="child"), OPTIONS),
    ("can she get exosomes", about("alopecia_areata", about_whom="child"), "ask_who_should_avoid/minors"),
    ("so no exosomes for me", about("scarring"), "ask_who_it_helps/scarring"),
    ("are exosomes dearer", about("prp"), "ask_cost/why_expensive"),
    ("how do the prices compare", about("prp"), "ask_cost/why_expensive"),
    ("which of them has the best evidence", about("prp", **{MEMORY: ["exosomes", "prp"]}), "ask_compare_treatments/prp"),
    ("is that each or all in", ON_COST, "ask_cost/whole_course"),
    ("what does it cost", after("book_consultation", "other_treatments", subject="transplant"), OPTIONS + "/transplant_price"),
    ("how could i tell", after("ask_hair_loss_cause", "low_iron"), "ask_hair_loss_cause/blood_tests"),
    ("how do i know if it's working", after("ask_results_timeline"), "ask_results_timeline/how_measured"),
    ("who can tell me", TOLD_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("who should i ask about it", ON_COST, "ask_choose_provider/which_specialist"),
    ("what should i do with the vials", after("ask_diy_products", "buy_vials"), "ask_diy_products/already_bought"),
    ("what if i forget a session", ON_COST, "ask_number_of_sessions/missed"),
    ("what happens when i miss a dose", about("minoxidil"), "ask_treatment_options/missed_doses"),
    ("couldn't i leave it off for the weekend", TOLD_ELIQUIS, "ask_who_should_avoid/skip_blood_thinner"),
    ("i'm only 16", about("minoxidil"), "ask_who_should_avoid/minors"),
    ("how come", after("ask_who_it_helps", "women"), "ask_evidence/women"),
    ("will the new hair stay in", ON_COST, "ask_results_duration"),
    ("once they're finished", ON_COST, "ask_results_duration"),
    # What if it fails, or they refuse.
    ("and suppose it fails", ON_EVIDENCE, "ask_evidence/if_it_fails"),
    ("what if that won't help", ON_COST, "ask_cost/refund"),
    ("if none of them work?", after(OPTIONS, "first_choice"), OPTIONS + "/if_it_fails"),
    ("what if nothing grows", about("minoxidil"), OPTIONS + "/if_it_fails"),
    ("and if that fails", after(OPTIONS, "scarring_options", subject="scarring"), "ask_who_it_helps/did_not_respond"),
    ("what if they won't show me", after("ask_choose_provider", "product_quality"), "ask_choose_provider/red_flags"),
    # How it compares with what was said.
    ("isn't that a lot", ON_COST, "ask_cost/is_it_normal"),
    ("sounds pricey", ON_COST, "ask_cost/is_it_normal"),
    ("that's very few", ON_EVIDENCE, "ask_evidence/why"),
    ("and the cheapest?", after(OPTIONS), OPTIONS + "/other_prices"),
    ("which is less painful", after("ask_compare_treatments", "prp", **{MEMORY: ["exosomes", "prp"]}), "ask_pain"),
    ("are exosomes any better", about("laser"), "ask_compare_treatments/laser"),
    ("is that the same as exosomes", ON_PRP, "ask_compare_treatments/prp"),
    # Where it comes from, and what other people do.
    ("how long has it been around", ON_EVIDENCE, "ask_exosome_source/discovery"),
    ("since when is that so", ON_APPROVAL, "ask_fda_status/warnings"),
    ("who makes sure of that", after("ask_exosome_source"), "ask_choose_provider/product_quality"),
    ("but my clinic offers it", ON_APPROVAL, "ask_choose_provider/doctor_says_safe"),
    ("a guy at work had it done", ON_EVIDENCE, "ask_evidence/one_story"),
    ("my neighbour skipped his, no trouble", ASKED_ELIQUIS, "ask_who_should_avoid/why_not_skip"),
    # A remark that wants an answer.
    ("it's mostly the crown", after("ask_who_it_helps"), "ask_who_it_helps/early"),
    ("only round the hairline", ON_CAUSE, "ask_hair_loss_cause/shedding_or_balding"),
    ("shampoo?", ON_AFTERCARE, "ask_aftercare/washing"),
    ("she's just seven", after(OPTIONS, "child_options"), OPTIONS + "/child_options"),
    ("i have lupus", ON_AVOIDING, "ask_who_should_avoid/autoimmune"),
    # Not what was just said.
    ("who decides that", {**after("ask_who_should_avoid", "cancer"), CONDITIONS: ["cancer"]}, SPECIALIST),
    ("must i pause it", after("ask_who_should_avoid", "immune_medicines", **{CONDITIONS: ["weak_immune_system"]}), WHY_NOT_SKIP),
    # What the assistant would do, what waiting does, what a word means, what a number says.
    ("what would you do if you were me", ON_COST, "ask_compare_treatments/my_choice"),
    ("so i just have to wait", WITH_AREATA, "ask_hair_loss_cause/waiting"),
    ("and if we do nothing", ON_CAUSE, "ask_hair_loss_cause/waiting"),
    ("what's that in plain words", about("stress_or_hormonal"), "ask_hair_loss_cause/stress"),
    ("what signs should i look out for", ON_SAFETY, "ask_aftercare/normal_or_not"),
    ("what should i watch out for", ON_MINOXIDIL, OPTIONS + "/minoxidil_side_effects"),
    ("my last a1c was 7.9", after("ask_who_should_avoid", "diabetes"), "ask_who_should_avoid/blood_sugar"),
    ("my ferritin came back at 22", ON_CAUSE, "ask_prepare_consultation/my_numbers"),
    ("even if i'm in remission", {**ON_AVOIDING, CONDITIONS: ["cancer"]}, "ask_who_should_avoid/cancer_cleared"),
    ("can it be done without the cream", after("ask_pain", "numbing"), "ask_pain/without_numbing"),
    ("once the baby's born", {**ON_AVOIDING, CONDITIONS: ["pregnant_or_breastfeeding"]}, "ask_who_it_helps/postpartum"),
    ("is it gentler", after(OPTIONS, "minoxidil_oral", subject="minoxidil"), OPTIONS + "/minoxidil_oral"),
    ("and moneywise", after("ask_compare_treatments", "prp", **{MEMORY: ["prp", "exosomes"]}), "ask_cost/why_expensive"),
    ("they'd do both together", after("ask_cost", **{MEMORY: ["prp", "exosomes"]}), "ask_combine_treatments/prp"),
    ("how common is that", ON_SAFETY, "ask_side_effects/how_often"),
    ("got anything more natural", ON_FINASTERIDE, OPTIONS + "/natural_oils"),
    ("could i speak to somebody who has it", WITH_AREATA, "ask_prepare_consultation/support_groups"),
    ("do i need a script for that", ON_FINASTERIDE, OPTIONS + "/finasteride"),
    ("are you sure? my clinic says yes", ON_APPROVAL, "ask_fda_status/are_you_sure"),
    ("how much longer will it go on", ON_CAUSE, "ask_hair_loss_cause/will_it_grow_back"),
    ("and if it settles by itself", ON_MINOXIDIL, OPTIONS + "/minoxidil_side_effects"),
    # With a remark beside it.
    ("what can i do meanwhile i can't sit around", ON_APPROVAL, OPTIONS),
    ("and exosomes?? read about them in a magazine", {**after(OPTIONS), "about_whom": "child"}, "ask_who_should_avoid/minors"),
    ("the whole thing worries me. is that normal", ON_CAUSE, "ask_hair_loss_cause/is_it_serious"),
    # In another order of words, or as a question of its own kind.
    ("how long it takes", ON_CAUSE, "ask_hair_loss_cause/will_it_grow_back"),
    ("altogether?", ON_COST, "ask_cost/whole_course"),
    ("how quickly should she be looked at", WITH_AREATA, "ask_hair_loss_cause/waiting"),
    ("how many", ON_SAFETY, "ask_side_effects/how_often"),
    ("what percentage", about("finasteride"), OPTIONS + "/finasteride_side_effects"),
    ("so what's the game plan", WITH_AREATA, OPTIONS + "/alopecia_areata_options"),
    ("what should i use", after("ask_choose_provider", "aesthetician_spa"), OPTIONS),
    ("so why is that", after(OPTIONS, "jak_inhibitors", subject="jak_inhibitors"), OPTIONS + "/jak_warning"),
    # What is read of the last answer, or told against it.
    ("sorry, i don't follow", ON_COST, "ask_more_detail/in_short"),
    ("so they were lying to us", ON_APPROVAL, "ask_choose_provider/misled"),
    ("but their leaflet says it is", after("ask_what_are_exosomes", "nobel_prize"), "ask_what_are_exosomes/nobel_prize"),
    ("she swears her hair grew back", ON_EVIDENCE, "ask_evidence/one_story"),
    ("my iron was normal", ON_CAUSE, "ask_hair_loss_cause/tests_normal"),
    ("even very short ones", after(OPTIONS, "microneedling"), OPTIONS + "/microneedling"),
    ("the lady on the phone said it's cleared", ON_APPROVAL, "ask_choose_provider/misled"),
    ("so he wasn't honest with us", ON_APPROVAL, "ask_choose_provider/misled"),
    ("what should i ask them", after("ask_choose_provider", "check_certification"), "ask_prepare_consultation/questions_to_ask"),
    ("and if i stop it", ON_MINOXIDIL, OPTIONS + "/minoxidil_stopping"),
    ("what does that mean", ON_COST, "ask_more_detail/in_short"),
    ("but my inr is stable", ASKED_ELIQUIS, "ask_prepare_consultation/my_numbers"),
    ("how does it compare", {**ON_PRP, "subject": "prp"}, "ask_compare_treatments/prp"),
    ("exosomes on top?", {**after(OPTIONS, "steroid_injections"), CONDITIONS: ["scarring"]}, "ask_who_it_helps/scarring"),
    # Something new is named.
    ("what about tricare", ON_COST, "ask_insurance/medicare"),
    ("i've got molina", after("book_consultation", "hours"), "ask_insurance/named_insurer"),
    ("rather a lady doctor", after("book_consultation", "hours"), "book_consultation/woman_doctor"),
    ("can i wear cornrows", after(OPTIONS, "steroid_injections", subject="alopecia_areata"), "ask_hair_loss_cause/traction"),
    ("and exosomes while we're trying", after(OPTIONS, "finasteride_fertility"), "ask_who_should_avoid/ivf_conceiving"),
    ("and exosomes then", {**after(OPTIONS), CONDITIONS: ["keloids"]}, "ask_who_should_avoid/keloids"),
    ("and what is there for it", after("ask_who_it_helps", "pcos_menopause", subject="exosomes"), OPTIONS + "/women_options"),
    # Compared with what is spoken of.
    ("vs prp", after("ask_compare_treatments", "minoxidil", **{MEMORY: ["exosomes", "minoxidil"]}), "ask_compare_treatments/prp"),
    ("versus dutasteride", {**ON_FINASTERIDE, "subject": "finasteride"}, "ask_compare_treatments/finasteride_versus_dutasteride"),
    ("vs laser", {**ON_MINOXIDIL, "subject": "minoxidil"}, "ask_compare_treatments/others"),
    # Told in many words.
    ("54 and my periods stopped ages ago, the top is so fine now", ON_EVIDENCE, "ask_who_it_helps/pcos_menopause"),
    ("we'd like another baby, spring or so, if all goes to plan", ON_MINOXIDIL, OPTIONS + "/minoxidil_women"),
    # Another subject was meant.
    ("no sorry, i asked about exosomes", ON_PRP, "ask_evidence"),
    ("and exosomes for that?", after(OPTIONS, "scarring_options", subject="scarring"), "ask_who_it_helps/scarring"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "before", "expected"), TURNS)
def test_what_a_follow_up_asks(text: str, before: dict[str, Any], expected: str) -> None:
    assert answer(text, before) == expected


def test_every_kind_has_a_turn() -> None:
    said = {kind.name for text, _, _ in TURNS if (kind := kind_of(text))}
    assert {kind.name for kind in KINDS} - said <= {"does_it_work", "is_it_approved"}


@pytest.mark.parametrize(
    ("text", "intent", "before"),
    [
        ("why is my hair falling out at 25", "ask_hair_loss_cause", ON_COST),
        ("are you sure exosomes are not approved in korea", "ask_fda_status", ON_COST),
        ("no", "deny", ON_COST),
        ("ok fine", "affirm", ON_COST),
        ("ok no problem", "thank", ON_COST),
        ("how much is the first visit", "ask_cost", ON_PRP),
        ("how many people were in the studies", "ask_evidence", ON_PRP),
        ("i have lupus", "inform", ON_COST),
        ("i'm a woman", "inform", about("exosomes")),
        ("my ankles are puffy since monday", "inform", about("exosomes")),
        ("can she get exosomes", "ask_who_it_helps", ON_COST),
        ("the tablets", "nlu_fallback", about("prp")),
        ("but i'm not pregnant", "inform", ON_COST),
        ("and then he wanted me to pay for six sessions of lupus treatment in advance", "complain", ON_COST),
        ("what about women who want to see a dermatologist here next week", "book_consultation", ON_COST),
        ("why", "nlu_fallback", {}),
        ("what if i skip it", "nlu_fallback", {}),
        ("ok", "affirm", ON_COST),
    ],
)
def test_what_is_no_follow_up(text: str, intent: str, before: dict[str, Any]) -> None:
    assert answer(text, before, intent) is None


def test_without_anything_before_the_classifier_reads_a_question_better() -> None:
    assert answer("does it work for women", {}, "ask_who_it_helps") is None
    assert answer("does it work for women", ON_MINOXIDIL, "ask_who_it_helps") == "ask_treatment_options/minoxidil_women"


def test_while_a_question_of_the_check_is_open_only_another_person_or_condition_is_asked_about() -> None:
    open_question = {**ON_COST, "requested_slot": "age"}
    assert answer("what if i'm diabetic?", open_question) == "ask_who_should_avoid/diabetes"
    assert answer("and lupus", open_question) is None, "an answer"
    assert answer("why", open_question) is None, "about the open question"


def test_while_only_the_start_of_the_check_is_asked_an_answer_is_asked_about_and_a_yes_starts_it() -> None:
    told = {CONDITIONS: ["blood_thinner_or_bleeding"]}
    before = {**after("ask_who_should_avoid", "blood_thinners", **told), "requested_slot": "check_consent"}
    assert answer("could i leave it off that day", before) == "ask_who_should_avoid/skip_blood_thinner"
    assert answer("why's that", before) == WHY_NOT_SKIP
    for reply, intent in (("yes", "affirm"), ("no thanks", "deny"), ("i'm 44", "inform"), ("start", "check_candidacy")):
        assert answer(reply, before, intent) is None
    assert answer("why's that", {**before, "turn_plan": ["utter_check_candidacy"]}) is None


def test_a_result_says_why_itself() -> None:
    assert answer("why", {"topic": "ask_cost", "turn_plan": ["utter_assessment", "utter_referral"]}) is None


@pytest.mark.parametrize(
    ("text", "offers", "before", "expected"),
    [
        ("yes please", (), ON_COST, "ask_more_detail"),
        ("yeah go on", (Target("ask_more_detail"), Target("ask_pain")), ON_COST, "ask_more_detail"),
        ("sure", (Target("ask_pain", "numbing"), Target("ask_cost")), ON_COST, "ask_pain/numbing"),
        ("yes", (Target("ask_pain"),), {"turn_plan": ["utter_nlu_fallback"]}, "ask_pain"),
        ("yes", (), {"turn_plan": ["utter_inform", "utter_referral"]}, "check_candidacy"),
        ("sure", (), {"topic": "ask_cost", "turn_plan": ["utter_check_left", "utter_referral"]}, "check_candidacy"),
        ("yes", (), {}, None),
        ("ok i see", (Target("ask_pain"),), ON_COST, None),
    ],
)
def test_a_yes_takes_what_was_offered(
    text: str, offers: tuple[Target, ...], before: dict[str, Any], expected: str | None
) -> None:
    found = followed(text, before, "affirm", offers)
    assert (found.answer.name if found else None) == expected


def test_a_question_is_no_yes() -> None:
    assert answer("is that ok", ON_AFTERCARE, "affirm") == "ask_aftercare/is_it_ok"


def test_the_place_of_a_button_is_a_choice_if_no_treatments_were_named() -> None:
    offers = (Target("ask_pain"), Target("ask_cost", "refund"))
    second = followed("the second one", ON_EVIDENCE, offers=offers)
    assert second is not None
    assert second.answer.name == "ask_cost/refund"
    named = followed("the second one", {**ON_EVIDENCE, MEMORY: ["prp"]}, offers=offers)
    assert named is not None
    assert (named.kind, named.is_elliptical) == ("that_one", True)


def test_an_elliptical_question_gives_way_to_another_treatment() -> None:
    found = followed("how many?", ON_PRP)
    assert found is not None
    assert found.is_elliptical


def test_a_remark_goes_on_with_the_topic_if_the_classifier_sees_a_detail_of_it() -> None:
    def remark(intent: str, confidence: float, slots: dict[str, Any]) -> FollowUp | None:
        likely = {"ask_results_timeline": "nothing_yet", "ask_cost": "refund"}
        return follow_up(Utterance("at week nine now", intent, confidence, slots=slots, likely=likely))

    timeline = after("ask_results_timeline")
    found = remark("inform", 0.9, timeline)
    assert found is not None
    assert found.answer.name == "ask_results_timeline/nothing_yet"
    assert remark("out_of_scope", 0.6, timeline) is not None
    assert remark("out_of_scope", 0.9, timeline) is None
    assert remark("thank", 0.9, timeline) is None
    assert remark("inform", 0.9, ON_EVIDENCE) is None, "no detail of that topic"
    assert remark("inform", 0.9, after("ask_results_timeline", "nothing_yet")) is None, "just said"
    assert remark("inform", 0.9, {**timeline, "turn_plan": ["utter_thank"]}) is None, "it follows no answer"
    assert remark("inform", 0.9, {**timeline, "requested_slot": "age"}) is None, "an answer to the check"


def test_what_is_likely_by_the_last_answer() -> None:
    stopping, main = Target(OPTIONS, "minoxidil_stopping"), Target(OPTIONS, "minoxidil")
    told = Utterance("could be a year before i'm back on it", "inform", 0.6, slots=ON_MINOXIDIL, in_context=Choice(stopping, 0.6))
    found = follow_up(told)
    assert found
    assert found.answer == stopping
    assert not follow_up(replace(told, intent="thank"))
    assert follow_up(replace(told, intent="ask_cost"))
    assert not follow_up(replace(told, intent="ask_cost", confidence=0.95))  # which is clearly asked
    assert follow_up(replace(told, in_context=Choice(stopping, 0.2)))
    assert not follow_up(replace(told, in_context=Choice(stopping, 0.1)))
    assert not follow_up(replace(told, in_context=Choice(Target("out_of_scope"), 0.9)))
    again = replace(told, slots=after(OPTIONS, "minoxidil_stopping", said=["utter_ask_treatment_options/minoxidil_stopping"]))
    assert follow_up(again)
    assert follow_up(replace(again, in_context=Choice(stopping, 0.4))) is None
    assert follow_up(replace(again, intent="ask_cost")) is None
    asked = replace(told, intent="ask_cost", likely={"ask_cost": "refund"})
    assert follow_up(asked)
    assert not follow_up(replace(asked, in_context=Choice(stopping, 0.2)))  # its own detail is clearer
    asked_about_it = replace(told, intent="ask_cost", in_context=Choice(main, 0.6))
    assert not follow_up(replace(asked_about_it, slots=after("ask_cost")))  # which is only about minoxidil
    assert not follow_up(replace(told, slots={**ON_MINOXIDIL, "said": ["utter_ask_treatment_options/minoxidil_stopping"]}))
    assert not follow_up(replace(told, slots={**ON_MINOXIDIL, "turn_plan": ["utter_thank"]}))


def test_whoever_plainly_asks_for_a_visit_asks_for_no_more_about_the_last_answer() -> None:
    hours = Target("book_consultation", "hours")
    booking = Utterance("i want to book a visit", "book_consultation", 0.97, slots=after("book_consultation", "parking"))
    booking = replace(booking, in_context=Choice(hours, 0.8))
    assert follow_up(booking) is None
    assert follow_up(replace(booking, confidence=0.6))
    assert follow_up(replace(booking, likely={"book_consultation": "hours"}))


def test_right_after_an_answer_the_classifier_finds_the_kind_of_a_vague_question() -> None:
    def vague(text: str, intent: str, slots: dict[str, Any], *near: str) -> FollowUp | None:
        entities = [_entity(mention) for mention in FINDER.find(text, is_question=True)]
        return follow_up(Utterance(text, intent, 0.9, entities, slots, likely={"ask_more_detail": "if_it_fails"}, near=near))

    found = vague("worst case, nowt grows", "ask_more_detail", ON_COST)
    assert found is not None
    assert found.answer.name == "ask_cost/refund"
    assert vague("worst case, nowt grows", "complain", ON_COST, "complain", "ask_more_detail") is not None
    assert vague("worst case, nowt grows", "complain", ON_COST, "complain") is None
    assert vague("worst case, nowt grows", "ask_more_detail", {**ON_COST, "turn_plan": ["utter_thank"]}) is None, (
        "no answer before"
    )
    assert vague("worst case, nowt grows", "ask_cost", ON_EVIDENCE, "ask_cost", "ask_more_detail") is None, (
        "a question of its own"
    )
    assert vague("worst case for minoxidil", "ask_evidence", ON_COST, "ask_more_detail") is None, "it names its subject"


def test_a_vague_question_that_follows_nothing_asks_what_it_is_read_as_next() -> None:
    likely, near = {"ask_more_detail": "my_opinion"}, ["ask_more_detail", "ask_worth_it", "complain"]
    found = follow_up(Utterance("would you chance it", "ask_more_detail", likely=likely, near=near))
    assert found is not None
    assert found.answer.name == "ask_worth_it"
    assert follow_up(Utterance("tell me more", "ask_more_detail", near=near)) is None, "a wish for more"


def test_a_comparison_with_the_subject_is_no_question_about_the_named_treatment() -> None:
    assert answer("minoxidil on top?", ON_PRP, "ask_combine_treatments") is None
    assert answer("and minoxidil?", ON_PRP, "ask_treatment_options") == "ask_treatment_options/minoxidil"


def test_a_question_that_may_be_of_the_last_topic_is_so_if_that_has_a_detail_for_it() -> None:
    def question(intent: str, *near: str) -> FollowUp | None:
        likely = {"ask_results_timeline": "first_signs", "ask_pain": "after"}
        said = Utterance("and by the second week", intent, 0.9, slots=after("ask_results_timeline"), likely=likely, near=near)
        return follow_up(said)

    found = question("ask_aftercare", "ask_aftercare", "ask_results_timeline")
    assert found is not None
    assert found.answer.name == "ask_results_timeline/first_signs"
    assert question("ask_aftercare", "ask_aftercare") is None
    offered = Utterance(
        "and sore", "inform", 0.9, slots=ON_COST, offers=[Target("ask_pain", "after")], likely={"ask_pain": "after"}
    )
    assert follow_up(offered) == FollowUp("same_topic", Target("ask_pain", "after"), gives_way=True)
    assert question("ask_pain", "ask_pain", "ask_results_timeline") is None, "it asks for a detail of its own"


def test_what_nobody_understood_right_after_an_answer_is_what_it_is_read_as_most_likely() -> None:
    def unclear(slots: dict[str, Any]) -> FollowUp | None:
        return follow_up(
            Utterance("zinc perhaps", "nlu_fallback", 0.5, slots=slots, likely={"ask_pain": "after"}, guess="ask_pain")
        )

    found = unclear(ON_CAUSE)
    assert found is not None
    assert found.answer.name == "ask_pain/after"
    assert unclear({**ON_CAUSE, "turn_plan": ["utter_thank"]}) is None
