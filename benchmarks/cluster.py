"""`make test-cluster`: several Rasa processes behind nginx, on PostgreSQL, with everything that might go wrong in a year.

Everything is real and on loopback: nginx and PostgreSQL from Debian's packages, an action server, and three Rasa processes. While
300 conversations are running, we kill a process and bring it back, restart the database, and restart all processes one by one
with a new model. Prints the results. Returns 1 if a turn was wrong, lost or doubled, or anybody waited longer than ten seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.visitors import ANSWERED, REFUSED, UNREACHED, WITHOUT_PAST, Crowd, Tally, count, percentile, waits
from commands.run import MODEL, environment, rasa_command, wait_until_ready
from components.storage.database import RETRY_AFTER_FAILURE
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT
from tests.support.client import Client, free_port
from tests.support.nginx import NGINX, Proxy, open_folder
from tests.support.postgresql import PROGRAMS, PostgreSQL, postgresql

PROCESSES, VISITORS, THINK = 3, 300, 10.0  # seconds between two messages of one visitor
BETWEEN = 12.0  # seconds from the end of one fault to the next
MAX_WAIT = 10.0  # seconds
TOLD = (ANSWERED, WITHOUT_PAST, REFUSED)  # the acceptable outcomes of a message
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ASKED, OLD_WORDS, NEW_WORDS = "thanks", "You're welcome.", "You're very welcome."


class Process:
    """One Rasa process, on its own port."""

    def __init__(self, settings: dict[str, str]) -> None:
        self._settings = {**settings, "PORT": free_port(), "METRICS_PORT": free_port()}
        self.address = f"127.0.0.1:{self._settings['PORT']}"
        self._process: subprocess.Popen
        self.start()

    def start(self, model: str = MODEL) -> None:
        """Starts the process. Use `ready` to wait for it."""
        settings = {**environment(), **self._settings}
        self._process = subprocess.Popen(rasa_command(model, self._settings["PORT"]), cwd=ROOT, env=settings, **QUIET)

    def ready(self) -> None:
        """Waits until the process can answer."""
        assert wait_until_ready(f"http://{self.address}/webhooks/web/health", [self._process]), "a process did not start"

    def kill(self) -> None:
        """Kills the process in the middle of whatever it is doing."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stops the process after it has finished its turns."""
        self._process.terminate()
        self._process.wait(STOP_TIMEOUT)

    def says(self, text: str) -> str:
        """Returns this process's first reply to a message."""
        client = Client(f"http://{self.address}/webhooks/web")
        token = client.call("POST", "session", {})[2]["sender"]
        return client.call("POST", "webhook", {"sender": token, "message": text})[2][0]["text"]


@dataclass
class Cluster:
    """The running cluster.

    Attributes:
        address: the URL of the web channel at nginx.
        database: the PostgreSQL server.
        processes: the Rasa processes.
        failing: when the database was down, as pairs of `time.monotonic`. The last one may still be open.
    """

    address: str
    database: PostgreSQL
    processes: list[Process]
    failing: list[list[float]] = field(default_factory=list)

    def store_fails(self, began: float, ended: float) -> bool:
        """Whether the database may have been down at some point between two times."""
        return any(began <= last + RETRY_AFTER_FAILURE and ended >= first for first, last in self.failing)


@contextlib.contextmanager
def running() -> Iterator[Cluster]:
    """Runs a cluster."""
    with contextlib.ExitStack() as stack:
        database = stack.enter_context(postgresql(free_port()))
        shared = {"CONVERSATIONS_DB": database.url, "SESSION_SECRET": secrets.token_hex(32), "ACTION_PORT": free_port()}
        settings = {**shared, "RATE_LIMIT": "off"}
        actions = subprocess.Popen([sys.executable, "-m", "actions.server"], cwd=ROOT, env={**environment(), **settings}, **QUIET)
        stack.callback(_end, actions)
        processes = [Process(settings) for _ in range(PROCESSES)]
        for process in processes:
            stack.callback(process.kill)
        proxy = Proxy(stack.enter_context(open_folder()))
        proxy.write(*(process.address for process in processes), RATE_LIMIT="off")
        stack.enter_context(proxy.running())
        for process in processes:
            process.ready()
        yield Cluster(proxy.address, database, processes)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    process.wait(STOP_TIMEOUT)


