"""Every group of intents that the code treats alike, once. `make check` holds each name to domain.yml."""

from __future__ import annotations

FALLBACK = "nlu_fallback"  # Rasa's own: not understood
OUT_OF_SCOPE = "out_of_scope"

# What reports danger, from the gravest on, and the word for it in the slot `danger`.
CRISIS, EMERGENCY, REACTION = "express_self_harm", "report_emergency", "report_reaction"
DANGERS = {CRISIS: "crisis", EMERGENCY: "emergency", REACTION: "reaction"}
ALARMING = (CRISIS, EMERGENCY)  # never overlooked for another reading; a reaction is one reading among the others

# Several questions in one message: what gives way to a question, and what does not.
GIVES_WAY_TO_A_QUESTION = {"greet", "thank", "goodbye", OUT_OF_SCOPE, "inform", "affirm", "complain"}
STANDS_BEFORE_A_QUESTION = {"check_candidacy", *DANGERS}
QUESTION_PREFIX = "ask_"
ASKING_PREFIXES = (QUESTION_PREFIX, "book_")  # intents whose messages ask, whatever their form

# In the check.
TELLING = {"inform", "check_candidacy", "go_back"}
ASIDES = {"talk_to_human", "bot_challenge", "ask_capabilities", "complain"}  # get their own reply first, then the question again
PLEASANTRIES = {"greet", "thank", "check_candidacy"}  # cost no try
NO_ANSWER_PREFIXES = (
    *(QUESTION_PREFIX, OUT_OF_SCOPE, "complain", "thank", "greet", "goodbye", "bot_challenge", "talk_to_human"),
)  # intents whose messages answer no question of the check
# What may be part of a running check, when nobody can tell whether one is running.
MAYBE_IN_CHECK = {
    *("check_candidacy", "inform", "affirm", "deny", "go_back", "explain_question", "decline_answer", "start_over"),
    *(OUT_OF_SCOPE, FALLBACK),
}

# After an emergency or a crisis, "can we go on?" gets the reminder and this, not the ordinary business.
CARE_FIRST_INTENTS = {"affirm", "deny", "ask_more_detail", "stop", "goodbye", "go_back", "inform", FALLBACK}
