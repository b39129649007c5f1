"""Arrays to QImage; the only place that knows byte order and lifetime."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF
from PySide6.QtGui import QImage

from engine.classes import VOID, ClassTable
from engine.document.strokes import bounds_of
from engine.geometry import Bounds
from engine.layout import ClassIds, InstanceIds
from engine.pipeline.results import Result

ELIDED_ALPHA = 120
INSTANCE_EDGE_SHADE = 0.62
MAX_FILLING_SIDE_PX = 1024
_made: WeakKeyDictionary[Result, Pictures] = WeakKeyDictionary()
_ALPHA_OF_PRESENCE = np.array([0, ELIDED_ALPHA, *[255] * 254], np.uint8)


def image_from_rgb(rgb: npt.NDArray[np.uint8]) -> QImage:
    """Return a QImage that owns a copy of an (h, w, 3) uint8 sRGB array."""
    return _image_of_bgra(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8), QImage.Format.Format_RGB32)


def image_from_rgba(rgba: npt.NDArray[np.uint8]) -> QImage:
    """Return a QImage that owns a copy of an (h, w, 4) uint8 sRGB array with straight alpha."""
    rgba = np.ascontiguousarray(rgba)
    height, width = rgba.shape[:2]
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).convertToFormat(
        QImage.Format.Format_ARGB32_Premultiplied
    )


def image_from_canvas(canvas: npt.NDArray[np.uint8], presence: npt.NDArray[np.uint8]) -> QImage:
    """Return a canvas as a QImage: missing pixels transparent, elided ones a shade.

    Args:
        canvas: (h, w, 3) uint8 sRGB.
        presence: (h, w) uint8: 0 missing, 1 elided, 2 photo.
    """
    photo = (presence == 2).view(np.uint8)
    bgra = np.asarray(cv2.cvtColor(cv2.bitwise_and(canvas, canvas, mask=photo), cv2.COLOR_RGB2BGRA), np.uint8)
    cv2.insertChannel(cv2.LUT(presence, _ALPHA_OF_PRESENCE), bgra, 3)
    return _image_of_bgra(bgra, QImage.Format.Format_ARGB32_Premultiplied)


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a result, ready to be drawn.

    Attributes:
        canvas: missing pixels transparent.
        image: opaque.
    """

    canvas: QImage
    image: QImage


def pictures_of(result: Result) -> Pictures:
    """Return the pictures of a result, made once and kept as long as it lives.

    Called on the engine thread before a result is handed over, so that the GUI thread finds large ones made.
    """
    pictures = _made.get(result)
    if pictures is None:
        pictures = Pictures(image_from_canvas(result.canvas, result.presence), image_from_rgb(result.image))
        _made[result] = pictures
    return pictures


def image_of_filling(effective_class_ids: ClassIds, class_ids: ClassIds, table: ClassTable) -> QImage:
    """Return what fills the void of a layout, in the colours of its classes; transparent where it is painted.

    Args:
        effective_class_ids: (h, w) uint8 the layout after completion; it may be smaller than the layout.
        class_ids: (H, W) uint8 the layout as it is painted.
        table: what the ids mean.

    Returns:
        A QImage of at most `MAX_FILLING_SIDE_PX` a side, to be stretched to the layout.
    """
    height, width = effective_class_ids.shape
    step = -(-max(height, width) // MAX_FILLING_SIDE_PX)
    effective = effective_class_ids[::step, ::step]
    rows = np.arange(effective.shape[0]) * class_ids.shape[0] // effective.shape[0]
    columns = np.arange(effective.shape[1]) * class_ids.shape[1] // effective.shape[1]
    rgba = np.zeros((256, 4), np.uint8)
    colours = table.colours()
    rgba[:, :3] = colours
    rgba[: len(table), 3] = 255
    return image_from_rgba(
        np.where((class_ids[np.ix_(rows, columns)] == VOID)[..., None], rgba[effective], np.uint8(0))
    )


def _image_of_bgra(bgra: npt.NDArray[np.uint8], kind: QImage.Format) -> QImage:
    """Return a QImage of a kind that has the bytes of an (h, w, 4) array, which it keeps."""
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, 4 * width, kind)


