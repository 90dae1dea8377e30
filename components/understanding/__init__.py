"""Works out what a message says: its intent, its facts, and whether it reports danger."""
