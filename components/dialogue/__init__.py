"""What the assistant does with a message: the plan of the turn, the candidacy check, the replies."""
