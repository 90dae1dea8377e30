"""The version of the assistant, in PEP 440 format. CHANGELOG.md says what is new."""

VERSION = "0.2.0.dev0"
