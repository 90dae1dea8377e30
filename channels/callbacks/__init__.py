"""Requests to be called back: the form, and how the clinic gets it. Nothing of them goes through Rasa."""
