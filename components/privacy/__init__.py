"""Masks private details in messages."""
