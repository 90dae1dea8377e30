"""The channels: the clinic's website and the messaging platforms."""
