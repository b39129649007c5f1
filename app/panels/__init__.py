"""Panels around the views: they show the session and call it, and hold no state of the document."""
