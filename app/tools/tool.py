"""What a tool is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainterPath


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """Where the pointer is, in layout coordinates (the centre of pixel (x, y) is (x + 0.5, y + 0.5)).

    Attributes:
        x: to the right.
        y: down.
        pressure: of a pen, in (0, 1]; 1 for a mouse.
        view_px: size of a pixel of the view, in layout pixels: what the painter can tell apart.
        constrained: whether Shift is held.
        centred: whether Alt or Ctrl is held.
        erases: whether the eraser end of a pen is used.
    """

    x: float
    y: float
    pressure: float = 1.0
    view_px: float = 1.0
    constrained: bool = False
    centred: bool = False
    erases: bool = False


@dataclass(frozen=True, slots=True)
class KeyStroke:
    """A key pressed while a tool is in hand.

    Attributes:
        key: which one.
        fast: whether Shift is held.
        undoes: whether it is the shortcut of undo.
    """

    key: Qt.Key
    fast: bool = False
    undoes: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a gesture would change, drawn over the layout while it lasts.

    Attributes:
        path: its outline, in layout coordinates.
        class_id: the class it is filled with, void included; None for an outline alone.
        is_mirrored: whether its mirror images are drawn, too.
        image: layout pixels drawn under the outline, or None.
        image_at: where the image's top left corner lies.
    """

    path: QPainterPath
    class_id: int | None = None
    is_mirrored: bool = True
    image: QImage | None = None
    image_at: QPointF = field(default_factory=QPointF)


class Tool(Protocol):
    """A gesture: press, moves, release, or cancel instead of release. GUI thread."""

    @property
    def is_open(self) -> bool:
        """Whether the gesture goes on after the button is up, and ends by a later press or a key."""
        ...

    @property
    def hint(self) -> str:
        """What the painter can do now, in a line."""
        ...

    def press(self, event: PointerEvent) -> None:
        """Begin the gesture, or continue one that is open."""
        ...

    def move(self, event: PointerEvent) -> None:
        """Continue it."""
        ...

    def release(self, event: PointerEvent) -> None:
        """End it; what it changed is one step of the history."""
        ...

    def double_click(self, event: PointerEvent) -> None:
        """Take the second press of two quick ones."""
        ...

    def cancel(self) -> None:
        """Take it back."""
        ...

    def wants_key(self, stroke: KeyStroke) -> bool:
        """Whether a key means something to the tool now, before it means anything to the window."""
        ...

    def key(self, stroke: KeyStroke) -> None:
        """Do what a wanted key means."""
        ...

    def preview(self) -> Preview | None:
        """Return what the gesture would change, or None."""
        ...


class PlainTool:
    """A tool without an open gesture, keys and preview: it acts where the button goes down, and no more."""

    hint = ""

    @property
    def is_open(self) -> bool:
        """No."""
        return False

    def press(self, event: PointerEvent) -> None:
        """Do nothing."""

    def move(self, event: PointerEvent) -> None:
        """Do nothing."""

    def release(self, event: PointerEvent) -> None:
        """Do nothing."""

    def double_click(self, event: PointerEvent) -> None:
        """Take it for one more press."""
        self.press(event)

    def cancel(self) -> None:
        """Do nothing."""

    def wants_key(self, stroke: KeyStroke) -> bool:
        """No key means anything."""
        return False

    def key(self, stroke: KeyStroke) -> None:
        """Do nothing."""

    def preview(self) -> Preview | None:
        """Show nothing."""
        return None
