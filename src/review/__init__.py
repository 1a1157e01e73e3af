"""The report of a pull request."""
