"""Assesses the answers to the candidacy check."""
