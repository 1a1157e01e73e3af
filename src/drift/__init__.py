"""Whether the newest candles still look like those that training knew, and whether the model still earns."""
