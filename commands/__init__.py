"""The commands behind the Makefile: one module for most targets, and what several of them use, such as `html` and `output`."""
