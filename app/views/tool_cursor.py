"""Pointers with the shape of a tool."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QPainter, QPixmap

from app.icons import paint_icon

SIDE_PX = 26
INSET_PX = 1
HOT_SPOTS = {"pick": (0.13, 0.87), "fill": (0.88, 0.86)}
"""Where each acts, as shares of its side: the tip of the dropper, the drop of the bucket."""


@lru_cache(maxsize=16)
def tool_cursor(name: str, ratio: float) -> QCursor:
    """Return a pointer drawn as a tool's icon, white with a dark edge.

    Args:
        name: of the tool, one of `HOT_SPOTS`.
        ratio: device pixels a pixel of the view.

    Raises:
        KeyError: if there is no pointer for that tool.
    """
    hot_x, hot_y = HOT_SPOTS[name]
    pixmap = QPixmap(round(SIDE_PX * ratio), round(SIDE_PX * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    target = QRectF(0, 0, SIDE_PX, SIDE_PX).adjusted(INSET_PX, INSET_PX, -INSET_PX, -INSET_PX)
    for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1), (-0.7, -0.7), (0.7, 0.7), (-0.7, 0.7), (0.7, -0.7)):
        paint_icon(painter, name, target.translated(QPointF(dx, dy)), "#000000")
    paint_icon(painter, name, target, "#ffffff")
    painter.end()
    return QCursor(pixmap, round(hot_x * SIDE_PX), round(hot_y * SIDE_PX))
