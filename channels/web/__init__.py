"""The channel of the widget on the clinic's website."""
