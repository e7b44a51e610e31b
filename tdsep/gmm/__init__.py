"""Talkers apart by the time differences between two microphones."""
