"""The runner that takes Dask's place for loaded models."""

from __future__ import annotations

from rasa.core import processor
from rasa.engine.runner.dask import DaskGraphRunner

from components.rasa_patches.graph_runner import SequentialGraphRunner
from tests.support.assistant import Assistant


def test_the_served_model_runs_on_it(assistant: Assistant) -> None:
    assert processor.DaskGraphRunner is SequentialGraphRunner
    assert isinstance(assistant.agent.processor.graph_runner, SequentialGraphRunner)


def test_it_gives_what_dask_gives(assistant: Assistant) -> None:
    ours = assistant.agent.processor.graph_runner
    talk = assistant.talk()
    talk.say("does it hurt, and I'm 52 and on eliquis?")
    tracker = assistant.wait(assistant.agent.tracker_store.retrieve(talk.sender))
    targets = [assistant.agent.processor.model_metadata.core_target]
    inputs = {"__message__": [], "__tracker__": tracker}
    mine, theirs = ours.run(inputs, targets), DaskGraphRunner.run(ours, inputs, targets)
    assert [mine[name].probabilities for name in targets] == [theirs[name].probabilities for name in targets]
