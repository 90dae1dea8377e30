"""What the assistant does with a message: the turn plan, the candidacy check and the replies."""
