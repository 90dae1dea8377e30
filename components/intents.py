"""Every intent that the code knows by name, and every group of intents that it treats alike, once.

`make check` holds each name to domain.yml.
"""

from __future__ import annotations

FALLBACK = "nlu_fallback"  # Rasa's own: not understood
OUT_OF_SCOPE = "out_of_scope"
INFORM = "inform"  # the visitor tells something about themselves
AFFIRM, DENY = "affirm", "deny"
STOP, GOODBYE = "stop", "goodbye"
DISTRESS = "express_distress"
CHECK_CANDIDACY = "check_candidacy"  # asks for the check, or to go on with it

# What reports danger, from the gravest on, and the word for it in the slot `danger`.
CRISIS, EMERGENCY, REACTION = "express_self_harm", "report_emergency", "report_reaction"
DANGERS = {CRISIS: "crisis", EMERGENCY: "emergency", REACTION: "reaction"}
ALARMING = (CRISIS, EMERGENCY)  # never overlooked for another reading; a reaction is one reading among the others

# Questions.
QUESTION_PREFIX = "ask_"
ASKING_PREFIXES = (QUESTION_PREFIX, "book_")  # intents whose messages ask, whatever their form
MORE_DETAIL = "ask_more_detail"  # asks on about the last topic
SIDE_EFFECTS, WHO_SHOULD_AVOID = "ask_side_effects", "ask_who_should_avoid"
WHO_IT_HELPS, TREATMENT_OPTIONS = "ask_who_it_helps", "ask_treatment_options"

# Several questions in one message: what gives way to a question, and what does not.
GIVES_WAY_TO_A_QUESTION = {"greet", "thank", GOODBYE, OUT_OF_SCOPE, INFORM, AFFIRM, "complain"}
STANDS_BEFORE_A_QUESTION = {CHECK_CANDIDACY, *DANGERS}

# In the check.
GO_BACK, START_OVER = "go_back", "start_over"
EXPLAIN_QUESTION, DECLINE_ANSWER = "explain_question", "decline_answer"
TELLING = {INFORM, CHECK_CANDIDACY, GO_BACK}
ASIDES = {"talk_to_human", "bot_challenge", "ask_capabilities", "complain"}  # get their own reply first, then the question again
PLEASANTRIES = {"greet", "thank", CHECK_CANDIDACY}  # cost no try
# Intents that start with one of these answer no question of the check.
NO_ANSWER_PREFIXES = (
    QUESTION_PREFIX,
    OUT_OF_SCOPE,
    "complain",
    "thank",
    "greet",
    GOODBYE,
    "bot_challenge",
    "talk_to_human",
)
# What may be part of a running check, when nobody can tell whether one is running.
MAYBE_IN_CHECK = {
    CHECK_CANDIDACY,
    INFORM,
    AFFIRM,
    DENY,
    GO_BACK,
    EXPLAIN_QUESTION,
    DECLINE_ANSWER,
    START_OVER,
    OUT_OF_SCOPE,
    FALLBACK,
}

# After an emergency or a crisis, "can we go on?" gets the reminder and this, not the ordinary business.
CARE_FIRST_INTENTS = {AFFIRM, DENY, MORE_DETAIL, STOP, GOODBYE, GO_BACK, INFORM, FALLBACK}
