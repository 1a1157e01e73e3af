"""Deterministic writing, verified loading and the metadata documents."""
