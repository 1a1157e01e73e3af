"""Training with the newest candles, and only a model that is not worse than the one that runs is kept."""
