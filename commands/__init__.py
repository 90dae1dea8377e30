"""The commands behind the Makefile, one module per target."""
