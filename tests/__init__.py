"""Tests, each kind in a folder of its own, and in `support` what they share."""
