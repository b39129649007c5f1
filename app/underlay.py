"""The photograph under the layout that a painter traces: part of the document, never of the picture or an export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QRectF, Signal

from app.imaging import Pyramid, pyramid_from_rgb
from engine.data.image_file import ImageError, read_file
from engine.document.underlay_file import Placement, Underlay, build_underlay
from engine.geometry import Size

if TYPE_CHECKING:
    from app.session import Session
    from engine.document.document import Document

PHOTOGRAPH_SUFFIXES = (".jpg", ".jpeg", ".webp", ".png")
_made: WeakKeyDictionary[Underlay, Pyramid] = WeakKeyDictionary()


def load_underlay(path: Path) -> Underlay:
    """Read a photograph as an underlay, ready to be drawn; slow for large ones, so call it in an executor.

    Raises:
        ImageError: if it is no JPEG, PNG or WebP, or broken, or too large.
    """
    underlay = build_underlay(read_file(path), path.stem)
    pyramid_of(underlay)
    return underlay


def pyramid_of(underlay: Underlay) -> Pyramid:
    """Return the pyramid of an underlay, made once and kept as long as it lives."""
    pyramid = _made.get(underlay)
    if pyramid is None:
        pyramid = _made[underlay] = pyramid_from_rgb(underlay.rgb)
    return pyramid


class TracedPhotograph(QObject):
    """The underlay of the open document. GUI thread. Emits `changed`; what changes it is a step of the history."""

    changed = Signal()

    def __init__(self, session: Session) -> None:
        """Start without one; see `follow`."""
        super().__init__(session)
        self._session = session
        self._underlay: Underlay | None = None
        self._pyramid: Pyramid | None = None

    @property
    def underlay(self) -> Underlay | None:
        """The underlay, or None."""
        return self._underlay

    @property
    def pyramid(self) -> Pyramid | None:
        """What the views draw, or None."""
        return self._pyramid

    @property
    def opacity(self) -> float:
        """How opaque it is, in [0, 1]; 1 without one."""
        return 1.0 if self._underlay is None else self._underlay.opacity

    @property
    def placement(self) -> Placement:
        """How it lies on the layout."""
        return "fit" if self._underlay is None else self._underlay.placement

    def follow(self, document: Document) -> None:
        """Show the underlay that a document has now."""
        underlay, before = document.underlay, self._underlay
        if underlay is before:
            return
        if underlay is not None and before is not None and underlay.rgb is before.rgb and self._pyramid is not None:
            _made[underlay] = self._pyramid
        self._pyramid = None if underlay is None else pyramid_of(underlay)
        self._underlay = underlay
        self.changed.emit()

    def show(self, underlay: Underlay | None) -> None:
        """Lay a photograph under the layout, or take the one there away."""
        self._change(underlay, "Remove underlay" if underlay is None else f"Open underlay {underlay.name}")

    def set_opacity(self, opacity: float) -> None:
        """Set how opaque it is, in [0, 1]; nothing without one."""
        opacity = min(1.0, max(0.0, opacity))
        if self._underlay is not None and opacity != self._underlay.opacity:
            self._change(replace(self._underlay, opacity=opacity), "Fade underlay")

    def set_placement(self, placement: Placement) -> None:
        """Lay it differently; nothing without one."""
        if self._underlay is not None and placement != self._underlay.placement:
            self._change(replace(self._underlay, placement=placement), "Place underlay")

    def place(self, size: Size) -> QRectF:
        """Return where it lies on a layout of a size, in layout pixels; parts outside are not shown."""
        if self._underlay is None or self._underlay.placement == "stretch":
            return QRectF(0, 0, size.width, size.height)
        height, width = self._underlay.rgb.shape[:2]
        across, down = size.width / width, size.height / height
        scale = min(across, down) if self._underlay.placement == "fit" else max(across, down)
        shown_width, shown_height = width * scale, height * scale
        return QRectF((size.width - shown_width) / 2, (size.height - shown_height) / 2, shown_width, shown_height)

    def _change(self, underlay: Underlay | None, name: str) -> None:
        if underlay is not self._underlay:
            generation = self._session.document.generation
            self._session.document.change_underlay(underlay, name)
            self._session.pictures.keep_after_edit(generation)


__all__ = ["PHOTOGRAPH_SUFFIXES", "ImageError", "TracedPhotograph", "load_underlay", "pyramid_of"]
