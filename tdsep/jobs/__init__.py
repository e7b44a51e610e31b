"""What each command does to one file, from its reading to its results on disk."""
