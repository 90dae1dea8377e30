"""Each mistake below is made in a copy of the tree in memory, and `make check` must name it. The tree itself has none."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from commands.check import faults, main
from commands.consistency import contract, intents, questionnaire, understanding
from commands.consistency.project import PROJECT, Project
from runtime.paths import ROOT

# What somebody did; what stood in the file, as a regular expression whose first match is replaced; what stands there now; and
# words that one of the messages must have, all of them.
Mistake = tuple[str, str, str, tuple[str, ...]]

CHECK, CANDIDACY, GROUPS = "data/check.yml", "actions/candidacy.py", "components/intents.py"
LEXICON, ANSWERS, SIGNS = "data/understanding/entities.yml", "data/nlu/answers.yml", "data/understanding/danger"
CLASSES, ANTICOAGULANTS = "data/understanding/concepts/classes.yml", "data/understanding/concepts/anticoagulants.yml"
LANGUAGES, FRENCH = "data/understanding/languages.yml", "data/responses/danger_only/fr.yml"
OPENAPI, DOMAIN = "docs/openapi.yml", "domain.yml"
EMERGENCY, NOTICES, REASONS = "data/responses/report_emergency.yml", "data/responses/notices.yml", "data/responses/reasons.yml"
FACTS, SOURCES = "data/facts.yml", "data/sources.yml"
LIMITS, DATABASE = "runtime/limits.py", "components/storage/database.py"
WEB, CONTRACT, RATES = "channels/web/channel.py", "channels/web/contract.py", "channels/web/rate_limits.py"
PLAN, LEADER, HEARD = "components/dialogue/turn_plan.py", "components/dialogue/check.py", "components/dialogue/parsed_message.py"
WHOM = "components/understanding/about_whom.py"
NAMED = "components/understanding/named_treatments.py"
BOOKING = "data/responses/book_consultation.yml"
COST = "data/responses/ask_cost.yml"
COMPOSE, NGINX, TEMPLATE = "deploy/compose.yml", "deploy/nginx.py", "deploy/nginx.conf.j2"

FOLLOW_UPS, TREATMENTS, FOLLOWED = (
    "data/understanding/follow_ups.yml",
    "data/understanding/treatment_details.yml",
    "data/responses/follow_ups.yml",
)

# An example of a detail that the topic does not have.
PREMIUM = """- intent: ask_insurance
  metadata: {voice: mails, detail: premium}
  examples: |
    - what is the premium
