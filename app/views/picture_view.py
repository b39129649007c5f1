"""A view of the canvas or of the image."""

from __future__ import annotations

import math
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from app.imaging import image_from_rgb, pictures_of
from app.session import Session
from app.theme import THEME
from app.views.surface import SMOOTH_BELOW, Surface
from app.views.view_link import ViewLink

PictureKind = Literal["canvas", "image"]
_WAITING_TEXT = {"canvas": "The canvas appears with the first picture", "image": "Making the first picture…"}
_FAILED_TEXT = "There is no picture yet"


class PictureView(Surface):
    """Shows one picture of the result, stretched to the layout: a PREVIEW is smaller than the document."""

    def __init__(self, kind: PictureKind, session: Session, link: ViewLink, parent: QWidget | None = None) -> None:
        """Follow a session's results."""
        super().__init__(link, parent)
        self._kind: PictureKind = kind
        self._session = session
        self._picture: QImage | None = None
        self._hint = _WAITING_TEXT[kind]
        self._halves: list[QImage] = []
        self.setAccessibleName(kind.capitalize())
        session.result_shown.connect(self._on_result_shown)
        session.progress_changed.connect(self._on_progress_changed)
        session.failed.connect(self._on_failed)
        session.document_replaced.connect(self._on_document_replaced)
        self._on_document_replaced()
        self._on_result_shown(None)

    @property
    def picture(self) -> QImage | None:
        """The picture on show, or None."""
        return self._picture

    def draw_picture(self, painter: QPainter, exposed: QRectF) -> None:
        """Draw the picture: smoothly, save above 300 %, where pixels are wanted."""
        if self._picture is None:
            painter.fillRect(exposed, QColor(THEME.view))
            painter.setPen(QColor(THEME.muted))
            painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._hint)
            return
        picture = self._level()
        size, scale, origin = self.link.size, self.link.scale, self.origin()
        step_x, step_y = picture.width() / size.width, picture.height() / size.height
        margin = 2 / min(step_x, step_y)
        left = max(0.0, math.floor((exposed.left() - origin.x()) / scale - margin))
        top = max(0.0, math.floor((exposed.top() - origin.y()) / scale - margin))
        right = min(float(size.width), math.ceil((exposed.right() - origin.x()) / scale + margin))
        bottom = min(float(size.height), math.ceil((exposed.bottom() - origin.y()) / scale + margin))
        source = QRectF(left * step_x, top * step_y, (right - left) * step_x, (bottom - top) * step_y)
        corner = QPointF(origin.x() + left * scale, origin.y() + top * scale)
        target = QRectF(corner, QSizeF((right - left) * scale, (bottom - top) * scale))
        is_smooth = scale * self.devicePixelRatioF() < SMOOTH_BELOW or step_x < 1
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        painter.drawImage(target, picture, source)

    def _level(self) -> QImage:
        """Return the picture, halved as often as the scale asks for, so that scaling down does not flicker."""
        assert self._picture is not None
        picture = self._picture
        shown_width = self.link.size.width * self.link.scale * self.devicePixelRatioF()
        depth = max(0, math.floor(math.log2(picture.width() / max(shown_width, 1.0))))
        while len(self._halves) < depth:
            last = self._halves[-1] if self._halves else picture
            self._halves.append(
                last.scaled(
                    max(1, last.width() // 2),
                    max(1, last.height() // 2),
                    Qt.AspectRatioMode.IgnoreAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
        return self._halves[depth - 1] if depth else picture

    def _show(self, picture: QImage | None) -> None:
        self._picture = picture
        self._halves.clear()
        self.update()

    def _on_result_shown(self, _result: object) -> None:
        result = self._session.result
        if result is not None:
            pictures = pictures_of(result)
            self._show(pictures.image if self._kind == "image" else pictures.canvas)

    def _on_progress_changed(self, progress: object) -> None:
        if progress is not None:
            self._set_hint(_WAITING_TEXT[self._kind])

    def _on_failed(self, _message: str, _details: str) -> None:
        self._set_hint(_FAILED_TEXT)

    def _set_hint(self, hint: str) -> None:
        if hint != self._hint:
            self._hint = hint
            self.update()

    def _on_document_replaced(self) -> None:
        opened = self._session.opened
        stored = opened.image if self._kind == "image" else opened.canvas
        self._show(None if stored is None else image_from_rgb(stored))
