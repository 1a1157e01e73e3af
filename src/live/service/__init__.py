"""Answers over HTTP: features and candles to probabilities, the journal to a page, metrics to Prometheus."""
