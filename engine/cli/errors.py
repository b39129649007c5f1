"""Errors of the command line."""

from __future__ import annotations


class CommandError(Exception):
    """A command that cannot do what was asked; the message is one clear line for stderr."""