def rgb_from_image(image: QImage) -> npt.NDArray[np.uint8]:
    """Return a copy of a QImage as an (h, w, 3) uint8 sRGB array."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


class LayoutPicture:
    """The coloured layout as a QImage that is brought up to date rectangle by rectangle.

    Void is transparent. Instances of one class that touch are parted by a darker line. GUI thread only.
    """

    def __init__(self, class_ids: ClassIds, instance_ids: InstanceIds, table: ClassTable) -> None:
        """Colour the whole layout; the arrays are the document's live ones and only read."""
        self._class_ids = class_ids
        self._instance_ids = instance_ids
        colours = table.colours()
        bgra = np.zeros((2, 256, 4), np.uint8)
        bgra[0, :, :3] = colours[:, ::-1]
        bgra[1, :, :3] = np.rint(colours[:, ::-1] * INSTANCE_EDGE_SHADE)
        bgra[..., 3] = 255
        bgra[:, VOID] = 0
        self._palette = bgra.view("<i4")[..., 0]
        height, width = class_ids.shape
        self._pixels = np.zeros((height, width), "<u4")
        self.image = QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        self.refresh(Bounds(0, 0, width, height))

    def refresh(self, bounds: Bounds) -> Bounds:
        """Colour a rectangle again and return what may look different: one pixel more on the left and above."""
        height, width = self._class_ids.shape
        bounds = Bounds(
            max(0, bounds.left - 1), max(0, bounds.top - 1), min(width, bounds.right), min(height, bounds.bottom)
        )
        if not bounds:
            return bounds
        rows, columns = bounds.slices
        class_ids, instance_ids = self._class_ids[rows, columns], self._instance_ids[rows, columns]
        pixels = cv2.LUT(np.ascontiguousarray(class_ids), self._palette[0]).view("<u4")
        self._pixels[rows, columns] = pixels
        if objects := bounds_of(instance_ids != 0):
            self._draw_edges(
                Bounds(
                    bounds.left + max(0, objects.left - 1),
                    bounds.top + max(0, objects.top - 1),
                    bounds.left + objects.right,
                    bounds.top + objects.bottom,
                )
            )
        return bounds

    def _draw_edges(self, bounds: Bounds) -> None:
        """Darken where one instance ends and another of its class begins; the rest stays as it is."""
        height, width = self._class_ids.shape
        rows, columns = bounds.slices
        wider = (slice(rows.start, min(height, rows.stop + 1)), slice(columns.start, min(width, columns.stop + 1)))
        edge = _instance_edges(self._class_ids[wider], self._instance_ids[wider])[: bounds.height, : bounds.width]
        shades = self._palette[1].view("<u4")[self._class_ids[rows, columns][edge]]
        self._pixels[rows, columns][edge] = shades


def _instance_edges(class_ids: ClassIds, instance_ids: InstanceIds) -> npt.NDArray[np.bool_]:
    edges = np.zeros(class_ids.shape, np.bool_)
    for here, there in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        edges[here] |= (class_ids[here] == class_ids[there]) & (instance_ids[here] != instance_ids[there])
    return edges


def outline_lines(mask: npt.NDArray[np.bool_], *, step_x: float = 1.0, step_y: float = 1.0) -> list[QLineF]:
    """Return the outline of a mask along its pixels' edges, straight runs joined.

    Args:
        mask: (h, w) bool.
        step_x: width of a mask pixel in layout pixels.
        step_y: height of a mask pixel in layout pixels.
    """
    if not mask.any():
        return []
    top, left = int(np.argmax(mask.any(1))), int(np.argmax(mask.any(0)))
    bottom = mask.shape[0] - int(np.argmax(np.flip(mask.any(1))))
    right = mask.shape[1] - int(np.argmax(np.flip(mask.any(0))))
    padded = np.pad(mask[top:bottom, left:right], 1)
    lines = [
        QLineF((left + a) * step_x, (top + at) * step_y, (left + b) * step_x, (top + at) * step_y)
        for at, a, b in _runs(np.diff(padded, axis=0)[:, 1:-1])
    ]
    lines += [
        QLineF((left + at) * step_x, (top + a) * step_y, (left + at) * step_x, (top + b) * step_y)
        for at, a, b in _runs(np.diff(padded, axis=1)[1:-1].T)
    ]
    return lines


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int, int]]:
    """Return (row, start, end) of every run of set flags."""
    steps = np.diff(np.pad(flags.astype(np.int8), ((0, 0), (1, 1))), axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    return list(zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True))
