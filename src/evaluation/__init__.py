"""Metrics, comparison, backtest and plots, from probabilities alone."""
