"""What the container file promises, without a container: its files are enough, for a user who may write nowhere but in /tmp."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from commands.run import MODEL, START_TIMEOUT, wait_until_ready
from runtime.paths import ROOT
from tests.support.check_profile import take_check
from tests.support.client import Client, free_port, kinds
from tests.support.nginx import open_folder
from tests.support.servers import end

STAGE = re.split(r"^FROM .*$", (ROOT / "deploy" / "Containerfile").read_text().replace("\\\n", " "), flags=re.M)[-1]
COPIED = [line.split()[1:] for line in STAGE.splitlines() if line.startswith("COPY ") and "--from" not in line]
SETTINGS = dict(
    setting.split("=", 1) for line in STAGE.splitlines() if line.startswith("ENV ") for setting in shlex.split(line)[1:]
)
(COMMAND,) = re.findall(r'^CMD \["python", "-m", "([\w.]+)"\]$', STAGE, re.M)
# A file system that cannot be written, but for a /tmp of its own; then a user who is nobody. Of root's rights that user keeps the
# one to read: this Python may stand where only root may look.
CONFINE = """
mount -o remount,bind,ro / && mount -t tmpfs -o mode=1777 tmpfs "$TMPDIR" &&
exec setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs \
  --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search --bounding-set=-all,+dac_read_search "$@"
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """The files that are copied, and nothing else; and a /tmp."""
    with open_folder() as folder:
        (folder / "tmp").mkdir()
        for *sources, target in COPIED:
            (folder / target).mkdir(exist_ok=True)
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, folder / target, dirs_exist_ok=True)
                else:
                    shutil.copy(ROOT / source, folder / target)
        yield folder


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[subprocess.Popen, Client]]:
    """Runs the container's command there until the end."""
    settings = {**SETTINGS, **{name: str(folder / "tmp") for name in ("HOME", "TMPDIR")}, "PATH": os.environ["PATH"]}
    settings |= {name: free_port() for name in ("PORT", "ACTION_PORT", "METRICS_PORT")}
    settings |= {"CONVERSATIONS_DB": f"{folder}/tmp/conversations.db", "SESSION_SECRET": "k" * 40, "HOST": "127.0.0.1"}
    command = ["unshare", "--mount", "sh", "-c", CONFINE, "sh", sys.executable, "-m", COMMAND]
    process = subprocess.Popen(command, cwd=folder, env=settings, stdout=subprocess.DEVNULL)
    try:
        yield process, Client(f"http://127.0.0.1:{settings['PORT']}/webhooks/web")
    finally:
        end(process)


def test_it_runs_as_an_ordinary_user_who_can_write_nothing(folder: Path) -> None:
    with started(folder) as (process, client):
        assert wait_until_ready(f"{client.address}/health", [process])
        token = client.call("POST", "session")[2]["sender"]
        assert kinds(client.say(token, "how much does it cost")[1]) == ["answer ask_cost", "referral"]
        judged = take_check(partial(client.say, token))[1]
        assert kinds(judged)[0].startswith("assessment"), "the action server works, too"
        assert b"<exosome-chat>" in client.call("GET", "demo")[2]
        running = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        assert len(running) == 3
        for process in running:
            assert set(process.uids()) == {65534}
            mounts = [line.split() for line in Path(f"/proc/{process.pid}/mounts").read_text().splitlines()]
            assert "ro" in [options for _, where, _, options, *_ in mounts if where == "/"][-1].split(",")


def test_it_ends_when_the_model_is_not_the_one_of_its_training(folder: Path) -> None:
    (folder / f"{MODEL}.sha256").write_text(f"{'0' * 64}  assistant.tar.gz\n")
    with started(folder) as (process, _):
        assert process.wait(START_TIMEOUT) == 1
