"""What is private in a message."""
