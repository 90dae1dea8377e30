"""Custom parts of the Rasa graph: understanding, the one policy, the answers."""
