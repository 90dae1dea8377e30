"""Running the assistant, on one machine and on several."""
