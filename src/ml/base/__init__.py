"""What every member is, takes and refuses."""
