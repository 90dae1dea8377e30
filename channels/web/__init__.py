"""The channel for the widget on the clinic's website."""
