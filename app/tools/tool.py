"""What a tool is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """Where the pointer is, in layout coordinates (the centre of pixel (x, y) is (x + 0.5, y + 0.5)).

    Attributes:
        x: to the right.
        y: down.
        pressure: of a pen, in (0, 1]; 1 for a mouse.
    """

    x: float
    y: float
    pressure: float = 1.0


class Tool(Protocol):
    """A gesture: press, moves, release, or cancel instead of release. GUI thread."""

    def press(self, event: PointerEvent) -> None:
        """Begin the gesture."""
        ...

    def move(self, event: PointerEvent) -> None:
        """Continue it."""
        ...

    def release(self, event: PointerEvent) -> None:
        """End it; what it changed is one step of the history."""
        ...

    def cancel(self) -> None:
        """Take it back."""
        ...


class ClickTool:
    """A tool that acts where the button goes down; dragging does nothing more."""

    def move(self, event: PointerEvent) -> None:
        """Do nothing."""

    def release(self, event: PointerEvent) -> None:
        """Do nothing."""

    def cancel(self) -> None:
        """Do nothing: the click is done."""
