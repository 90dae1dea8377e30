"""`make test-cluster`: several Rasa processes behind nginx, on PostgreSQL, with everything that might go wrong in a year.

Everything is real and on loopback: nginx and PostgreSQL from Debian's packages, an action server, and three Rasa processes. While
300 conversations are running, one fault follows another, over and over until MINUTES are over, but once at least. Prints the
results, and writes them into docs/scaling.md if it ran long enough. Returns 1 if a turn was wrong, lost or doubled, if a fault
found something amiss, or if anybody waited too long.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

import psycopg2

from benchmarks.documents import write_between
from benchmarks.faults import ANSWERED_BEFORE, ATTACK, PEOPLE, READ, max_wait
from benchmarks.visitors import ANSWERED, REFUSED, SLOWED, UNREACHED, WITHOUT_PAST, Crowd, Event, Tally, count, percentile, waits
from commands.run import MODEL, environment, rasa_command, wait_until_ready
from components.storage.database import RETRY_AFTER_FAILURE
from runtime.limits import STOP_TIMEOUT
from runtime.paths import ROOT
from tests.support import hard_kill
from tests.support.attackers import LIMITED, attacked, described
from tests.support.client import Client, free_port
from tests.support.nginx import NGINX, Proxy, open_folder
from tests.support.platforms import Telegram
from tests.support.postgresql import PROGRAMS, PostgreSQL, postgresql

PROCESSES, VISITORS, THINK = 3, 300, 10.0  # seconds between two messages of one visitor
BETWEEN = 12.0  # seconds from the end of one fault to the next
PAUSE = 6.0  # seconds until a killed process is started again
MAX_WAIT = 10.0  # seconds
DOCUMENT, WORTH_WRITING = ROOT / "docs" / "scaling.md", 20.0  # minutes
TOLD = (ANSWERED, WITHOUT_PAST, REFUSED)  # the acceptable outcomes of a message
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
ASKED, OLD_WORDS, NEW_WORDS = "thanks", "You're welcome.", "You're very welcome."


class Process:
    """One Rasa process, on its own port."""

    def __init__(self, settings: dict[str, str]) -> None:
        self.metrics_port = free_port()
        self._settings = {**settings, "PORT": free_port(), "METRICS_PORT": self.metrics_port}
        self.address = f"127.0.0.1:{self._settings['PORT']}"
        self.model = MODEL
        self._process: subprocess.Popen
        self.start()

    def start(self) -> None:
        """Starts the process with its model. Use `ready` to wait for it."""
        settings = {**environment(), **self._settings}
        self._process = subprocess.Popen(rasa_command(self.model, self._settings["PORT"]), cwd=ROOT, env=settings, **QUIET)

    def ready(self) -> None:
        """Waits until the process can answer."""
        assert wait_until_ready(f"http://{self.address}/webhooks/web/health", [self._process]), "a process did not start"

    def kill(self) -> None:
        """Kills the process in the middle of whatever it is doing."""
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def killed(self) -> Iterator[None]:
        """Kills the process, and at the end starts it again and waits until it can answer."""
        self.kill()
        try:
            yield
        finally:
            self.start()
            self.ready()

    def stop(self) -> None:
        """Stops the process after it has finished its turns."""
        self._process.terminate()
        self._process.wait(STOP_TIMEOUT)

    def says(self, text: str) -> str:
        """Returns this process's first reply to a message."""
        client = Client(f"http://{self.address}/webhooks/web")
        token = client.call("POST", "session", {})[2]["sender"]
        return client.call("POST", "webhook", {"sender": token, "message": text})[2][0]["text"]

    def telegram_turns(self) -> int:
        """Returns how many turns on Telegram it has had."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            found = re.search(r'assistant_turn_seconds_count\{channel="telegram"\} (\d+)', answer.read().decode())
        return int(found[1]) if found else 0


@dataclass
class Cluster:
    """The running cluster.

    Attributes:
        proxy: nginx, and a client of the web channel behind it.
        database: the PostgreSQL server.
        processes: the Rasa processes.
        telegram: the platform that sends messages.
        models: the models that the processes are restarted onto, each with the first words of its answer to ASKED.
        failing: when the database was down, as pairs of `time.monotonic`. The last one may still be open.
    """

    proxy: Proxy
    database: PostgreSQL
    processes: list[Process]
    telegram: Telegram
    models: Iterator[tuple[str, str]]
    failing: list[list[float]] = field(default_factory=list)

    def store_fails(self, began: float, ended: float) -> bool:
        """Whether the database may have been down at some point between two times."""
        return any(began <= last + RETRY_AFTER_FAILURE and ended >= first for first, last in self.failing)


@contextlib.contextmanager
def running(new_model: str) -> Iterator[Cluster]:
    """Runs a cluster. A restart leads to the new model, and the next one back."""
    with contextlib.ExitStack() as stack:
        telegram = stack.enter_context(hard_kill.telegram())
        database = stack.enter_context(postgresql(free_port()))
        shared = {"CONVERSATIONS_DB": database.url, "SESSION_SECRET": secrets.token_hex(32), "ACTION_PORT": free_port()}
        settings = {**shared, "SANIC_PROXIES_COUNT": "1", **hard_kill.settings(telegram)}
        actions = subprocess.Popen([sys.executable, "-m", "actions.server"], cwd=ROOT, env={**environment(), **shared}, **QUIET)
        stack.callback(_end, actions)
        processes = [Process(settings) for _ in range(PROCESSES)]
        for process in processes:
            stack.callback(process.kill)
        proxy = Proxy(stack.enter_context(open_folder()))
        proxy.write(*(process.address for process in processes))
        stack.enter_context(proxy.running())
        for process in processes:
            process.ready()
        yield Cluster(proxy, database, processes, telegram, cycle([(new_model, NEW_WORDS), (MODEL, OLD_WORDS)]))


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


def kill_one(cluster: Cluster) -> None:
    """Kills a process, and starts it again a little later."""
    with cluster.processes[0].killed():
        time.sleep(PAUSE)


def kill_amid_platform_messages(cluster: Cluster) -> None:
    """Kills the process that many people on Telegram write to. Every message that it has accepted must be answered."""
    before = [process.telegram_turns() for process in cluster.processes]

    @contextlib.contextmanager
    def kill() -> Iterator[None]:
        turns = [process.telegram_turns() - counted for process, counted in zip(cluster.processes, before, strict=True)]
        with cluster.processes[turns.index(max(turns))].killed():
            yield

    told = hard_kill.answers_after_a_kill(cluster.proxy.address, kill(), cluster.telegram, PEOPLE, ANSWERED_BEFORE)
    hard_kill.check_answers(told)


def restart_database(cluster: Cluster) -> None:
    """Stops PostgreSQL abruptly and starts it again."""
    cluster.failing.append([time.monotonic(), float("inf")])
    cluster.database.stop()
    cluster.database.start()
    cluster.failing[-1][1] = time.monotonic()
    time.sleep(RETRY_AFTER_FAILURE)


def read_database(cluster: Cluster) -> None:
    """Keeps a transaction open that reads all conversations."""
    with contextlib.closing(psycopg2.connect(cluster.database.url)) as reader, reader.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT count(*) FROM events, conversations WHERE events.sender_id = conversations.sender_id")
        time.sleep(READ)


def restart_all(cluster: Cluster) -> None:
    """Restarts the processes one by one with another model."""
    model, words = next(cluster.models)
    for process in cluster.processes:
        process.stop()
        process.model = model
        process.start()
        process.ready()
        assert process.says(ASKED).startswith(words), "a process runs the model before"


def attack(cluster: Cluster, name: str) -> None:
    """Has somebody attack nginx, or the metrics of a process, from an address of their own."""
    token = cluster.proxy.call("POST", "session", {})[2]["sender"]
    with attacked(name, cluster.proxy.port, token, cluster.processes[0].metrics_port):
        time.sleep(ATTACK)


Fault = Callable[[Cluster], None]
NOTHING = "nothing is wrong"
# What no visitor may notice.
UNNOTICED: dict[Fault, str] = {
    read_database: f"somebody reads in PostgreSQL for {READ:.0f} s",
    **{partial(attack, name=name): described(name) for name in LIMITED},
}
FAULTS: dict[Fault, str] = {
    kill_one: "one of three processes is killed and comes back",
    kill_amid_platform_messages: f"the process that {PEOPLE} people on Telegram write to is killed and comes back",
    restart_database: "PostgreSQL is restarted",
    restart_all: "all are restarted onto another model",
    **UNNOTICED,
}


@dataclass
class Proof:
    """The result: the tally, when each fault started and ended, and what it found amiss."""

    tally: Tally
    spans: list[tuple[str, float, float]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def longest_wait(self) -> float:
        """The longest that any visitor waited for an answer, in seconds."""
        return longest(self.tally.events)

    @property
    def faults(self) -> list[str]:
        """Descriptions of everything that must not happen."""
        limit = max_wait(usual=late(self.during(NOTHING)))
        slow = [name for name in UNNOTICED.values() if late(self.during(name)) > limit]
        stalled = [f"stalled: {name}: 95th percentile {late(self.during(name)):.0f} ms of at most {limit:.0f}" for name in slow]
        if self.longest_wait > MAX_WAIT:
            stalled.append(f"stalled: somebody waited {self.longest_wait:.1f} s")
        return [*self.tally.faults, *self.failed, *stalled]

    def during(self, name: str) -> list[Event]:
        """Returns the events during all faults of that name."""
        return [event for other, *span in self.spans if other == name for event in self.tally.during(*span)]

    def table(self) -> str:
        """Returns the results as a table, with a row for each fault."""
        head = [
            "while",
            "times",
            "seconds",
            "answered",
            "refused honestly",
            "sent again",
            SLOWED,
            "p50 ms",
            "p95 ms",
            "longest s",
        ]
        rows = [head, ["---"] * len(head)]
        for name in dict.fromkeys(name for name, *_ in self.spans):
            lengths = [ended - began for other, began, ended in self.spans if other == name]
            events = self.during(name)
            hows = count(events)
            rows.append(
                [name, str(len(lengths)), f"{sum(lengths):.0f}", f"{hows[ANSWERED] + hows[WITHOUT_PAST]:,}", str(hows[REFUSED]),
                 str(hows[UNREACHED]), str(hows[SLOWED]), f"{statistics.median(took(events) or [0]):.0f}", f"{late(events):.0f}",
                 f"{longest(events):.1f}"]
            )  # fmt: skip
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def written(self, minutes: float) -> str:
        """Returns the report as text."""
        where = f"Measured on {datetime.date.today()}, {os.cpu_count()} cores, {minutes:.0f} minutes:"
        sums = (
            f"There were {self.tally.conversations:,} complete conversations with {len(waits(self.tally.events)):,} answers; the"
            f" longest wait was {self.longest_wait:.1f} seconds."
        )
        end = "Something went wrong." if self.faults else "Nothing was lost, doubled or mixed up, and nobody was kept waiting."
        return f"{where}\n\n{self.table()}\n\n{sums} {end}"


def took(events: Sequence[Event]) -> list[float]:
    """Returns how many milliseconds visitors waited for an answer of any acceptable kind."""
    return [1000 * (event.ended - event.began) for event in events if event.how in TOLD]


def late(events: Sequence[Event]) -> float:
    """Returns the 95th percentile of the waits in milliseconds; 0 if there are too few to tell."""
    return percentile(took(events)) if len(took(events)) > 1 else 0.0


def longest(events: Sequence[Event]) -> float:
    """Returns the longest wait in seconds."""
    return max(took(events), default=0.0) / 1000


async def prove(cluster: Cluster, minutes: float = 0.0, between: float = BETWEEN) -> Proof:
    """Runs the visitors while one fault follows another, with `between` quiet seconds before, between and after.

    Once all faults have been there, it ends with the fault during which `minutes` are over.
    """
    crowd = Crowd(cluster.proxy.address, VISITORS, THINK, store_fails=cluster.store_fails)
    speaking = asyncio.ensure_future(crowd.run())
    proof, first = Proof(crowd.tally), time.monotonic()

    async def during(name: str, work: Callable[[], None]) -> None:
        began = time.monotonic()
        print(f"{(began - first) / 60:4.1f} min: {name}", flush=True)
        try:
            await asyncio.get_running_loop().run_in_executor(None, work)
        except Exception as error:  # whatever it is, the run goes on
            proof.failed.append(f"{name}: {type(error).__name__}: {error}")
            print(proof.failed[-1], flush=True)
        proof.spans.append((name, began, time.monotonic()))

    for number, (fault, name) in enumerate(cycle(FAULTS.items())):
        if number >= len(FAULTS) and time.monotonic() > first + 60 * minutes:
            break
        await during(NOTHING, partial(time.sleep, between))
        await during(name, partial(fault, cluster))
    await during(NOTHING, partial(time.sleep, between))
    crowd.stop()
    await speaking
    return proof


def main() -> int:
    """Runs the test, and prints and writes the results. Returns 1 if there was anything that must not happen."""
    if not (NGINX and PROGRAMS):
        print("This needs nginx and PostgreSQL. On Debian: apt-get install nginx postgresql")
        return 1
    minutes, began = float(os.environ.get("MINUTES", "0")), time.monotonic()
    with tempfile.TemporaryDirectory() as folder, running(new_model(Path(folder))) as cluster:
        proof = asyncio.run(prove(cluster, minutes))
    minutes = (time.monotonic() - began) / 60
    seen = proof.written(minutes)
    print(seen)
    if minutes >= WORTH_WRITING:
        write_between(DOCUMENT, "from make test-cluster", seen)
    print("\n".join(proof.faults))
    return 1 if proof.faults else 0


if __name__ == "__main__":
    sys.exit(main())
