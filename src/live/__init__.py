"""Candles to an answer, now: newest candles, window guard, answer, journal, runner, service, dashboard."""
