"""Tessera's engine: from a painted layout to a photograph. Importing it loads neither Qt nor torch."""
