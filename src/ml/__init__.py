"""Members, their inputs and the vote."""
