"""Lines between layout pixels, where they are large enough to be told apart."""

from __future__ import annotations

import math

from PySide6.QtCore import QLineF, QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

GRID_FROM_SCALE = 8.0
GRID_STEP = 40
"""Of 255, by which a line is darker than what it crosses, or lighter where that is darker already."""


def draw_pixel_grid(painter: QPainter, origin: QPointF, scale: float, exposed: QRectF) -> None:
    """Draw the lines that are exposed; none below 800 %.

    Args:
        painter: draws in view pixels.
        origin: where the layout's top left corner lies in the view.
        scale: view pixels a layout pixel.
        exposed: what needs drawing of the layout, in view pixels.
    """
    if scale < GRID_FROM_SCALE:
        return
    columns = range(math.ceil((exposed.left() - origin.x()) / scale), int((exposed.right() - origin.x()) / scale) + 1)
    rows = range(math.ceil((exposed.top() - origin.y()) / scale), int((exposed.bottom() - origin.y()) / scale) + 1)
    lines = [
        QLineF(origin.x() + n * scale, exposed.top(), origin.x() + n * scale, exposed.bottom()) for n in columns
    ] + [QLineF(exposed.left(), origin.y() + n * scale, exposed.right(), origin.y() + n * scale) for n in rows]
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Difference)
    painter.setPen(QPen(QColor(GRID_STEP, GRID_STEP, GRID_STEP), 0))
    painter.drawLines(lines)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
