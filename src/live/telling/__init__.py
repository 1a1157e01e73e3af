"""What `make live` tells people, from the journal."""
