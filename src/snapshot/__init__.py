"""Rebuild the bundled candles from the package they come from."""
