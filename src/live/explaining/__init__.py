"""Why a version answered as it did: exact Shapley values of its vote, read off its graph."""
