"""Every intent that the code refers to by name, and every group of intents that it treats alike.

`make check` compares the names with domain.yml.
"""

from __future__ import annotations

FALLBACK = "nlu_fallback"  # Rasa's own intent for messages that it did not understand
OUT_OF_SCOPE = "out_of_scope"
INFORM = "inform"  # visitors say something about themselves
AFFIRM, DENY = "affirm", "deny"
STOP, GOODBYE = "stop", "goodbye"
DISTRESS = "express_distress"
CHECK_CANDIDACY = "check_candidacy"  # asks to start or continue the check

# Intents that report danger, most serious first, and their values in the slot `danger`.
CRISIS, EMERGENCY = "express_self_harm", "report_emergency"
ABUSE, REACTION = "report_abuse", "report_reaction"
DANGERS = {CRISIS: "crisis", EMERGENCY: "emergency", ABUSE: "abuse", REACTION: "reaction"}
ALARMING = (CRISIS, EMERGENCY, ABUSE)  # these win over any other reading; a reaction is one reading among others

# Questions.
QUESTION_PREFIX = "ask_"
ASKING_PREFIXES = (QUESTION_PREFIX, "book_")  # intents that are questions, whatever the form of the message
MORE_DETAIL = "ask_more_detail"  # asks for more about the last topic
SIDE_EFFECTS, WHO_SHOULD_AVOID = "ask_side_effects", "ask_who_should_avoid"
WHO_IT_HELPS, TREATMENT_OPTIONS = "ask_who_it_helps", "ask_treatment_options"
COMPARE_TREATMENTS, COMBINE_TREATMENTS = "ask_compare_treatments", "ask_combine_treatments"
HAIR_LOSS_CAUSE = "ask_hair_loss_cause"
INJECTION_OR_TOPICAL = "ask_injection_or_topical"
SOURCE, DIY = "ask_exosome_source", "ask_diy_products"
BOOK = "book_consultation"
# Topics whose answer speaks about exosomes. If a question names another treatment alone, it is about TREATMENT_OPTIONS.
EXOSOME_TOPICS = {
    "ask_what_are_exosomes",
    SOURCE,
    "ask_how_it_works",
    "ask_evidence",
    WHO_IT_HELPS,
    WHO_SHOULD_AVOID,
    "ask_procedure",
    INJECTION_OR_TOPICAL,
    "ask_pain",
    SIDE_EFFECTS,
    "ask_results_timeline",
    "ask_results_duration",
    "ask_number_of_sessions",
    "ask_aftercare",
    "ask_fda_status",
    "ask_cost",
    "ask_insurance",
    "ask_pros_cons",
    "ask_worth_it",
    DIY,
}

# If a message also asks a question: the intents that the question replaces, and those that it does not.
YIELDS_TO_QUESTION = {"greet", "thank", GOODBYE, INFORM, AFFIRM, "complain"}
OVERRIDES_QUESTION = {CHECK_CANDIDACY, *DANGERS}

# In the check.
GO_BACK, START_OVER = "go_back", "start_over"
EXPLAIN_QUESTION, DECLINE_ANSWER = "explain_question", "decline_answer"
# Commands that throw something away: the answers, the check or the last answer.
COMMANDS = {STOP, GOODBYE, START_OVER, GO_BACK}
STATEMENTS = {INFORM, CHECK_CANDIDACY, GO_BACK}
INTERRUPTIONS = {"talk_to_human", "bot_challenge", "ask_capabilities", "complain"}  # get their reply, then the question again
PLEASANTRIES = {"greet", "thank", CHECK_CANDIDACY}  # do not count as a failed answer
# Intents with these prefixes are never answers to the check.
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
# Intents that may be part of a check, when we cannot tell whether one is running.
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

# After an emergency or a crisis, these (such as "can we go on?") get the reminder and CARE_FIRST, not the usual answer.
CARE_FIRST_INTENTS = {AFFIRM, DENY, MORE_DETAIL, STOP, GOODBYE, GO_BACK, INFORM, FALLBACK}

# Readings of a message that asks nothing we know: what was said before tells what it is about.
REMARKS = {INFORM, FALLBACK, OUT_OF_SCOPE}

# The readings that the classifier gives to a message with little in it, such as "why", "is that ok" or "ccca".
SMALL_TALK = {"greet", "thank", GOODBYE, "bot_challenge"}
VAGUE = {*SMALL_TALK, FALLBACK, OUT_OF_SCOPE, AFFIRM, DENY, STOP, "complain", EXPLAIN_QUESTION, MORE_DETAIL}

# The referral after these: there is no rush, or we could not help.
NO_RUSH_INTENTS = {"thank", GOODBYE, STOP, DISTRESS}
SMALL_TALK_INTENTS = {"greet", "complain", "bot_challenge", "ask_capabilities", "talk_to_human", OUT_OF_SCOPE, FALLBACK}

# Answers that may be said more than once: how to reach the clinic and what it offers, and comfort.
REPEATED_FREELY = {BOOK, DISTRESS}
