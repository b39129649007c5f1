"""Arrays to QImage; the only place that knows byte order and lifetime."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QImage, QPainter

from engine.classes import VOID, ClassTable
from engine.geometry import Bounds, Size
from engine.layout import ClassIds
from engine.pipeline.results import Result

ELIDED_ALPHA = 120
MAX_FILLING_SIDE_PX = 1024
MAX_LEVEL = 4
"""The last level of a pyramid: a sixteenth of the size, as small as the views show anything."""
BAND_ROWS = 64
"""Rows that are coloured at once, so that what lies between stays in the processor's cache."""
Bgra = npt.NDArray[np.uint8]
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
    return _image_of_bgra(_bgra_of_canvas(canvas, presence), QImage.Format.Format_ARGB32_Premultiplied)


def _bgra_of_canvas(canvas: npt.NDArray[np.uint8], presence: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    photo = (presence == 2).view(np.uint8)
    bgra = np.asarray(cv2.cvtColor(cv2.bitwise_and(canvas, canvas, mask=photo), cv2.COLOR_RGB2BGRA), np.uint8)
    cv2.insertChannel(cv2.LUT(presence, _ALPHA_OF_PRESENCE), bgra, 3)
    return bgra


class Pyramid:
    """A picture at half its size, a quarter and so on, so that it is scaled down evenly and at once.

    At full size it is made where it is drawn: a copy of all of it in Qt's format would take more memory than it does.
    Frozen like the arrays it is made of; it may cross threads.
    """

    def __init__(self, size: Size, colours: Callable[[Bounds], Bgra], kind: QImage.Format) -> None:
        """Halve a picture as often as the views may ask for.

        Args:
            size: of the picture.
            colours: returns a part of it, (h, w, 4), always the same.
            kind: what its bytes mean to Qt.
        """
        self.size = size
        self._colours, self._kind = colours, kind
        self._lower = [_image_of_bgra(level, kind) for level in self._halves()]

    def _halves(self) -> list[Bgra]:
        width, height = self.size.width, self.size.height
        halves: list[Bgra] = []
        if min(width, height) > 1:
            half = np.empty((-(-height // 2), -(-width // 2), 4), np.uint8)
            for top in range(0, height, 2 * BAND_ROWS):
                band = self._colours(Bounds(0, top, width, min(height, top + 2 * BAND_ROWS)))
                half[top // 2 : top // 2 + BAND_ROWS] = shrunk(band, 2)
            halves.append(half)
        while halves and len(halves) < MAX_LEVEL and min(halves[-1].shape[:2]) > 1:
            halves.append(shrunk(halves[-1], 2))
        return halves

    @property
    def full(self) -> QImage:
        """The picture at full size, made anew."""
        return self._part_at_full_size(self.size.bounds)

    @property
    def levels(self) -> tuple[QImage, ...]:
        """The picture at every size, each half as large as the one before, rounded up."""
        return self.full, *self._lower

    def _part_at_full_size(self, bounds: Bounds) -> QImage:
        return _image_of_bgra(self._colours(bounds), self._kind)

    def draw(self, painter: QPainter, page: QRectF, exposed: QRectF, *, is_smooth: bool) -> None:
        """Draw what is exposed of the picture, stretched over a page; all in view pixels.

        Args:
            painter: draws in view pixels.
            page: where the whole picture lies.
            exposed: what needs drawing.
            is_smooth: whether its pixels run into one another where it is enlarged.
        """
        width, height = self.size.width, self.size.height
        ratio = painter.device().devicePixelRatioF()
        shown = max(page.width() * ratio / width, page.height() * ratio / height)
        level = min(level_of(shown), len(self._lower))
        size = Size(-(-width // 2**level), -(-height // 2**level))
        steps = width / 2**level / page.width(), height / 2**level / page.height()
        corner = page.left(), page.top()
        bounds = exposed_part(size, corner, steps, exposed)
        if not bounds:
            return
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
        if level:
            draw_part(painter, self._lower[level - 1], bounds, corner, steps)
        else:
            painter.drawImage(_place_of(bounds, corner, steps), self._part_at_full_size(bounds))


def level_of(scale: float) -> int:
    """Return which level of a pyramid is drawn at a scale, in device pixels a pixel: it is shrunk by less than half."""
    return 0 if scale >= 1 else min(MAX_LEVEL, int(np.log2(1 / max(scale, 1e-6))))


def exposed_part(size: Size, corner: tuple[float, float], steps: tuple[float, float], exposed: QRectF) -> Bounds:
    """Return which part of an image is exposed, two pixels wider on each side so that parts meet without a seam.

    Args:
        size: of the image.
        corner: where its top left corner lies in the view.
        steps: image pixels a view pixel, across and down.
        exposed: what needs drawing, in view pixels.
    """
    return Bounds(
        int((exposed.left() - corner[0]) * steps[0]) - 2,
        int((exposed.top() - corner[1]) * steps[1]) - 2,
        int((exposed.right() - corner[0]) * steps[0]) + 3,
        int((exposed.bottom() - corner[1]) * steps[1]) + 3,
    ).clipped(size)


def draw_part(
    painter: QPainter, image: QImage, bounds: Bounds, corner: tuple[float, float], steps: tuple[float, float]
) -> None:
    """Draw a part of an image where it lies in the view; see `exposed_part`."""
    source = QRectF(bounds.left, bounds.top, bounds.width, bounds.height)
    painter.drawImage(_place_of(bounds, corner, steps), image, source)


def _place_of(bounds: Bounds, corner: tuple[float, float], steps: tuple[float, float]) -> QRectF:
    """Return where a part of an image lies in the view."""
    return QRectF(
        corner[0] + bounds.left / steps[0],
        corner[1] + bounds.top / steps[1],
        bounds.width / steps[0],
        bounds.height / steps[1],
    )


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a result, ready to be drawn.

    Attributes:
        canvas_pyramid: missing pixels transparent.
        image_pyramid: opaque.
    """

    canvas_pyramid: Pyramid
    image_pyramid: Pyramid

    @property
    def canvas(self) -> QImage:
        """The canvas at full size, missing pixels transparent."""
        return self.canvas_pyramid.full

    @property
    def image(self) -> QImage:
        """The image at full size, opaque."""
        return self.image_pyramid.full


def pictures_of(result: Result) -> Pictures:
    """Return the pictures of a result, made once and kept as long as it lives.

    Called on the engine thread before a result is handed over, so that the GUI thread finds large ones made.
    """
    pictures = _made.get(result)
    if pictures is None:
        pictures = Pictures(_pyramid_of_canvas(result.canvas, result.presence), pyramid_from_rgb(result.image))
        _made[result] = pictures
    return pictures


def share_pictures(made: Result, result: Result) -> None:
    """Let a result that differs from another in its stamp alone have the same pictures, so that none is made anew."""
    _made[result] = pictures_of(made)


def pyramid_from_rgb(rgb: npt.NDArray[np.uint8]) -> Pyramid:
    """Return the pyramid of an (h, w, 3) uint8 sRGB array, which it keeps and which must not change."""

    def colours(bounds: Bounds) -> Bgra:
        return np.asarray(cv2.cvtColor(rgb[bounds.slices], cv2.COLOR_RGB2BGRA), np.uint8)

    return Pyramid(Size.of(rgb), colours, QImage.Format.Format_RGB32)


def pyramid_of_stored_canvas(canvas: npt.NDArray[np.uint8]) -> Pyramid:
    """Return the pyramid of a canvas as a project stores it: without its presence, holes and elided pixels black."""
    return _pyramid_of_canvas(canvas, np.where(canvas.any(axis=2), np.uint8(2), np.uint8(0)))


def _pyramid_of_canvas(canvas: npt.NDArray[np.uint8], presence: npt.NDArray[np.uint8]) -> Pyramid:
    def colours(bounds: Bounds) -> Bgra:
        return _bgra_of_canvas(
            np.ascontiguousarray(canvas[bounds.slices]), np.ascontiguousarray(presence[bounds.slices])
        )

    return Pyramid(Size.of(presence), colours, QImage.Format.Format_ARGB32_Premultiplied)


def shrunk(bgra: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Return an (h, w, 4) array with each block of factor x factor pixels made one; the last ones may be partial.

    Args:
        bgra: (h, w, 4) uint8.
        factor: a power of two: halving again and again takes less than half the time of one large step.
    """
    height, width = bgra.shape[:2]
    below, beside = -height % factor, -width % factor
    if below or beside:
        bgra = np.asarray(cv2.copyMakeBorder(bgra, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
    while factor > 1:
        factor //= 2
        height, width = bgra.shape[:2]
        bgra = np.asarray(cv2.resize(bgra, (width // 2, height // 2), interpolation=cv2.INTER_AREA), np.uint8)
    return bgra


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


def image_of_mask(mask: npt.NDArray[np.bool_], colour_rgb: tuple[int, int, int], alpha: int) -> QImage:
    """Return an (h, w) bool array as a QImage: one colour, as opaque as ``alpha`` of 255, where it is set."""
    red, green, blue = (round(part * alpha / 255) for part in colour_rgb)
    pixels = np.where(mask, np.uint32(alpha << 24 | red << 16 | green << 8 | blue), np.uint32(0))
    height, width = mask.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)


def _image_of_bgra(bgra: npt.NDArray[np.uint8], kind: QImage.Format) -> QImage:
    """Return a QImage of a kind that has the bytes of an (h, w, 4) array, which it keeps."""
    height, width = bgra.shape[:2]
    return QImage(bgra.data, width, height, 4 * width, kind)


def rgb_from_image(image: QImage) -> npt.NDArray[np.uint8]:
    """Return a copy of a QImage as an (h, w, 3) uint8 sRGB array."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def outline_lines(mask: npt.NDArray[np.bool_], *, step_x: float = 1.0, step_y: float = 1.0) -> list[QLineF]:
    """Return the outline of a mask along its pixels' edges, straight runs joined.

    Args:
        mask: (h, w) bool.
        step_x: width of a mask pixel in layout pixels.
        step_y: height of a mask pixel in layout pixels.
    """
    left, top, width, height = cv2.boundingRect(np.ascontiguousarray(mask).view(np.uint8))
    padded = np.pad(mask[top : top + height, left : left + width], 1)
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
    rows, columns = np.nonzero(flags)
    if not len(rows):
        return []
    firsts = np.flatnonzero((np.diff(rows, prepend=-1) != 0) | (np.diff(columns, prepend=-1) != 1))
    lasts = np.append(firsts[1:], len(rows)) - 1
    starts, ends = columns[firsts], columns[lasts] + 1
    return list(zip(rows[firsts].tolist(), starts.tolist(), ends.tolist(), strict=True))
