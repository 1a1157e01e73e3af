"""Released versions in an MLflow registry; the git tags stay the truth."""
