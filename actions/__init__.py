"""The judgement of the candidacy check."""
