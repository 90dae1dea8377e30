"""The units for one host: systemd reads them, confines them, and starts with them what `make run` starts."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from commands.doctor_checks.machine import SECRETS_FILES
from commands.run import environment, rasa_command
from runtime.environment import DEFAULTS
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT

FOLDER = ROOT / "deploy" / "systemd"
UNITS = sorted(FOLDER.glob("exosome-*.service"))
INSTALLED_IN = "/opt/exosome-assistant"
MAX_EXPOSURE = 2.0  # of 10, as `systemd-analyze security` counts; it calls that "OK"


def text(unit: str) -> str:
    """Returns what a unit says, with its continued lines joined."""
    return (FOLDER / unit).read_text().replace("\\\n", "")


def values(unit: str, name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", text(unit), re.M)


def commands() -> Iterator[tuple[str, list[str]]]:
    """Returns each command of a unit as words."""
    for unit in UNITS:
        for line in re.findall(r"^Exec\w+=(.*)$", text(unit.name), re.M):
            words = shlex.split(line)
            yield unit.name, words


@pytest.fixture(scope="module")
def units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a folder with the units as they are on a host, but for this checkout. Other programs need not be here."""
    folder = tmp_path_factory.mktemp("systemd") / "units"
    shutil.copytree(FOLDER, folder)
    for unit in folder.rglob("*.*"):
        if unit.is_file():
            here = unit.read_text().replace(INSTALLED_IN, str(ROOT))
            unit.write_text(here.replace("=/usr/sbin/nginx", "=/bin/true"))
    return folder


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess:
    command = ["systemd-analyze", "--no-pager", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_systemd_reads_them_without_a_complaint(units: Path) -> None:
    done = analyze("verify", *units.glob("exosome-*.service"), *units.glob("*.timer"))
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("unit", [unit.name for unit in UNITS])
def test_a_unit_can_do_little_harm(units: Path, unit: str) -> None:
    done = analyze("security", "--offline=yes", f"--threshold={int(MAX_EXPOSURE * 10)}", units / unit)
    assert done.returncode == 0, done.stdout
    assert values(unit, "MemoryMax")
    assert values(unit, "User") == ["exosome"] or values(unit, "DynamicUser") == ["yes"]


def test_the_commands_exist() -> None:
    found = list(commands())
    assert len(found) >= len(UNITS) > 3
    for unit, (program, *arguments) in found:
        if program.startswith(INSTALLED_IN):
            assert program == f"{INSTALLED_IN}/.venv/bin/python", unit
            assert arguments[0] == "-m", unit
            assert find_spec(arguments[1]), f"{unit} runs {arguments[1]}"
        else:
            assert program in ("/usr/sbin/nginx", "/bin/kill"), f"docs/going_live.md does not install {program}"


def test_rasa_starts_as_make_run_starts_it() -> None:
    ((_, *arguments),) = [words for _, words in commands() if "commands.rasa" in words]
    for name in ("MODEL", "HOST", "PORT"):
        arguments = [DEFAULTS[name] if word == f"${{{name}}}" else word for word in arguments]
    assert arguments == rasa_command(DEFAULTS["MODEL"], DEFAULTS["PORT"])[1:]


def test_a_start_ends_when_the_server_has_exited_and_is_not_repeated_for_a_wrong_setting() -> None:
    unit = "exosome-assistant.service"
    assert shlex.split(*values(unit, "ExecStartPost"))[1:] == ["-m", "deploy.ready", "$MAINPID"]
    assert values(unit, "RestartPreventExitStatus") == [str(os.EX_CONFIG)]


def test_nothing_but_the_settings_says_where_the_server_listens() -> None:
    ((_, *arguments),) = [words for _, words in commands() if "deploy.nginx" in words]
    assert arguments[:4] == ["-m", "deploy.nginx", "${RUNTIME_DIRECTORY}", "--listen"]


def test_the_server_has_the_settings_of_make_run() -> None:
    unit = "exosome-assistant.service"
    set_there = dict(pair.split("=", 1) for line in values(unit, "Environment") for pair in line.split())
    for name in ("RASA_TELEMETRY_ENABLED", "OMP_NUM_THREADS", "SANIC_BACKLOG"):
        assert set_there[name] == environment()[name]
    for name in ("HOST", "PORT", "MODEL"):
        assert set_there[name] == DEFAULTS[name]
    assert int(values(unit, "TimeoutStopSec")[0]) > STOP_TIMEOUT


def test_each_timer_has_its_unit() -> None:
    timers = list(FOLDER.glob("*.timer"))
    assert timers
    for timer in timers:
        assert timer.with_suffix(".service") in UNITS


def test_the_document_names_the_units_and_files_that_there_are() -> None:
    document = (ROOT / "docs" / "going_live.md").read_text()
    named = set(re.findall(r"\bexosome-(?:actions|assistant|proxy|\w+\.timer|doctor)\b", re.sub(r"/\S+", "", document)))
    known = {path.name for path in (*FOLDER.glob("*.service"), *FOLDER.glob("*.timer"))}
    assert named
    assert {name if "." in name else f"{name}.service" for name in named} <= known
    for file in set(re.findall(r"/etc/exosome-assistant/[\w.]+", "".join(map(text, (unit.name for unit in UNITS))))):
        assert file in document, "nothing says how to make it"


def test_the_action_server_gets_no_secret_but_its_own() -> None:
    own = "/etc/exosome-assistant/actions"
    assert values("exosome-actions.service", "EnvironmentFile") == [own]
    assert own in values("exosome-assistant.service", "EnvironmentFile")
    made = [line for line in (ROOT / "docs" / "going_live.md").read_text().splitlines() if own in line and "printf" in line]
    assert [re.findall(r"(\w+)=%s", line) for line in made] == [["ACTION_SECRET"]]


def test_the_doctor_looks_who_can_read_each_file_with_secrets() -> None:
    files = {file for unit in UNITS for file in values(unit.name, "EnvironmentFile")}
    assert files == {str(path) for path in SECRETS_FILES}


def test_the_proxy_sees_no_secret() -> None:
    assert not values("exosome-proxy.service", "EnvironmentFile")
    shared = (FOLDER / "exosome-.service.d" / "sandbox.conf").read_text()
    assert not any(str(path) in shared for path in SECRETS_FILES)
