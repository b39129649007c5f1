"""Handles on the selected region's photograph, over every view: move, scale, stretch, turn; by pointer and by key."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor, QImage, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QTransform

from app.alignment import Alignment, Handle
from app.alignment_geometry import CORNERS, EDGES, Frame, source_to_layout, turn_handle
from app.imaging import image_from_rgba
from app.session import Session
from app.theme_colours import THEME
from app.views.overlay import Overlay
from engine.document.snapshot import SegmentCrop
from engine.document.strokes import Point

if TYPE_CHECKING:
    from app.views.surface import Surface

REACH_VIEW_PX = 9.0
TURN_VIEW_PX = 26.0
TURN_MARGIN_VIEW_PX = 8.0
HANDLE_VIEW_PX = 9.0
GHOST_OPACITY = 0.55
FAST = 10.0
TURN_DEG = 1.0
GROWTH = 1.01
_SHIFT, _ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
_CONTROL = Qt.KeyboardModifier.ControlModifier
_ARROWS = {
    Qt.Key.Key_Left: (-1.0, 0.0),
    Qt.Key.Key_Right: (1.0, 0.0),
    Qt.Key.Key_Up: (0.0, -1.0),
    Qt.Key.Key_Down: (0.0, 1.0),
}


class AlignmentHandles(QObject, Overlay):
    """Draws the photograph's box with its handles while `Alignment` is on, and drags them. GUI thread.

    Keys, while a view has the focus: arrows move by a pixel, with Shift by ten; Ctrl with them turns and scales; H
    mirrors; Backspace resets; Enter and Esc leave.
    """

    def __init__(self, session: Session, alignment: Alignment) -> None:
        """Serve an alignment; lay it over views with `lay_over`."""
        super().__init__(alignment)
        self._session = session
        self._alignment = alignment
        self._surfaces: list[Surface] = []
        self._ghost: tuple[str, QImage] | None = None
        self._is_drawn = False
        alignment.changed.connect(self._on_changed)

    def lay_over(self, surface: Surface) -> None:
        """Show the handles over a view, and take its keys while they are shown."""
        self._surfaces.append(surface)
        surface.add_overlay(self)
        surface.add_watcher(self)

    # -- drawing ------------------------------------------------------------------------------------------------

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether a region is placed by hand."""
        return self._alignment.is_on

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw the photograph pale while it is dragged, its box, and the handles."""
        frame = self._alignment.frame if self._alignment.is_on else None
        if frame is None:
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._alignment.is_dragging or surface is self._surfaces[0]:
            self._draw_ghost(surface, painter)
        corners = [surface.to_view(QPointF(*corner)) for corner in frame.corners]
        edges = [surface.to_view(QPointF(*frame.edge(edge))) for edge in EDGES]
        tie, knob = (surface.to_view(QPointF(*point)) for point in turn_handle_on(surface, frame))
        for colour, width in ((QColor(0, 0, 0, 170), 3.0), (QColor(THEME.accent), 1.4)):
            painter.setPen(QPen(colour, width))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF(corners))
            painter.drawLine(tie, knob)
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
        painter.setBrush(QColor(255, 255, 255))
        for position in corners:
            painter.drawRect(_square(position, HANDLE_VIEW_PX))
        for position in edges:
            painter.drawRect(_square(position, HANDLE_VIEW_PX - 2))
        painter.setBrush(QColor(THEME.accent))
        painter.drawEllipse(knob, HANDLE_VIEW_PX / 2 + 1, HANDLE_VIEW_PX / 2 + 1)

    def _draw_ghost(self, surface: Surface, painter: QPainter) -> None:
        """Draw the segment where the handles lay it, before the engine has."""
        result, placement, theta = self._session.result, self._alignment.placement, self._alignment.theta
        crop = None if result is None or placement is None else result.segments.get(placement.segment.segment_key)
        if crop is None or placement is None or theta is None:
            return
        matrix = source_to_layout(theta, self._session.document.size, crop.source_size)
        box, scale, origin = crop.bounds, surface.link.scale, surface.origin()
        to_view = QTransform(matrix[0, 0], matrix[1, 0], matrix[0, 1], matrix[1, 1], matrix[0, 2], matrix[1, 2])
        to_view = to_view * QTransform(scale, 0, 0, scale, origin.x(), origin.y())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setOpacity(GHOST_OPACITY)
        painter.setTransform(to_view, combine=True)
        painter.drawImage(QRectF(box.left, box.top, box.width, box.height), self._ghost_of(crop))
        painter.restore()

    def _ghost_of(self, crop: SegmentCrop) -> QImage:
        if self._ghost is None or self._ghost[0] != crop.digest:
            rgba = np.dstack([crop.rgb, crop.mask.astype(np.uint8) * np.uint8(255)])
            self._ghost = (crop.digest, image_from_rgba(rgba))
        return self._ghost[1]

    # -- pointer ------------------------------------------------------------------------------------------------

    def press(self, surface: Surface, event: QMouseEvent) -> bool:
        """Take hold of the handle under the pointer."""
        if not self._alignment.is_on or event.button() != Qt.MouseButton.LeftButton:
            return False
        handle = self._handle_at(surface, event)
        return handle is not None and self._alignment.begin(handle, _layout_point(surface, event))

    def drag(self, surface: Surface, event: QMouseEvent) -> None:
        """Move the handle in hand."""
        modifiers = event.modifiers()
        self._alignment.drag(
            _layout_point(surface, event),
            constrained=bool(modifiers & _SHIFT),
            from_centre=bool(modifiers & (_ALT | _CONTROL)),
        )

    def release(self, surface: Surface, event: QMouseEvent) -> None:
        """Let it go."""
        self._alignment.finish()

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Show what a press would do."""
        handle = self._handle_at(surface, event) if self._alignment.is_on else None
        frame = self._alignment.frame
        if handle is None or frame is None:
            if self._alignment.is_on:
                surface.show_idle_cursor()
            return False
        surface.setCursor(_cursor_of(handle, frame))
        return True

    def _handle_at(self, surface: Surface, event: QMouseEvent) -> Handle | None:
        frame = self._alignment.frame
        if frame is None:
            return None
        _tie, knob = turn_handle_on(surface, frame)
        return self._alignment.handle_at(
            _layout_point(surface, event), knob, reach_px=REACH_VIEW_PX / surface.link.scale
        )

    # -- keys ---------------------------------------------------------------------------------------------------

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Take the keys of the views while the handles are shown."""
        if not self._alignment.is_on or not isinstance(event, QKeyEvent):
            return False
        if event.type() == QEvent.Type.ShortcutOverride and self._means_something(event):
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and self._means_something(event):
            self._do(event)
            return True
        if event.type() == QEvent.Type.KeyRelease and not event.isAutoRepeat():
            self._alignment.end_keys()
        return False

    def _means_something(self, event: QKeyEvent) -> bool:
        key, modifiers = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in _ARROWS:
            return not modifiers & ~(_SHIFT | _CONTROL)
        plain = (Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        return (key in plain and not modifiers) or (key == Qt.Key.Key_H and not modifiers & ~_SHIFT)

    def _do(self, event: QKeyEvent) -> None:
        alignment, key, modifiers = self._alignment, event.key(), event.modifiers()
        times = FAST if modifiers & _SHIFT else 1.0
        if key == Qt.Key.Key_Escape:
            if not alignment.abort():
                alignment.set_on(False)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            alignment.set_on(False)
        elif key == Qt.Key.Key_Backspace:
            alignment.reset()
        elif key == Qt.Key.Key_H:
            alignment.flip(horizontally=not modifiers & _SHIFT)
        else:
            dx, dy = _ARROWS[Qt.Key(key)]
            if not modifiers & _CONTROL:
                alignment.nudge(dx * times, dy * times, holds=True)
            elif dx:
                alignment.turn(dx * times * TURN_DEG, holds=True)
            else:
                alignment.grow(GROWTH ** (-dy * times), holds=True)

    def _on_changed(self) -> None:
        if self._alignment.is_on or self._is_drawn:
            for surface in self._surfaces:
                surface.update()
        self._is_drawn = self._alignment.is_on


def turn_handle_on(surface: Surface, frame: Frame) -> tuple[Point, Point]:
    """Return where a view shows the handle that turns, and the edge it is tied to, in layout pixels."""
    margin = TURN_MARGIN_VIEW_PX
    first = surface.to_layout(QPointF(margin, margin))
    last = surface.to_layout(QPointF(surface.width() - margin, surface.height() - margin))
    return turn_handle(frame, TURN_VIEW_PX / surface.link.scale, (first.x(), first.y(), last.x(), last.y()))


def _layout_point(surface: Surface, event: QMouseEvent) -> Point:
    at = surface.to_layout(event.position())
    return at.x(), at.y()


def _square(centre: QPointF, side: float) -> QRectF:
    return QRectF(centre.x() - side / 2, centre.y() - side / 2, side, side)


def _cursor_of(handle: Handle, frame: Frame) -> QCursor:
    if handle == "body":
        return QCursor(Qt.CursorShape.SizeAllCursor)
    if handle == "turn":
        return QCursor(Qt.CursorShape.PointingHandCursor)
    x, y = frame.edge(handle) if handle in EDGES else frame.corners[CORNERS.index(handle)]
    angle = math.degrees(math.atan2(y - frame.centre[1], x - frame.centre[0])) % 180
    shapes = (
        Qt.CursorShape.SizeHorCursor,
        Qt.CursorShape.SizeFDiagCursor,
        Qt.CursorShape.SizeVerCursor,
        Qt.CursorShape.SizeBDiagCursor,
    )
    return QCursor(shapes[round(angle / 45) % 4])
