"""The import package of the project; see DESIGN notes in docs/design.md."""
