"""The walk-forward split, and the probabilities it leaves behind."""
