"""The stages from a layout to a photograph, as functions from values to values."""
