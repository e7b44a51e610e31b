"""What a recording is, and which method it suits."""
