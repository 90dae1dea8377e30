"""The version of the assistant, in the form of PEP 440. CHANGELOG.md says what is new in it."""

VERSION = "0.2.0.dev0"
