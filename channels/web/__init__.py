"""The chat on the clinic's website."""
