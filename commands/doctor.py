"""`make doctor`: says what is missing or wrong, before and after the assistant goes live, and how to fix it.

It changes nothing. Before anything is installed, it only looks at the machine.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence

from commands.doctor_checks import machine
from commands.doctor_checks.finding import BROKEN, WARNING, Check, Finding, grouped

OF_THE_MACHINE: tuple[Check, ...] = (
    *(machine.python_version, machine.user, machine.disk, machine.memory, machine.open_files),
    *(machine.state, machine.private_files, machine.clock),
)


def of_the_assistant() -> tuple[Check, ...]:
    """Returns the checks that need what `make install` installs."""
    from commands.doctor_checks import callbacks, platforms, server, settings  # noqa: PLC0415

    return (
        *(
            settings.clinic_file,
            settings.unfilled,
            settings.translations,
            settings.placeholders,
            settings.websites,
            settings.variables,
            settings.secrets,
            settings.proxy,
            platforms.platforms,
            callbacks.callbacks,
        ),
        *(server.ports, server.model, server.database, server.certificates, server.public_address),
    )


def examine(checks: Sequence[Check], environment: Mapping[str, str]) -> Iterator[tuple[str, Finding]]:
    """Runs the checks. Yields the name of each check with each of its findings, those that are the same for many in one."""
    for check in checks:
        for finding in grouped(check(environment)):
            yield check.__name__.replace("_", " "), finding


def report(found: Sequence[tuple[str, Finding]]) -> str:
    """Returns the findings as text for a terminal."""
    lines = [f"{finding.level:<8} {name}: {' '.join(filter(None, (finding.text, finding.fix)))}" for name, finding in found]
    counts = [sum(finding.level == level for _, finding in found) for level in (BROKEN, WARNING)]
    return "\n".join([*lines, "", "{} broken, {} to look at.".format(*counts)])


def main() -> int:
    """Returns 1 if something is broken."""
    found = list(examine(OF_THE_MACHINE, os.environ))
    if machine.is_installed():
        from components.rasa_patches import unused_imports  # noqa: PLC0415

        unused_imports.install()  # so that Rasa, which the platforms load, needs less memory
        found += examine(of_the_assistant(), os.environ)
    else:
        found.append(("installation", Finding(BROKEN, "Nothing is installed yet.", "Run `make install`, then this again.")))
    print(report(found))
    return int(any(finding.level == BROKEN for _, finding in found))


if __name__ == "__main__":
    sys.exit(main())
