"""The 12 features and the target."""
