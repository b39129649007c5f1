"""The open document: layout, records of its regions, edits and history, project file. Neither Qt nor torch."""
