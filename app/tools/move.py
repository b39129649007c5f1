"""Select a region, and move it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage, QPainterPath

from app.imaging import image_of_mask, outline_lines
from app.session import Session
from app.tools.tool import KeyStroke, PlainTool, PointerEvent, Preview
from engine.classes import VOID
from engine.document.strokes import bounds_of
from engine.geometry import Bounds

DRAG_VIEW_PX = 4.0
FAST_STEP_PX = 10
MOVED_ALPHA = 190
MAX_OUTLINE_SIDE_PX = 1024
"""Of a region larger than this the outline follows blocks of pixels: it must be there within a frame."""
ARROWS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}


@dataclass(frozen=True, eq=False)
class _Held:
    """The region under the pointer: a pixel of it, its outline and its pixels."""

    x: int
    y: int
    path: QPainterPath
    image: QImage
    bounds: Bounds


@dataclass(frozen=True, slots=True)
class _Nudge:
    """The arrow keys' step that came last: which pixel's region went how far, and the generation it made."""

    x: int
    y: int
    dx: int
    dy: int
    generation: int


class MoveTool(PlainTool):
    """Selects the region under the pointer; dragging moves it, and so do the arrow keys.

    Arrow keys pressed one after the other move the region from where it was at first, as one step of the history.
    """

    hint = "Click to select a region, drag to move it; arrow keys move it by 1 pixel, with Shift by 10"

    def __init__(self, session: Session) -> None:
        """Select and move in a session."""
        self._session = session
        self._from: tuple[float, float] | None = None
        self._held: _Held | None = None
        self._offset: tuple[int, int] | None = None
        self._pixel: tuple[int, int] | None = None
        self._class_id = VOID
        self._nudge: _Nudge | None = None
        session.document_replaced.connect(self._forget)
        session.size_changed.connect(self._forget)
        session.selection_changed.connect(self._on_selection_changed)

    def press(self, event: PointerEvent) -> None:
        """Take hold of the region under the pointer."""
        self._from, self._offset, self._held = (event.x, event.y), None, None

    def move(self, event: PointerEvent) -> None:
        """Drag the region's outline; with Shift straight across or down."""
        if self._from is None:
            return
        dx, dy = event.x - self._from[0], event.y - self._from[1]
        if self._offset is None and math.hypot(dx, dy) < DRAG_VIEW_PX * event.view_px:
            return
        if self._held is None:
            self._held = self._hold(*self._from)
        if event.constrained:
            dx, dy = (dx, 0.0) if abs(dx) >= abs(dy) else (0.0, dy)
        self._offset = round(dx), round(dy)

    def release(self, event: PointerEvent) -> None:
        """Put the region down, as one step; without a drag, select it."""
        self.move(event)
        start, held, offset = self._from, self._held, self._offset
        self.cancel()
        if start is None:
            return
        if offset is None:
            self._session.select_at(*start)
            self._keep((int(start[0]), int(start[1])) if self._session.gesture.is_inside(*start) else None)
        elif held is not None and offset != (0, 0):
            self._session.gesture.move_region(held.x, held.y, *offset)
            self._keep((held.x + offset[0], held.y + offset[1]))

    def cancel(self) -> None:
        """Leave the region where it is."""
        self._from = self._held = self._offset = None

    def wants_key(self, stroke: KeyStroke) -> bool:
        """Whether an arrow key would move a region."""
        return self._from is None and stroke.key in ARROWS and self._region_pixel() is not None

    def key(self, stroke: KeyStroke) -> None:
        """Move the region that was selected or moved last."""
        pixel = self._region_pixel()
        if pixel is None:
            return
        step = FAST_STEP_PX if stroke.fast else 1
        dx, dy = (step * part for part in ARROWS[stroke.key])
        document, last = self._session.document, self._nudge
        continues = last is not None and last.generation == document.generation
        start = last if last is not None and continues else _Nudge(*pixel, 0, 0, 0)
        dx, dy = start.dx + dx, start.dy + dy
        moved = self._session.gesture.move_region(start.x, start.y, dx, dy, instead_of_last=continues)
        self._keep((start.x + dx, start.y + dy))
        self._nudge = _Nudge(start.x, start.y, dx, dy, document.generation) if moved else None

    def preview(self) -> Preview | None:
        """Return the region where it would be put down."""
        if self._held is None or self._offset is None:
            return None
        dx, dy = self._offset
        bounds = self._held.bounds
        return Preview(
            self._held.path.translated(dx, dy),
            is_mirrored=False,
            image=self._held.image,
            image_at=QPointF(bounds.left + dx, bounds.top + dy),
        )

    def _hold(self, x: float, y: float) -> _Held | None:
        session = self._session
        if not session.gesture.is_inside(x, y):
            return None
        column, row = int(x), int(y)
        class_id, _ = session.document.class_at(column, row)
        mask = session.document.region_mask_at(column, row)
        if class_id == VOID or not mask.any():
            return None
        bounds = bounds_of(mask)
        inside = mask[bounds.slices]
        step = -(-max(inside.shape) // MAX_OUTLINE_SIDE_PX)
        path = QPainterPath()
        for line in outline_lines(inside[::step, ::step], step_x=step, step_y=step):
            path.moveTo(line.p1())
            path.lineTo(line.p2())
        path.translate(bounds.left, bounds.top)
        image = image_of_mask(inside, session.table[class_id].colour, MOVED_ALPHA)
        return _Held(column, row, path, image, bounds)

    def _region_pixel(self) -> tuple[int, int] | None:
        """Return a pixel of the region the arrow keys move, or None."""
        document = self._session.document
        if self._nudge is not None and self._nudge.generation == document.generation:
            return self._nudge.x, self._nudge.y
        if not self._is_there():
            self._keep(self._pixel_of_selection())
        return self._pixel if self._is_there() else None

    def _is_there(self) -> bool:
        """Whether the pixel that was kept still has its class."""
        if self._pixel is None or not self._session.gesture.is_inside(*self._pixel):
            return False
        class_id, _ = self._session.document.class_at(*self._pixel)
        return class_id == self._class_id != VOID

    def _keep(self, pixel: tuple[int, int] | None) -> None:
        """Remember a pixel of the region that arrow keys move; another class there later is another region."""
        self._pixel, self._nudge = pixel, None
        if pixel is not None and self._session.gesture.is_inside(*pixel):
            self._class_id, _ = self._session.document.class_at(*pixel)

    def _pixel_of_selection(self) -> tuple[int, int] | None:
        """Return a pixel of the selected region, where the picture on show is of the document as it is."""
        result, document = self._session.final_result, self._session.document
        if result is None:
            return None
        inside = result.region_ids == self._session.selected_record_id
        if self._session.selected_record_id < 0 or not inside.any():
            return None
        height, width = inside.shape
        row, column = (int(v) for v in np.argwhere(inside)[int(inside.sum()) // 2])
        return (2 * column + 1) * document.size.width // (2 * width), (2 * row + 1) * document.size.height // (
            2 * height
        )

    def _on_selection_changed(self, record_id: int) -> None:
        if record_id >= 0:
            self._pixel = self._nudge = None

    def _forget(self) -> None:
        self.cancel()
        self._pixel = self._nudge = None
