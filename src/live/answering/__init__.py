"""One window of candles, one version, one answer: whether it may be given, what it says and why."""
