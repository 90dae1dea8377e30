"""What `make report` is made of: the period, the counts, which of them may be shown, and the page."""
