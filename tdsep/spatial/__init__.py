"""Talkers apart by how the room carries each to every microphone."""
