"""The ways in: the clinic's website and the messaging platforms."""
