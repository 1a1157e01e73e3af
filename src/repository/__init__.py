"""Ask git and DVC."""
