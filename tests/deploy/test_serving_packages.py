"""What is installed for a server is enough: a whole conversation in an environment of requirements-serve.txt."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from commands.lock_serving import SERVED
from tests.support.check_profile import take_check
from tests.support.client import kinds
from tests.support.servers import running

MB = 1_000_000
MAX_SHARE = 0.3  # of the size of everything that is installed


def size(environment: Path) -> int:
    return sum(path.stat().st_size for path in environment.rglob("*") if path.is_file() and not path.is_symlink())


@pytest.mark.long
def test_a_whole_conversation_with_what_a_server_needs(tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    python = str(environment / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(SERVED)]
    subprocess.run(install, check=True)
    served, everything = size(environment), size(Path(sys.prefix))
    print(f"{served / MB:.0f} MB of {everything / MB:.0f} MB")
    assert served < MAX_SHARE * everything
    with running(tmp_path / "conversations.db", python=python) as server:
        token = server.session()
        assert kinds(server.say(token, "does it hurt?")[1]) == ["answer ask_pain", "referral"]
        assert kinds(server.say(token, "no puedo respirar")[1])[0] == "emergency"
        _, judged = take_check(partial(server.say, server.session()))
        assert kinds(judged)[0].startswith("assessment"), "the action server works, too"
