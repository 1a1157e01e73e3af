"""File formats, told by their content."""
