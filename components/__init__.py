"""Custom parts of the Rasa graph: understanding, the one policy, the answers."""

from components.graph_runner import install

install()  # before any model is loaded: whoever loads one has named parts of this package
