"""The command lines, what they check, and how they print."""
