"""What `make report` is made of: the period, the counts, what of them may be shown, and the page."""
