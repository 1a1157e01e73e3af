"""One runner at a time, and its journal, kept in a bucket: for machines whose disk ends with them (docs/deploy.md)."""
