"""What the commands check."""
