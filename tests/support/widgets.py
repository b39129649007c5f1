"""Finding one's way through widgets, and reading pixels."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

_Child = TypeVar("_Child", bound=QObject)


def child_of(parent: QObject, kind: type[_Child]) -> _Child:
    """Return the first child of a class.

    Raises:
        LookupError: if there is none.
    """
    child = parent.findChild(kind)
    if child is None:
        raise LookupError(f"{parent} has no {kind.__name__}")
    return child


def rgb_of(colour: QColor) -> tuple[int, int, int]:
    """Return the three parts of a colour, 0 to 255."""
    return colour.red(), colour.green(), colour.blue()