def new_model(folder: Path) -> str:
    """Returns a copy of the trained model with one answer reworded, as if a clinician had corrected it."""
    unpacked, archive = folder / "model", folder / "new.tar.gz"
    with tarfile.open(ROOT / MODEL) as model:
        model.extractall(unpacked)
    metadata = unpacked / "metadata.json"
    text = metadata.read_text(encoding="utf-8")
    assert OLD_WORDS in text
    metadata.write_text(text.replace(OLD_WORDS, NEW_WORDS), encoding="utf-8")
    with tarfile.open(archive, "w:gz", compresslevel=1) as model:
        for part in unpacked.iterdir():
            model.add(part, part.name)
    shutil.rmtree(unpacked)
    subprocess.run(f"sha256sum {archive.name} > {archive.name}.sha256", shell=True, cwd=folder, check=True)
    return str(archive)


def kill_one(cluster: Cluster, pause: float) -> None:
    """Kills a process, and starts it again after `pause` seconds."""
    cluster.processes[0].kill()
    time.sleep(pause)
    cluster.processes[0].start()
    cluster.processes[0].ready()


def restart_database(cluster: Cluster) -> None:
    """Stops PostgreSQL abruptly and starts it again."""
    cluster.failing.append([time.monotonic(), float("inf")])
    cluster.database.stop()
    cluster.database.start()
    cluster.failing[-1][1] = time.monotonic()
    time.sleep(RETRY_AFTER_FAILURE)


def restart_all(cluster: Cluster, model: str) -> None:
    """Restarts the processes one by one with a new model."""
    for process in cluster.processes:
        process.stop()
        process.start(model)
        process.ready()


@dataclass
class Proof:
    """The result: the tally, and when each fault started and ended."""

    tally: Tally
    spans: list[tuple[str, float, float]]

    @property
    def longest_wait(self) -> float:
        """The longest that any visitor waited for an answer, in seconds."""
        return max(event.ended - event.began for event in self.tally.events if event.how in TOLD)

    def table(self) -> str:
        """Returns the results as a table, with a row for each fault."""
        head = ["while", "seconds", "answered", "refused honestly", "sent again", "p50 ms", "p95 ms", "longest s"]
        rows = [head, ["---"] * len(head)]
        for name, began, ended in self.spans:
            events = self.tally.during(began, ended)
            hows = count(events)
            took = [event.ended - event.began for event in events if event.how in TOLD]
            rows.append(
                [name, f"{ended - began:.0f}", str(hows[ANSWERED] + hows[WITHOUT_PAST]), str(hows[REFUSED]), str(hows[UNREACHED]),
                 f"{1000 * statistics.median(took):.0f}", f"{1000 * percentile(took):.0f}", f"{max(took):.1f}"]
            )  # fmt: skip
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


async def prove(cluster: Cluster, model: str, between: float = BETWEEN) -> Proof:
    """Runs the visitors while one fault follows another, with `between` quiet seconds before, between and after."""
    crowd = Crowd(cluster.address, VISITORS, THINK, seconds=3600, store_fails=cluster.store_fails)
    speaking = asyncio.ensure_future(crowd.run())
    spans: list[tuple[str, float, float]] = []

    async def during(name: str, work: Callable[[], None]) -> None:
        began = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(None, work)
        spans.append((name, began, time.monotonic()))

    def quiet() -> None:
        time.sleep(between)

    await during("nothing is wrong", quiet)
    await during("one of three processes is killed and comes back", lambda: kill_one(cluster, between / 2))
    await during("nothing is wrong", quiet)
    await during("PostgreSQL is restarted", lambda: restart_database(cluster))
    await during("nothing is wrong", quiet)
    await during("all are restarted onto a new model", lambda: restart_all(cluster, model))
    await during("nothing is wrong", quiet)
    crowd.stop()
    tally = await speaking
    assert [process.says(ASKED).startswith(NEW_WORDS) for process in cluster.processes] == [True] * PROCESSES
    return Proof(tally, spans)


def main() -> int:
    """Runs the test and prints the results."""
    if not (NGINX and PROGRAMS):
        print("This needs nginx and PostgreSQL. On Debian: apt-get install nginx postgresql")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        model = new_model(Path(folder))
        with running() as cluster:
            proof = asyncio.run(prove(cluster, model))
    print(proof.table())
    answers = len(waits(proof.tally.events))
    print(f"\n{proof.tally.conversations} whole conversations, {answers} answers; the longest wait {proof.longest_wait:.1f} s")
    print("\n".join(proof.tally.faults) or "Nothing lost, nothing doubled, nothing mixed up.")
    return int(bool(proof.tally.faults) or proof.longest_wait > MAX_WAIT)


if __name__ == "__main__":
    sys.exit(main())