"""

MISTAKES: dict[str, list[Mistake]] = {
    FACTS: [
        ("a fact that went away", r"COST-01:", "COST-91:", ("utter_ask_cost cites COST-01", FACTS)),
        ("a fact behind a rule that went away", r"CMP-17:", "CMP-97:", (CANDIDACY, "CMP-17", FACTS)),
        ("a number that a claim no longer has", r"up to \$15,000", "up to $14,000", ("utter_ask_cost says 15000", "COST-01")),
        ("a source of a fact that is none", "ersan-2024: ", "ersan-2042: ", (FACTS, "ersan-2042", SOURCES)),
        ("a regulator without a source", r"(?s)(REG-02:.*?sources: )\{[^}]*\}", r"\1{}", ("REG-02 has no source", "general")),
        ("marketing as evidence", r"(?s)(EXO-01:.*?sources: )\{", r'\1{article: "all", ', ("EXO-01 rests on", "promoter")),
        ("a strength that is none", "strength: review", "strength: strong", ("EXO-01 has the strength strong", "review")),
        ("a reading that is none", "read: abstract", "read: skimmed", ("EXO-01 has the read skimmed", "abstract")),
        ("a fact without its date", r" +as_of: \"2026-11-22\"\n +strength", "    strength", ("EXO-01 needs exactly", "as_of")),
    ],
    SOURCES: [
        ("a source that no fact rests on", "ersan-2024:", "ersan-2042:", (SOURCES, "ersan-2042", "no fact")),
        (
            "an address that nobody can follow",
            "https://doi.org/10.1007/s00266-024",
            "doi.org/10.1007/s00266-024",
            (SOURCES, "https://"),
        ),
        ("a source that is a search", "https://doi.org/10.1007", "https://x.org/?term=hair&doi=10.1007", (SOURCES, "a search")),
        ("a source that does not say when it was opened", r", checked: [^}]*", "", (SOURCES, "checked", "null")),
    ],
    FOLLOW_UPS: [
        (
            "a follow-up that leads nowhere",
            "ask_insurance: ask_insurance/why",
            "ask_insurance: ask_insurance/whi",
            (FOLLOW_UPS, "why after ask_insurance", "utter_ask_insurance/whi"),
        ),
        (
            "a follow-up on nothing that is spoken of",
            "      scarring: ask_treatment_options/scarring_options",
            "      scaring: ask_treatment_options/scarring_options",
            (FOLLOW_UPS, "has scaring for", "correct the name"),
        ),
        (
            "a group that the lexicon does not know",
            r"values: \[allergy\]",
            "values: [alergy]",
            (FOLLOW_UPS, "alergy for allergy"),
        ),
    ],
    "data/responses/said_before.yml": [
        ("a subject that there is none of", r"value: laser", "value: lasers", ("utter_said_before", "subject: lasers")),
    ],
    TREATMENTS: [
        ("a treatment misspelt", r"laser:\n", "lazer:\n", (TREATMENTS, "lazer", LEXICON)),
        (
            "a text about a condition that went away",
            r"texts: \[ask_hair_loss_cause/chemo",
            "texts: [ask_hair_loss_cause/kemo",
            ("kemo",),
        ),
        (
            "a question of no treatment misspelt",
            r"\[ask_procedure/consultation",
            "[ask_procedure/consult",
            ("unchanged", "consult"),
        ),
        ("a topic of a condition misspelt", r"ask_results_timeline/\*: ", "ask_result_timeline/*: ", ("ask_result_timeline",)),
        (
            "a text about a treatment misspelt",
            "anything: ask_treatment_options/laser",
            "anything: ask_laser",
            ("utter_ask_laser",),
        ),
    ],
    FOLLOWED: [
        (
            "a text that no follow-up leads to",
            "utter_ask_insurance/why:",
            "utter_ask_insurance/how:",
            (FOLLOWED, "utter_ask_insurance/how", FOLLOW_UPS),
        ),
    ],
    "data/responses/danger_question.yml": [
        ("a question about danger misspelt", "value: getting_there", "value: going_there", ("danger_question: going_there",)),
    ],
    "data/responses/express_distress.yml": [
        ("a text for nobody's distress", "value: child_2", "value: kid_2", ("distress: kid_2",)),
    ],
    CHECK: [
        (
            "a health flag without a rule",
            r"( +)allergy: .*\n",
            r"\g<0>\1dialysis: On dialysis\n",
            ("data/check.yml offers health_flags: dialysis", "actions/candidacy.py", "add a Rule or take it out"),
        ),
        (
            "a health flag without words",
            r"( +)allergy: .*\n",
            r"\g<0>\1dialysis: On dialysis\n",
            ("health_flags: dialysis", LEXICON, ANSWERS),
        ),
        (
            "a kind of hair loss without a rule",
            r"( +)scarring: .*\n",
            r"\g<0>\1traction: Traction\n",
            (CHECK, "traction", "Rule"),
        ),
        ("a stage without a rule", r"( +)advanced: .*\n", r"\g<0>\1total: All gone\n", (CHECK, "hair_loss_stage: total", "Rule")),
        (
            "a warning sign without a rule",
            r"( +)painful_or_burning: .*\n",
            r"\g<0>\1oozing: Oozing\n",
            ("warning_signs: oozing", "Rule"),
        ),
        ("a rule without a value", r" +past_cancer: .*\n", "", (CANDIDACY, "the rule past_cancer", CHECK)),
        (
            "a question that is no list any more",
            r"(label: Health\n) +select: many\n",
            r"\1",
            (CHECK, "health_flags", DOMAIN, "list"),
        ),
        (
            "a value without its precedence",
            r"precedence: \[scarring, other_cause, not_sure, ",
            "precedence: [scarring, other_cause, ",
            ("precedence of hair_loss_type", "not_sure"),
        ),
        (
            "a harmless kind before a more cautious one",
            r"\[scarring, (.*), pattern, declined\]",
            r"[pattern, scarring, \1, declined]",
            ("precedence of hair_loss_type", "pattern before scarring", "most cautious first"),
        ),
        (
            "a harmless stage before a more cautious one",
            r"\[long_standing_smooth, advanced, moderate, early,",
            "[early, long_standing_smooth, advanced, moderate,",
            ("precedence of hair_loss_stage", "early before long_standing_smooth"),
        ),
        ("broken YAML", r"select: many\n", "select: [many\n", (f"{CHECK}, line ", "Correct it")),
        ("a character that is no text", "label: Health", "label: \a", (CHECK, "characters that YAML does not allow")),
        ("a field misspelt", "no_means: none", "no_mean: none", (CHECK, "the unknown field no_mean for health_flags")),
        ("a flag misspelt", "everyday_words: true", "everyday_word: true", (CHECK, "the unknown field everyday_word")),
        ("a flag that is no flag", "everyday_words: true", "everyday_words: ture", (CHECK, "everyday_words: ture")),
        ("a no that means no value", "no_means: none", "no_means: nonee", (CHECK, "no_means: nonee for health_flags")),
        ("a yes that means no value", "yes_means: helped", "yes_means: helpd", (CHECK, "yes_means: helpd")),
        ("an unlisted value that is none", "unlisted: other", "unlisted: othr", (CHECK, "unlisted: othr")),
        (
            "a question that depends on a later one",
            "only_after: prior_treatments",
            "only_after: past_treatments",
            ("treatment_response", "past_treatments"),
        ),
        (
            "a question without not sure",
            r"(from_60: 60 or older\n) +not_sure: Not sure\n",
            r"\1",
            (CHECK, "age: not_sure", "held up"),
        ),
        ("a band of ages without its years", ", from_60: 60}", "}", (CHECK, "counts_as for", "age has other bands")),
    ],
    CANDIDACY: [
        ("a rule taken out", r' +Rule\("allergy".*\n', "", (CHECK, "health_flags: allergy", "add a Rule")),
        ("a rule for not sure taken out", r' +Rule\("age_not_sure".*\n', "", (CHECK, "age: not_sure", "add a Rule")),
        ("a rule about another slot", r'"early", "hair_loss_stage"', '"early", "hair_stage"', ("the rule early", "hair_stage")),
        (
            "a rule about an unknown danger",
            r'DANGER_SLOT, "crisis"',
            'DANGER_SLOT, "crises"',
            ("the rule crisis_reported", "crises"),
        ),
        ("the slot of danger misspelt", '= "danger"', '= "dangr"', ("dangr in DANGER_SLOT", DOMAIN)),
        ("an age group misspelt", "return UNDER_AGE if", 'return "under18" if', (CANDIDACY, "under18")),
        ("a warning sign misspelt", r"- \{PATCHY\}", '- {"patchy"}', (CANDIDACY, "names patchy,", CHECK)),
        (
            "a warning sign renamed",
            'PATCHY = "alopecia_areata", "patchy_',
            'PATCHY = "alopecia_areata", "patch_',
            ("patch_undiagnosed",),
        ),
        ("broken Python", r"RULES: tuple\[", "RULES tuple[", (f"{CANDIDACY}, line ", "Correct it")),
        ("two rules of one name", r'Rule\("past_cancer"', 'Rule("allergy"', (CANDIDACY, "two rules called allergy")),
    ],
    REASONS: [
        ("a rule without its reason", "utter_reason_allergy:", "utter_reason_alergy:", ("utter_reason_allergy", "allergy")),
    ],
    DOMAIN: [
        (
            "a list that is no list in the domain",
            r"prior_treatments: \{type: list",
            "prior_treatments: {type: text",
            (CHECK, "prior_treatments"),
        ),
        ("a form in another order", r"\[age, health_flags, ", "[health_flags, age, ", ("candidacy_form", DOMAIN, CHECK)),
        ("an entity that the domain does not have", r"- group: ", "- groups: ", (DOMAIN, "groups")),
        ("a role that the domain does not have", r"denied, asked\]", "negated, asked]", (DOMAIN, "negated")),
        (
            "an action that the domain does not have",
            r"- action_lead_check",
            "- action_leads_check",
            ("action_lead_check", DOMAIN),
        ),
        (
            "a shorter session in the domain",
            "session_expiration_time: 30",
            "session_expiration_time: 20",
            (DOMAIN, "20", "MAX_SESSION_IDLE", LIMITS),
        ),
    ],
    "data/responses/check.yml": [
        (
            "a question without its text",
            "utter_ask_candidacy_form_age:",
            "utter_ask_candidacy_form_years:",
            ("utter_ask_candidacy_form_age",),
        ),
        ("a question without its explanation", "utter_explain_age:", "utter_explain_years:", ("utter_explain_age",)),
    ],
    "data/responses/assessment.yml": [
        ("an urgent result without danger", r" +danger: reminder\n", "", ("utter_assessment", "needs reminder")),
        (
            "a harmless result with danger",
            r"(value: worth_discussing(?s:.*?)metadata:\n)( +)",
            r"\1\2danger: report\n\2",
            ("utter_assessment has metadata danger: report", "needs None"),
        ),
        ("an outcome without its headline", "value: not_now", "value: not_yet", ("utter_assessment", "not_now")),
    ],
    LEXICON: [
        (
            "a lexicon value that the check does not know",
            r"(\n +)long_standing_smooth:",
            r"\1long_standing:",
            (LEXICON, "hair_loss_stage: long_standing,", CHECK),
        ),
        ("a lexicon entity that is none", r"\n  warning_signs:", r"\n  warning_sign:", (LEXICON, "warning_sign,")),
    ],
    CLASSES: [
        (
            "a consequence that the check does not know",
            "now: {health_flags: allergy}",
            "now: {health_flags: alergy}",
            (CLASSES, "health_flags: alergy for allergy", CHECK),
        ),
        (
            "a treatment that nothing asks for",
            "now: {prior_treatments: microneedling}",
            "now: {prior_treatments: dermaroller}",
            (CLASSES, "prior_treatments: dermaroller for microneedling"),
        ),
        (
            "a slot of a consequence misspelt",
            "past: {health_flags: past_cancer}",
            "past: {flags: past_cancer}",
            (CLASSES, "flags: past"),
        ),
        (
            "a class without a source",
            r"(anticoagulant: .*\n.*)source: [^\n]*?, reviewed",
            r"\1reviewed",
            (CLASSES, "no source", "anticoag"),
        ),
        ("a source that is no fact", "source: AVD-07,", "source: AVD-97,", (CLASSES, "AVD-97 for allergy", FACTS)),
        (
            "a class without a date",
            r'source: AVD-07, reviewed: "2026-11-30"',
            "source: AVD-07",
            (CLASSES, "allergy was reviewed"),
        ),
        ("a class that nothing belongs to", r"\nsupplement:", "\nsupplements:", (CLASSES, "has supplements, which no concept")),
    ],
    ANTICOAGULANTS: [
        (
            "a class misspelt",
            "class: antiplatelet",
            "class: antiplatelets",
            (ANTICOAGULANTS, "antiplatelets for clopidogrel", CLASSES),
        ),
        (
            "a name with two meanings",
            r"\[apixaban, ",
            "[apixaban, clexane, ",
            (ANTICOAGULANTS, "clexane", "apixaban", "enoxaparin"),
        ),
        ("a name in capitals", r"\[apixaban, eliquis", "[apixaban, Eliquis", (ANTICOAGULANTS, "Eliquis", "lower case")),
    ],
    ANSWERS: [
        (
            "a slot of answers.yml that does not exist",
            r"slot: health_flags, reading: allergy",
            "slot: health, reading: allergy",
            (ANSWERS, "the slot health,"),
        ),
        (
            "a reading that the check does not know",
            r"reading: too_early",
            "reading: to_early",
            (ANSWERS, "treatment_response: to_early"),
        ),
        (
            "two readings of a question with one answer",
            r"reading: too_early",
            "reading: too_early + helped",
            (ANSWERS, "treatment_response", "one answer"),
        ),
    ],
    f"{SIGNS}/report_emergency.yml": [
        (
            "a danger without its reply",
            r"\nsepsis:",
            r"\nsepsiss:",
            (f"{SIGNS}/report_emergency.yml", "danger sepsiss", EMERGENCY),
        ),
        ("an urgency of an emergency", r"\nsepsis:", r"\g<0>\n  urgency: today", ("an urgency for sepsis", "only a reaction")),
    ],
    f"{SIGNS}/report_reaction.yml": [
        (
            "a reaction that can wait before one that cannot",
            r"(?s)(.*\n)(low_mood:\n.*?\n\n)",
            r"\2\1",
            (f"{SIGNS}/report_reaction.yml", "has heart_or_swelling", "urgency today, after low_mood"),
        ),
        (
            "a reaction that waits",
            r"\nlumps:\n  urgency: today",
            "\nlumps:\n  urgency: soon",
            ("urgency soon for lumps", "CALM_KINDS"),
        ),
        (
            "a reaction without its urgency",
            r"  urgency: soon\n",
            "",
            (f"{SIGNS}/report_reaction.yml", "urgency None", "today, soon"),
        ),
    ],
    EMERGENCY: [
        (
            "a reply without its danger",
            "value: breathing",
            "value: breath",
            (EMERGENCY, "the danger breath,", f"{SIGNS}/report_emergency.yml"),
        ),
        (
            "a reminder that became a report",
            "danger: reminder",
            "danger: report",
            ("utter_danger_reminder_emergency", "needs reminder"),
        ),
        ("a condition on no slot", "name: danger_kind", "name: danger_sort", (EMERGENCY, "danger_sort", DOMAIN)),
        ("a fact that is none", "EMG-03", "EMG-30", (EMERGENCY, "EMG-30", FACTS)),
    ],
    "data/responses/report_reaction.yml": [
        ("a reaction that does not say so", r"\n +danger: report", "", ("report_reaction.yml", "danger: None", "needs report")),
        (
            "a report that became a reminder",
            "danger: report",
            "danger: reminder",
            ("utter_report_reaction", "danger: reminder", "needs report"),
        ),
        ("metadata misspelt", "danger: report", "dangr: report", ("report_reaction.yml", "the unknown metadata dangr")),
        ("a field misspelt", r"- condition:", "- conditions:", ("report_reaction.yml", "the unknown field conditions")),
    ],
    LANGUAGES: [
        (
            "a language without its texts",
            r"\n  th: ",
            r"\n  lo: ",
            ("the language lo,", f"{LANGUAGES} has", "danger_only/lo.yml"),
        ),
        ("texts without their language", r"\n  th: ", r"\n  lo: ", ("data/responses/danger_only/th.yml", "no language of")),
    ],
    FRENCH: [
        ("a text that a language lacks", "utter_report_abuse:", "utter_report_abused:", (FRENCH, "lacks utter_report_abuse")),
        ("a translation of nothing", "utter_report_abuse:", "utter_report_abused:", (FRENCH, "utter_report_abused", "nobody")),
        (
            "an emergency without its number",
            r"suite le \{emergency_number\}\. N'",
            "suite. N'",
            (FRENCH, "utter_report_emergency", "say {emergency"),
        ),
        (
            "an emergency without the crisis line",
            r"(?s)(urgence\.\n.*?)\{crisis_contact\}",
            r"\g<1>988",
            (FRENCH, "utter_report_emergency", "does not say {crisis_contact}"),
        ),
        (
            "a crisis that ends with something else",
            r"(parlez à la ligne d'écoute de crise : \{crisis_contact\}\.)",
            r"\1 Ou appelez le {emergency_number}.",
            (FRENCH, "utter_express_self_harm", "does not end with {crisis_contact}"),
        ),
        (
            "English words in a French text",
            r"\{crisis_contact\}",
            "{crisis_line}",
            (FRENCH, "{crisis_line}", "may be in English"),
        ),
        (
            "a turn that does not end with a dermatologist",
            r"\(board-certified dermatologist\) pourra peut",
            "pourra peut",
            (FRENCH, "utter_referral", "board-certified dermatologist"),
        ),
        (
            "a crisis without the words for a friend",
            "value: someone_else",
            "value: self",
            (FRENCH, "no variant for someone_else"),
        ),
        ("a calm kind that gets the alarm", "value: low_mood", "value: rash", (FRENCH, "no variant for low_mood")),
        ("texts that do not say who has read them", r'by: ""\n', "", (FRENCH, "lacks by")),
        ("no words for an unknown number", r"\n  other: \{", r"\n  ES: {", (FRENCH, "no words for emergency_number")),
    ],
    LEADER: [
        ("an intent misspelt in code", "intent == DISTRESS", 'intent == "distress"', (LEADER, "the intent distress,", DOMAIN)),
        ("a response misspelt in code", '"utter_check_paused"', '"utter_check_pause"', (LEADER, "utter_check_pause,")),
    ],
    "data/countries.yml": [
        ("a country without its crisis line", r'  crisis_phone: "988"\n', "", ("data/countries.yml", "US", "crisis_phone")),
    ],
    GROUPS: [
        (
            "a typo in a group: before a question",
            r"OVERRIDES_QUESTION = \{CHECK_CANDIDACY",
            'OVERRIDES_QUESTION = {"check_candidacies"',
            (GROUPS, "check_candidacies in OVERRIDES_QUESTION", DOMAIN),
        ),
        (
            "a typo in a group: dangers",
            r'CRISIS, EMERGENCY = "express_self_harm"',
            'CRISIS, EMERGENCY = "express_selfharm"',
            (GROUPS, "express_selfharm", "DANGERS", DOMAIN),
        ),
        (
            "signs of an intent that is no danger",
            r'ABUSE, REACTION = "report_abuse"',
            'ABUSE, REACTION = "report_abuses"',
            (f"{SIGNS}/report_abuse.yml", GROUPS),
        ),
        (
            "a danger without signs",
            r'ABUSE, REACTION = "report_abuse"',
            'ABUSE, REACTION = "report_abuses"',
            (f"{SIGNS}/report_abuses.yml", GROUPS),
        ),
        (
            "a typo in a group: beside a question",
            r'YIELDS_TO_QUESTION = \{"greet"',
            'YIELDS_TO_QUESTION = {"gret"',
            (GROUPS, "gret", "YIELDS_TO_QUESTION"),
        ),
        (
            "a typo in a group: asides",
            r'INTERRUPTIONS = \{"talk_to_human"',
            'INTERRUPTIONS = {"talk_to_humans"',
            (GROUPS, "talk_to_humans", "INTERRUPTIONS"),
        ),
        (
            "a typo in a group: care first",
            r"CARE_FIRST_INTENTS = \{AFFIRM",
            'CARE_FIRST_INTENTS = {"afirm"',
            (GROUPS, "afirm", "CARE_FIRST_INTENTS"),
        ),
        (
            "a prefix of no intent",
            r'QUESTION_PREFIX, "book_"',
            'QUESTION_PREFIX, "booking_"',
            (GROUPS, "booking_", "ASKING_PREFIXES"),
        ),
    ],
    "data/rules/questions.yml": [
        ("a topic without its rule", r" +- intent: ask_cost\n", "", ("ask_cost", "data/rules/")),
        ("a rule of no intent", r"intent: ask_cost\n", "intent: ask_costs\n", ("ask_costs", DOMAIN)),
    ],
    "data/nlu/out_of_scope.yml": [
        (
            "a topic's message that is out of scope too",
            r"examples: \|\n",
            "examples: |\n    - How much is it?\n",
            ("data/nlu/out_of_scope.yml", "how much is it", "data/nlu/ask_cost.yml"),
        ),
    ],
    "data/nlu/ask_insurance.yml": [
        (
            "a detail without its answer",
            r"(?m)^nlu:\n",
            f"nlu:\n{PREMIUM}",
            ("data/nlu/ask_insurance.yml", "ask_insurance/premium", "add utter_ask_insurance/premium"),
        ),
        (
            "a detail in one voice",
            r"(?m)^nlu:\n",
            f"nlu:\n{PREMIUM}",
            ("ask_insurance/premium by 1 voices", "at least 10, by at least 3 voices"),
        ),
        (
            "a detail with few examples",
            r"(?m)^nlu:\n",
            "nlu:\n- intent: ask_insurance\n  metadata: {detail: premium}\n  examples: |\n    - can i deduct it\n",
            ("has 1 examples of ask_insurance/premium", "at least 10"),
        ),
        ("examples of no intent", "intent: ask_insurance", "intent: ask_insurances", ("ask_insurances", DOMAIN)),
        (
            "a topic with few examples",
            r"(?s)(examples: \|\n(?: +- [^\n]*\n){20}).*",
            r"\1",
            ("ask_insurance.yml", "examples: write at least 60"),
        ),
        (
            "a message of two topics",
            r"examples: \|\n",
            "examples: |\n    - How much is it?\n",
            ("how much is it", "ask_cost.yml", "ask_insurance.yml"),
        ),
    ],
    "data/responses/ask_who_it_helps.yml": [
        (
            "a variant for a value that never comes",
            "value: pattern",
            "value: patern",
            ("ask_who_it_helps.yml", "topic_condition: patern"),
        ),
    ],
    COST: [
        ("a detail of no topic", "utter_ask_cost_more:", "utter_ask_price/refund:", (COST, "utter_ask_price/refund", "no rule")),
        (
            "a detail without a title",
            "utter_ask_cost_more:",
            "utter_ask_cost/haggling:",
            ("utter_ask_cost/haggling has no title",),
        ),
        (
            "a detail that is too long",
            "utter_ask_cost_more:",
            "utter_ask_cost/haggling:",
            ("utter_ask_cost/haggling", "20 to 72"),
        ),
        (
            "a detail about what nobody can name",
            r"utter_ask_cost_more:((.*\n)+?) +metadata:\n",
            r"utter_ask_cost/haggling:\1    metadata:\n      about: {topic_treatment: gold}\n",
            ("utter_ask_cost/haggling is about topic_treatment: gold",),
        ),
        ("a followup that is no detail", r"followups: \[", "followups: [ask_cost/haggling, ", ("offers ask_cost/haggling",)),
        ("a follow-up that is no topic", r"followups: \[", "followups: [ask_weather, ", ("ask_cost.yml", "ask_weather")),
        (
            "an answer to a detail that nothing asks for",
            "utter_ask_cost_more:",
            "utter_ask_cost/haggling:",
            ("data/responses/ask_cost.yml answers ask_cost/haggling", "no examples", "data/nlu/"),
        ),
        (
            "a topic without its longer answer",
            "utter_ask_cost_more:",
            "utter_ask_costs_more:",
            ("ask_cost", "utter_ask_cost_more"),
        ),
        ("a topic without a button", r"title: .*\n", "name: x\n", ("utter_ask_cost has no title",)),
        ("an answer without a fact", r"facts: \[.*\]", "facts: []", ("utter_ask_cost", "cites no fact")),
        ("another price", r"\$15,000", "$16,000", ("utter_ask_cost says 16000", "COST-01")),
        ("a number of weeks in words", r"(text: \|-\n +)", r"\1It takes nine weeks. ", ("utter_ask_cost says 9", "COST-01")),
        ("an approval without a date", r"\{as_of\} ", "", ("utter_ask_cost speaks of approval", "{as_of}")),
        ("a date written out", r"\{as_of\} ", "As of November 2026, ", ("utter_ask_cost says November 2026 itself", "{as_of}")),
        (
            "an answer that is too long",
            r"(text: \|-\n +)",
            r"\1" + 20 * "It depends. ",
            ("utter_ask_cost", "words instead of 40 to 75"),
        ),
        (
            "a response without a default",
            r"- text: \|-",
            "- condition: []\n    text: |-",
            ("utter_ask_cost", "without a condition"),
        ),
        ("a promise", r"(text: \|-\n +)", r"\1This is a miracle. ", ("ask_cost.yml", "miracle", "section T")),
    ],
    NOTICES: [
        ("a response that nothing says", "utter_media_notice:", "utter_media_notices:", (NOTICES, "utter_media_notices")),
        ("a placeholder that is none", r"\{emergency_number\}", "{emergency}", (NOTICES, "{emergency}")),
        (
            "longer messages in a reply",
            r"1 to 5,000 characters",
            "1 to 6,000 characters",
            (NOTICES, "6,000", "MAX_MESSAGE_LENGTH"),
        ),
    ],
    NAMED: [
        (
            "a slot constant misspelt",
            r'TREATMENT = "prior_',
            'TREATMENT = "past_',
            (NAMED, "past_treatments in TREATMENT", DOMAIN),
        ),
    ],
    WHOM: [
        ("a value misspelt in code", r'UNDER_18 = "under_18"', 'UNDER_18 = "under_eighteen"', (WHOM, "under_eighteen", LEXICON)),
    ],
    HEARD: [
        ("a condition misspelt", r'"past_cancer": "', '"former_cancer": "', (HEARD, "former_cancer", LEXICON)),
        ("an entity misspelt in code", r'entity == "reply"', 'entity == "replies"', (HEARD, "replies,", DOMAIN)),
    ],
    PLAN: [
        (
            "a slot misspelt in code",
            r'slots.get\("misunderstood"\)',
            'slots.get("misunderstand")',
            (PLAN, "misunderstand,", DOMAIN),
        ),
        ("a slot misspelt where it is set", '"danger_kind":', '"danger_sort":', (PLAN, "the slot danger_sort,", DOMAIN)),
    ],
    "components/dialogue/danger.py": [
        (
            "an entity misspelt in a plan",
            r'first\("danger_basis"\)',
            'first("danger_bases")',
            ("components/dialogue/danger.py", "the entity danger_bases,"),
        ),
        (
            "a slot misspelt in what danger leaves behind",
            '"reminder_kind": None',
            '"reminder_sort": None',
            ("components/dialogue/danger.py", "the slot reminder_sort,", DOMAIN),
        ),
        ("a calm kind that is none", '"low_mood"', '"low_moods"', ("report_reaction.yml", "danger: None", "needs report")),
    ],
    "components/understanding/mentions.py": [
        (
            "a concept misspelt in code",
            'phrase.concept == "minoxidil"',
            'phrase.concept == "minoxidl"',
            ("mentions.py", "minoxidl,", "data/understanding/concepts"),
        ),
    ],
    BOOKING: [
        ("a need that no clinic can meet", r"needs: \[parking\]", "needs: [car_park]", (BOOKING, "/parking needs car_park,")),
        (
            "a need with a value that it never has",
            "topical_only}",
            "topical}",
            (BOOKING, "offers_exosomes: topical,", "topical_only"),
        ),
        ("a link that does not exist", r"links: \[map\]", "links: [maps]", (BOOKING, "/address links to maps", "map")),
        (
            "nothing to say for an empty field",
            r'      unknown: "the clinic\'s parking.*\n',
            "",
            (BOOKING, "/parking", "metadata unknown"),
        ),
    ],
    "data/responses/contact.yml": [
        (
            "a field that no reply says",
            r"\{privacy_notice\}",
            "",
            ("runtime/clinic.py", "the field privacy_notice", "data/responses/"),
        ),
    ],
    "docs/clinic.md": [
        ("a field without an example", r"\| `parking`", "| `park`", ("docs/clinic.md", "the field parking")),
    ],
    "clinic.yml": [
        ("a field that the clinic is not shown", "\nparking:", "\npark:", ("clinic.yml", "the field parking")),
        ("a country that the clinic is not told of", "US, CA, GB", "US, GB", ("clinic.yml", "CA", "data/countries.yml")),
    ],
    "actions/questionnaire.py": [
        ("a question misspelt in code", 'AGE = "age"', 'AGE = "years"', ("actions/questionnaire.py", "years in AGE", DOMAIN)),
    ],
    "config.yml": [
        (
            "a component that does not exist",
            "entity_extractor.EntityExtractor",
            "entity_extractors.EntityExtractor",
            ("config.yml", "components.understanding.entity_extractors.EntityExtractor"),
        ),
        ("a class that does not exist", "TurnPolicy", "TurnPolice", ("config.yml", "turn_policy.TurnPolice,")),
    ],
    "endpoints.yml": [
        ("a store that does not exist", "ConversationStore", "ConversationsStore", ("endpoints.yml", "ConversationsStore,")),
        (
            "a variable that is no setting",
            r"\$\{ACTION_PORT\}",
            "${ACTIONS_PORT}",
            ("endpoints.yml", "ACTIONS_PORT,", "DEFAULTS"),
        ),
    ],
    OPENAPI: [
        (
            "a slot that the description lacks",
            r"enum: \[check_consent, patient, age, ",
            "enum: [check_consent, ",
            (OPENAPI, "the slot age"),
        ),
        (
            "more steps than the description says",
            r"minimum: 0, maximum: 6",
            "minimum: 0, maximum: 7",
            (OPENAPI, "step", "7", "6 questions"),
        ),
        (
            "an outcome that the description lacks",
            r"\[urgent_care, not_now, ",
            "[urgent_care, ",
            (OPENAPI, "the outcome not_now"),
        ),
        ("a kind that the description lacks", r"\[referral, smalltalk, ", "[referral, ", (OPENAPI, "the kind smalltalk")),
        (
            "a word for danger that the description lacks",
            r"danger: \{enum: \[report, reminder\]",
            "danger: {enum: [told, reminder]",
            (OPENAPI, "the danger report"),
        ),
        (
            "an error that the description lacks",
            r"session, origin, not_found",
            "session, not_found",
            (OPENAPI, "the error origin"),
        ),
        ("longer messages in the description", "maxLength: 5000", "maxLength: 4000", (OPENAPI, "4,000", "MAX_MESSAGE_LENGTH")),
    ],
    "widget/messages.js": [
        ("a kind misspelt in the widget", r'kind === "crisis"', 'kind === "crises"', ("widget/messages.js", "crises,")),
    ],
    "widget/styles.css": [
        ("an outcome misspelt in the widget", r"\.urgent_care", ".urgent_cares", ("widget/styles.css", "urgent_cares,")),
    ],
    "channels/platforms/platform_channel.py": [
        (
            "a word for danger misspelt in a channel",
            r'"danger"\) == "report"',
            '"danger") == "reported"',
            ("channels/platforms/platform_channel.py", "reported", OPENAPI),
        ),
    ],
    WEB: [
        (
            "an error misspelt in code",
            r'RequestRefusedError\(404, "not_found"\)',
            'RequestRefusedError(404, "missing")',
            (WEB, "missing", OPENAPI),
        ),
    ],
    RATES: [
        (
            "a rate limit",
            r"MESSAGE_BURST, MESSAGE_INTERVAL = 10, 1\.0",
            "MESSAGE_BURST, MESSAGE_INTERVAL = 20, 0.5",
            ("docs/web_channel.md", "MESSAGE_BURST", "20"),
        ),
    ],
    CONTRACT: [
        ("a larger body", r"= 64 \* 1024", "= 96 * 1024", (OPENAPI, "64", "MAX_BODY_SIZE", "96")),
    ],
    "runtime/clinic.py": [
        (
            "a platform that the clinic cannot name",
            r'"whatsapp", "slack"\)',
            '"whatsapp")',
            ("credentials.yml", "slack", "runtime/clinic.py"),
        ),
    ],
    NGINX: [
        ("a path that nginx does not know", r'    "feedback",\n', "", (NGINX, "feedback", OPENAPI)),
        (
            "a platform's header that nginx drops",
            r'"X-Hub-Signature-256"',
            '"X-Hub-Signature"',
            ("messenger.py", "X-Hub-Signature-256", NGINX),
        ),
    ],
    "credentials.yml": [
        ("a setting that a platform does not know", r"bot_token: ", "token: ", ("credentials.yml", "slack", "bot_token")),
    ],
    COMPOSE: [
        ("a variable that the container does not get", r" +SLACK_BOT_TOKEN:\n", "", (COMPOSE, "SLACK_BOT_TOKEN")),
        ("a grace period that is too short", r"stop_grace_period: 30s", "stop_grace_period: 10s", ("must be less than", COMPOSE)),
    ],
    "deploy/kubernetes/assistant.yml": [
        ("a variable that nothing reads", "name: CLINIC_FILE", "name: CLINIC_PATH", ("assistant.yml", "CLINIC_PATH")),
    ],
    "README.md": [
        (
            "another retention in the README",
            "conversations after 72 hours",
            "conversations after 48 hours",
            ("README.md has 48", "72"),
        ),
    ],
    "docs/channels.md": [
        (
            "another age of a platform's message",
            r"(too old \| 24 hours \| )24",
            r"\g<1>48",
            ("docs/channels.md has 48", "MAX_MESSAGE_AGE", "24"),
        ),
        (
            "a longer button",
            "3 of 20 characters, with",
            "3 of 25 characters, with",
            ("docs/channels.md has 25 for the characters of a WhatsApp button", "20"),
        ),
        (
            "more buttons",
            r"yes \| 3 of",
            "yes | 4 of",
            ("docs/channels.md has 4 for the buttons of a Messenger message",),
        ),
        (
            "a variable that the document misspells",
            r"export SLACK_BOT_TOKEN=",
            "export SLACK_TOKEN=",
            ("docs/channels.md", "SLACK_TOKEN"),
        ),
    ],
    LIMITS: [
        (
            "a longer session in code",
            r"= 12 \* 60 \* 60",
            "= 24 * 60 * 60",
            ("docs/web_channel.md", "12", "MAX_SESSION_AGE", "24"),
        ),
        (
            "longer messages in code",
            "MAX_MESSAGE_LENGTH = 5000",
            "MAX_MESSAGE_LENGTH = 8000",
            ("widget/chat.js", "5,000", "8,000"),
        ),
        ("a longer turn", r"TURN_TIMEOUT = 4\.5", "TURN_TIMEOUT = 6.5", ("docs/architecture.md", "4.5", "TURN_TIMEOUT", "6.5")),
        ("a turn longer than the widget waits", r"TURN_TIMEOUT = 4\.5", "TURN_TIMEOUT = 16", ("must be less than", "widget")),
        (
            "a stop longer than the grace period",
            "STOP_TIMEOUT = 15",
            "STOP_TIMEOUT = 45",
            ("STOP_TIMEOUT", "must be less than", COMPOSE),
        ),
        ("a shutdown longer than a stop", r"13\.0", "17.0", ("SHUTDOWN_TIMEOUT", "must be less than", "STOP_TIMEOUT")),
    ],
    "widget/chat.js": [
        (
            "a longer double click",
            "DOUBLE_CLICK = 300",
            "DOUBLE_CLICK = 500",
            ("commands/picture.py has 300", "widget/chat.js", "500"),
        ),
        ("longer messages in the widget", "= 5000;", "= 50000;", ("widget/chat.js", "50,000", "MAX_MESSAGE_LENGTH")),
    ],
    DATABASE: [
        ("a database limit", r"WAIT_LIMIT = 0\.5", "WAIT_LIMIT = 0.25", ("docs/architecture.md", "0.5", "WAIT_LIMIT")),
        (
            "a longer rest for the database",
            "FAILURE = 2.0",
            "FAILURE = 4.0",
            ("docs/architecture.md has 2", "RETRY_AFTER_FAILURE"),
        ),
        ("a database slower than a turn", r"COMMIT_LIMIT = 3\.0", "COMMIT_LIMIT = 9.0", ("must be less than", "the safe text")),
        ("a constant that went away", "COMMIT_LIMIT", "COMMIT_TIMEOUT", (DATABASE, "COMMIT_LIMIT")),
    ],
    "docs/web_channel.md": [
        (
            "another time for a request",
            "within 20 seconds",
            "within 30 seconds",
            ("docs/web_channel.md", "30", "MAX_REQUEST_DURATION"),
        ),
    ],
    "docs/privacy.md": [
        ("another retention in a document", "72 hours after", "48 hours after", ("docs/privacy.md", "48", "72")),
    ],
    "docs/architecture.md": [
        (
            "a number written in words",
            "slower than two seconds",
            "slower than three seconds",
            ("docs/architecture.md", "3", "ACTION_TIMEOUT"),
        ),
    ],
    TEMPLATE: [
        ("a literal in nginx", r"\{\{ read_timeout \}\}", "9000", (TEMPLATE, "proxy_send_timeout")),
    ],
    "docs/widget.md": [
        (
            "a document that no longer says it",
            "After 15 seconds, an error",
            "After a while, an error",
            ("docs/widget.md", "no longer says"),
        ),
        ("a document that went away", r"(?s).*", "", ("docs/widget.md", "no longer says")),
    ],
}


def test_tree_as_it_is_has_no_faults() -> None:
    assert list(faults(PROJECT)) == []


@pytest.mark.parametrize(
    ("path", "old", "new", "told"),
    [
        pytest.param(path, old, new, told, id=f"{path}: {name}")
        for path, mistakes in MISTAKES.items()
        for name, old, new, told in mistakes
    ],
)
def test_mistake_is_named(path: str, old: str, new: str, told: tuple[str, ...]) -> None:
    text = PROJECT.text(path)
    changed = re.sub(old, new, text, count=1)
    assert changed != text, f"{path} no longer has {old!r}"
    found = list(faults(PROJECT.with_text(path, changed)))
    assert any(all(word in fault for word in told) for fault in found), found


def test_detail_with_its_answer_and_voices_is_no_fault() -> None:
    path, answer = "data/nlu/ask_insurance.yml", "data/responses/ask_insurance.yml"
    blocks = [
        f"- intent: ask_insurance\n  metadata: {{voice: {voice}, detail: premium}}\n  examples: |\n"
        + "    - is it deductible\n" * 4
        for voice in ("border", "mails", "products")
    ]
    responses = PROJECT.text(answer).replace("utter_ask_insurance_more:", "utter_ask_insurance/premium:")
    project = PROJECT.with_text(path, PROJECT.text(path) + "".join(blocks))
    assert list(intents.details(project.with_text(answer, responses))) == []
    assert len(list(intents.details(project))) == 1


@pytest.mark.parametrize("path", [CHECK, REASONS, CANDIDACY, NGINX])
def test_broken_file_ends_without_a_traceback(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(PROJECT.with_text(path, PROJECT.text(path) + "\n(: [\n")) == 1
    assert f"{path}, line " in capsys.readouterr().out


PATTERNS = (
    *(*contract.ROUTE, *contract.REFUSAL, *contract.READ_IN_CODE, *contract.SIGNATURE, *contract.PLATFORM_NAME),
    *(*understanding.ENTITY_IN_CODE, *questionnaire.SLOT_IN_CODE),
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_pattern_still_matches_code(pattern: str) -> None:
    """A pattern that matches nothing checks nothing."""
    programs = [*PROJECT.modules, *PROJECT.paths("commands/*.py")]
    assert any(PROJECT.module(path).matches(pattern) for path in programs)


def test_missing_file_is_a_fault(tmp_path: Path) -> None:
    assert "domain.yml cannot be read: put it back, or change the check that reads it." in list(faults(Project(tmp_path)))


def test_check_loads_no_rasa() -> None:
    program = (
        "import commands.check, sys; commands.check.main(); print({'rasa', 'tensorflow', 'spacy', 'sanic'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "set()"
