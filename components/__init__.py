"""Custom parts of the Rasa graph: understanding, the one policy, the answers."""

from components import graph_runner, recorded_model, remote_action

# Before any model is loaded: whoever loads one has named parts of this package.
graph_runner.install()
recorded_model.install()
remote_action.install()
