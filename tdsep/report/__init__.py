"""What a run leaves behind to be read: its manifest."""
