"""`make check`: checks that the parts of the project fit together. Names each place that you forgot, and what to do about it.

If they do, it also lists the answers and facts that are due for review, and the facts that no reply cites. It reads all files
as data, from the tree below a given root. So it only takes a second, and the tests can run it on a broken copy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date

from commands.consistency import (
    clinic,
    concepts,
    contract,
    danger_languages,
    facts,
    follow_ups,
    intents,
    number_table,
    questionnaire,
    replies,
    translations,
    understanding,
)
from commands.consistency.project import PROJECT, Project, UnreadableError, listed

CHECKS: tuple[Callable[[Project], Iterator[str]], ...] = (
    *(
        intents.examples,
        intents.rules,
        intents.answers,
        intents.actions,
        intents.actions_in_code,
        intents.groups,
        intents.details,
        intents.repeated_messages,
    ),
    *(
        replies.metadata,
        replies.fields,
        replies.default_variants,
        replies.words,
        replies.answers,
        replies.conditions,
        replies.details,
        replies.names,
    ),
    *(facts.entries, facts.sources, facts.cited, facts.numbers_backed, facts.dated),
    *(replies.reasons, replies.outcomes, replies.questions, replies.dangers, replies.alarms),
    *(follow_ups.answers, follow_ups.texts, follow_ups.keys, follow_ups.slots),
    *(translations.complete, translations.faithful, translations.words),
    *(danger_languages.complete, danger_languages.helpful, danger_languages.fields),
    *(
        questionnaire.judged,
        questionnaire.rules,
        questionnaire.words,
        questionnaire.form,
        questionnaire.lists,
        questionnaire.fields,
    ),
    *(
        questionnaire.precedence,
        questionnaire.caution,
        questionnaire.dependencies,
        questionnaire.always_unsure,
        questionnaire.slots,
    ),
    *(understanding.recognised, understanding.lexicon, understanding.answers, understanding.several_readings),
    *(
        understanding.danger_intents,
        understanding.entities,
        understanding.entities_in_code,
        understanding.values_in_code,
        understanding.countries,
    ),
    *(contract.slots, contract.outcomes, contract.kinds, contract.dangers, contract.errors, contract.paths, contract.platforms),
    *(contract.settings, contract.variables, contract.configured, contract.documented),
    *(concepts.names, concepts.classes, concepts.followed, concepts.sources),
    *(clinic.needs, clinic.links, clinic.unknown, clinic.fields),
    *(number_table.numbers, number_table.orders, number_table.passed_on),
)


def faults(project: Project) -> Iterator[str]:
    """Yields one sentence for each inconsistency."""
    for check in CHECKS:
        try:
            yield from check(project)
        except UnreadableError as error:
            yield str(error)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            # For example, a list where the check expects a mapping. The other checks carry on.
            where = f"{check.__module__}.{check.__name__}"
            yield f"{where} cannot read a file, because its structure has changed ({error!r}): fix the file, or the check."


def main(project: Project = PROJECT) -> int:
    found = list(dict.fromkeys(faults(project)))
    if found:
        print("\n".join(found))
        return 1
    print("Consistent: intents, replies, the check, understanding, numbers and the HTTP contract agree.")
    today = date.today()
    due = sorted({*replies.overdue(project, today), *danger_languages.overdue(project, today), *facts.overdue(project, today)})
    print("\n".join(["", "Due for review:", *due]) if due else "No answer and no fact is due for review.")
    print(f"Facts that no reply cites: {listed(facts.uncited(project)) or 'none'}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
