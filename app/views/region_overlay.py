"""Outlines and names of the regions, drawn over every view."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter

from app.session import Session
from app.views.overlay import Overlay
from app.views.surface import Surface
from engine.geometry import Size
from engine.layout import ClassIds, InstanceIds
from engine.pipeline.results import Result

LINE_BGRA = 0xF0F0F0F0
SHADOW_BGRA = 0x78000000
LEAST_ROOM_PX = 15.0
NAMES_SIDE_PX = 512
_CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8)


@dataclass(frozen=True, slots=True)
class NamePlace:
    """Where the name of a region is written.

    Attributes:
        class_key: its class.
        x: middle of the largest disc inside the region, in layout pixels.
        y: the same, down.
        radius: of that disc, in layout pixels.
    """

    class_key: str
    x: float
    y: float
    radius: float


class RegionOverlay(Overlay):
    """Draws what the options of the views ask for: outlines of the layout as it is, names from the last result."""

    def __init__(self, session: Session) -> None:
        """Draw over the views of a session."""
        self._session = session
        self._names_of: Result | None = None
        self._names: tuple[NamePlace, ...] = ()

    def is_shown_on(self, surface: Surface) -> bool:
        """Whether outlines or names are switched on."""
        options = surface.link.options.now
        return options.outlines or options.names

    def draw(self, surface: Surface, painter: QPainter) -> None:
        """Draw outlines and names, as far as they are switched on."""
        options = surface.link.options.now
        if options.outlines:
            self._draw_outlines(surface, painter)
        if options.names:
            self._draw_names(surface, painter)

    def _draw_outlines(self, surface: Surface, painter: QPainter) -> None:
        exposed = painter.clipBoundingRect().intersected(surface.page()).toAlignedRect()
        if exposed.isEmpty():
            return
        exposed.adjust(-2, -2, 2, 2)
        ratio = surface.devicePixelRatioF()
        document, origin, scale = self._session.document, surface.origin(), surface.link.scale
        size = document.size
        columns = _sampled(exposed.left(), exposed.width(), ratio, origin.x(), scale, size.width)
        rows = _sampled(exposed.top(), exposed.height(), ratio, origin.y(), scale, size.height)
        edges = region_edges(document.class_ids, document.instance_ids, rows, columns)
        pixels = np.where(cv2.dilate(edges, _CROSS) > 0, np.uint32(SHADOW_BGRA), np.uint32(0))
        pixels[edges > 0] = LINE_BGRA
        height, width = pixels.shape
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(exposed.topLeft()), image)

    def _draw_names(self, surface: Surface, painter: QPainter) -> None:
        result = self._session.result
        if result is None:
            return
        if result is not self._names_of:
            self._names_of, self._names = result, name_places(result, surface.link.size)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        metrics, table = painter.fontMetrics(), self._session.table
        exposed = painter.clipBoundingRect()
        for place in self._names:
            info = table.get(place.class_key)
            if info is None or 2 * place.radius * surface.link.scale < LEAST_ROOM_PX:
                continue
            at = surface.to_view(QPointF(place.x, place.y))
            box = metrics.boundingRect(info.name)
            plate = QRectF(0, 0, box.width() + 10, box.height() + 2)
            plate.moveCenter(at)
            if not plate.intersects(exposed):
                continue
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(0, 0, 0, 150))
            painter.drawRoundedRect(plate, 4, 4)
            painter.setPen(QColor(255, 255, 255, 240))
            painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, info.name)


def region_edges(
    class_ids: ClassIds, instance_ids: InstanceIds, rows: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
) -> npt.NDArray[np.uint8]:
    """Return where a region ends, seen on a grid of rows and columns of the layout.

    Returns:
        (len(rows), len(columns)) uint8: 1 where the next pixel to the right or below is of another class or instance.
    """
    grid = np.ix_(rows, columns)
    classes, instances = class_ids[grid], instance_ids[grid]
    edges = np.zeros(classes.shape, np.uint8)
    for ids in (classes, instances):
        edges[:, :-1] |= ids[:, :-1] != ids[:, 1:]
        edges[:-1] |= ids[:-1] != ids[1:]
    return edges


def name_places(result: Result, size: Size) -> tuple[NamePlace, ...]:
    """Return where the names of a result's regions have most room on a layout of a size."""
    height, width = result.region_ids.shape
    step = max(1, -(-max(height, width) // NAMES_SIDE_PX))
    ids = result.region_ids[::step, ::step]
    per_x, per_y = size.width / ids.shape[1], size.height / ids.shape[0]
    places = list[NamePlace]()
    for region in result.regions:
        box = region.bounds
        left, top = int(box.left / per_x), int(box.top / per_y)
        right, bottom = math.ceil(box.right / per_x), math.ceil(box.bottom / per_y)
        mask = ids[top:bottom, left:right] == region.record_id
        if not mask.any():
            continue
        room = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)
        row, column = divmod(int(np.argmax(room)), room.shape[1])
        at_x, at_y = (left + column - 0.5) * per_x, (top + row - 0.5) * per_y
        places.append(NamePlace(region.class_key, at_x, at_y, float(room[row, column]) * min(per_x, per_y)))
    return tuple(places)


def _sampled(start: int, count: int, ratio: float, origin: float, scale: float, limit: int) -> npt.NDArray[np.intp]:
    """Return which layout row or column lies under each device pixel of a stretch of the view."""
    centres = start + (np.arange(round(count * ratio)) + 0.5) / ratio
    return np.clip(np.floor((centres - origin) / scale), 0, limit - 1).astype(np.intp)
