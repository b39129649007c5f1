"""How tools show over the layout: the outline of the brush, and what a gesture would change."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QTransform

from app.imaging import outline_lines
from app.tools.tool import Preview
from app.views.surface import Surface
from engine.classes import VOID, ClassTable
from engine.document.strokes import BrushShape, polyline_spans
from engine.geometry import Size

EXACT_FROM_SCALE = 2.0
EXACT_TO_RADIUS_PX = 128.0
FILL_ALPHA = 150
OUTLINE_PENS = ((QColor(0, 0, 0, 170), 2.6), (QColor(255, 255, 255, 240), 1.2))
Axes = tuple[float | None, float | None]


def brush_outline(x: float, y: float, *, radius_px: float, shape: BrushShape, scale: float) -> QPainterPath:
    """Return the outline of what a brush paints at a layout position, in layout coordinates.

    Where pixels are large enough to be told apart it goes around the very pixels, else around the ideal shape.
    """
    path = QPainterPath()
    if scale >= EXACT_FROM_SCALE and radius_px <= EXACT_TO_RADIUS_PX:
        reach = math.ceil(radius_px) + 1
        left, top = math.floor(x) - reach, math.floor(y) - reach
        mask = np.zeros((2 * reach + 2, 2 * reach + 2), np.bool_)
        for spans in polyline_spans([(x - left, y - top)], radius_px=radius_px, size=Size.of(mask), shape=shape):
            spans.write(mask, True)
        for line in outline_lines(mask):
            path.moveTo(line.p1() + QPointF(left, top))
            path.lineTo(line.p2() + QPointF(left, top))
    elif shape == "round":
        path.addEllipse(QPointF(x, y), radius_px, radius_px)
    else:
        path.addRect(QRectF(x - radius_px, y - radius_px, 2 * radius_px, 2 * radius_px))
    return path


def mirrors(axes: Axes) -> Iterator[QTransform]:
    """Yield the identity, then the reflections across the axes that are on, in layout coordinates."""
    yield QTransform()
    across_x, across_y = (_reflection(axes[0], is_x=True), _reflection(axes[1], is_x=False))
    if across_x is not None:
        yield across_x
    if across_y is not None:
        yield across_y
    if across_x is not None and across_y is not None:
        yield across_x * across_y


def draw_outline(painter: QPainter, surface: Surface, path: QPainterPath, axes: Axes) -> None:
    """Draw an outline in layout coordinates, light on dark, and fainter its mirror images."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for index, mirror in enumerate(mirrors(axes)):
        painter.setOpacity(0.5 if index else 1.0)
        shown = (mirror * view_transform(surface)).map(path)
        for colour, width in OUTLINE_PENS:
            painter.setPen(QPen(colour, width))
            painter.drawPath(shown)
    painter.restore()


def draw_preview(painter: QPainter, surface: Surface, preview: Preview, table: ClassTable, axes: Axes) -> None:
    """Draw what a gesture would change: its pixels, its area in the colour of the class, its outline."""
    painter.save()
    if preview.image is not None:
        target = QRectF(preview.image_at, preview.image.size().toSizeF())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(view_transform(surface).mapRect(target), preview.image)
    if preview.class_id is not None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_brush_of(preview.class_id, table))
        for mirror in mirrors(axes if preview.is_mirrored else (None, None)):
            painter.drawPath((mirror * view_transform(surface)).map(preview.path))
    painter.restore()
    draw_outline(painter, surface, preview.path, axes if preview.is_mirrored else (None, None))


def view_transform(surface: Surface) -> QTransform:
    """Return the transform from layout to view coordinates."""
    origin, scale = surface.origin(), surface.link.scale
    return QTransform(scale, 0, 0, scale, origin.x(), origin.y())


def _brush_of(class_id: int, table: ClassTable) -> QBrush:
    if class_id == VOID:
        return QBrush(QColor(0, 0, 0, FILL_ALPHA), Qt.BrushStyle.BDiagPattern)
    return QBrush(QColor(*table[class_id].colour, FILL_ALPHA))


def _reflection(axis_px: float | None, *, is_x: bool) -> QTransform | None:
    if axis_px is None:
        return None
    return QTransform(-1, 0, 0, 1, 2 * axis_px, 0) if is_x else QTransform(1, 0, 0, -1, 0, 2 * axis_px)
