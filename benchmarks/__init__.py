"""Everything that prints a figure."""
