"""Installing the patches: once is enough, and again changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys

from runtime.paths import ROOT

# In a process of its own, since in this one another test may have installed them.
PROBE = """
import json
from rasa.core import agent, processor
from rasa.core.actions import action
from rasa.graph_components.providers import domain_provider
from rasa.shared.core.slots import Slot
from sanic.server.protocols.http_protocol import HttpProtocol
import components.rasa_patches, components.rasa_patches.graph_runner, components.rasa_patches.request_limits

def patched():
    found = (processor.DaskGraphRunner, processor.LocalModelStorage, action.RemoteAction, HttpProtocol.data_received,
             agent.FailSafeTrackerStore, agent.MessageProcessor, domain_provider.DomainProvider,
             vars(Slot).get("__copy__", object))
    return [f"{part.__module__}.{part.__qualname__}" for part in found]

states = [patched()]
for _ in range(2):
    components.rasa_patches.install()
    states.append(patched())
print(json.dumps(states))
"""


def test_installing_twice_changes_nothing_and_importing_neither() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    imported, once, twice = json.loads(done.stdout.splitlines()[-1])
    assert not [name for name in imported if name.startswith("components.")]
    assert all(name.startswith("components.rasa_patches.") for name in once)
    assert twice == once
