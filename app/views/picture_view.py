"""A view of the canvas or of the image."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.session import Session
from app.views.surface import Surface
from app.views.view_link import ViewLink
from app.views.view_pictures import ViewPictures, draw_hint
from engine.geometry import Bounds

PictureKind = Literal["canvas", "image"]
_WAITING_TEXT = {"canvas": "The canvas appears with the first picture", "image": "Making the first picture…"}
_FAILED_TEXT = "There is no picture yet"


class PictureView(Surface):
    """Shows one picture of the result, stretched to the layout: a PREVIEW is smaller than the document.

    The layout may be laid over it, as opaque as the painter likes. While C is held, the image gives way to the canvas.
    """

    def __init__(
        self, kind: PictureKind, session: Session, pictures: ViewPictures, link: ViewLink, parent: QWidget | None = None
    ) -> None:
        """Follow a session's results."""
        super().__init__(link, parent)
        self._kind: PictureKind = kind
        self._pictures = pictures
        self._hint = _WAITING_TEXT[kind]
        self.setAccessibleName(kind.capitalize())
        session.progress_changed.connect(self._on_progress_changed)
        session.failed.connect(self._on_failed)
        link.peeking_changed.connect(self._on_peeking_changed)
        pictures.picture_changed.connect(self._on_picture_changed)
        pictures.layout_changed.connect(self._on_layout_changed)

    @property
    def picture(self) -> QImage | None:
        """The picture on show, or None."""
        pyramid = self._pictures.pyramid(self._kind)
        return None if pyramid is None else pyramid.full

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the picture: smoothly, save above 300 %, where pixels are wanted."""
        if not self._pictures.has(self._kind):
            draw_hint(painter, exposed, QRectF(self.rect()), self._hint)
            return
        shown = "canvas" if self.link.is_peeking and self._pictures.has("canvas") else self._kind
        self._pictures.draw(shown, self, painter, exposed)
        opacity = self.link.options.now.overlay_opacity
        if opacity > 0:
            painter.setOpacity(opacity)
            self._pictures.draw("layout", self, painter, exposed)
            painter.setOpacity(1.0)

    def _on_picture_changed(self, name: str) -> None:
        if name == self._kind:
            self.update()

    def _on_peeking_changed(self, _peeking: bool) -> None:
        if self._kind == "image":
            self.update()

    def _on_layout_changed(self, bounds: Bounds) -> None:
        if self.link.options.now.overlay_opacity > 0:
            self.update(self.view_rect(bounds.left, bounds.top, bounds.right, bounds.bottom))

    def _on_progress_changed(self, progress: object) -> None:
        if progress is not None:
            self._set_hint(_WAITING_TEXT[self._kind])

    def _on_failed(self, _message: str, _details: str) -> None:
        self._set_hint(_FAILED_TEXT)

    def _set_hint(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.update()
