"""Callback requests: the form, and how the clinic gets them. None of it goes through Rasa."""
