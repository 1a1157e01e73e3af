"""The search for better settings: it sees the first 80 % of the rows, and its winner is judged on the rest."""
