"""What the command dev_check does."""
