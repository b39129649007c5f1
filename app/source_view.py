"""A photograph with the outline of one of its segments: in the hover card and in the window that shows it."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.imaging import image_from_rgb, outline_lines
from app.theme_colours import THEME
from engine.service.events import SourcePicture

CROSS_PX = 6.0


class SourceView(QWidget):
    """Draws a photograph as large as fits, the outline of a segment, and a mark at one of its pixels."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start without a photograph."""
        super().__init__(parent)
        self._picture: SourcePicture | None = None
        self._image: QImage | None = None
        self._lines: list[QLineF] = []
        self._mark: tuple[float, float] | None = None

    @property
    def picture(self) -> SourcePicture | None:
        """The photograph on show."""
        return self._picture

    def show_picture(self, picture: SourcePicture | None, mark: tuple[float, float] | None = None) -> None:
        """Show a photograph, or nothing while it is read.

        Args:
            picture: what to show.
            mark: a pixel of the whole photograph to point at, x and y of a pixel's centre being whole.
        """
        if picture is not self._picture:
            self._picture = picture
            self._image = None if picture is None else image_from_rgb(picture.rgb)
            self._lines = [] if picture is None else outline_lines(picture.mask)
        self._mark = mark
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the photograph as it was read."""
        return QSize(320, 200) if self._image is None else self._image.size()

    def target(self) -> QRectF:
        """Return where the photograph lies in the widget."""
        if self._image is None:
            return QRectF()
        scale = min(self.width() / self._image.width(), self.height() / self._image.height())
        width, height = self._image.width() * scale, self._image.height() * scale
        return QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(THEME.view))
        if self._image is None or self._picture is None:
            painter.setPen(QColor(THEME.muted))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "Reading the photograph…")
            painter.end()
            return
        target = self.target()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self._image)
        scale = target.width() / self._image.width()
        lines = [QLineF(target.topLeft() + a.p1() * scale, target.topLeft() + a.p2() * scale) for a in self._lines]
        for colour, width in ((QColor(0, 0, 0, 190), 3.0), (QColor(THEME.accent), 1.4)):
            pen = QPen(colour, width)
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawLines(lines)
        if self._mark is not None:
            self._draw_mark(painter, target)
        painter.end()

    def _draw_mark(self, painter: QPainter, target: QRectF) -> None:
        assert self._picture is not None and self._mark is not None
        whole = self._picture.source_size
        x = target.left() + (self._mark[0] + 0.5) / whole.width * target.width()
        y = target.top() + (self._mark[1] + 0.5) / whole.height * target.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, width in ((QColor(0, 0, 0, 200), 3.0), (QColor(255, 255, 255), 1.4)):
            painter.setPen(QPen(colour, width))
            painter.drawEllipse(QPointF(x, y), CROSS_PX, CROSS_PX)
