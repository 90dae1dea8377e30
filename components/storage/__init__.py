"""Stores conversations."""
