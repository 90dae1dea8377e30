"""The commands behind the Makefile: one module for each target."""
