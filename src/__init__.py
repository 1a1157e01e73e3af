"""The import package of the project; docs/design.md says how its rooms depend on each other."""
