"""Pickles: deterministic writing, and the only door through which one is loaded."""
