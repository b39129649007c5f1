"""Tools: from pointer events to calls of the document."""
