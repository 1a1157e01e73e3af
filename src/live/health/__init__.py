"""`make health`: is what should run here well."""
