"""Members, their inputs, the ensemble, walk-forward evaluation and metrics."""
