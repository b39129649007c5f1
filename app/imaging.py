"""Arrays to QImage; the only place that knows byte order and lifetime."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QImage, QPainter

from app.hatch import hatched, shade_of
from engine.classes import VOID, ClassTable
from engine.document.strokes import bounds_of
from engine.geometry import Bounds
from engine.layout import ClassIds, InstanceIds
from engine.pipeline.results import Result

ELIDED_ALPHA = 120
INSTANCE_EDGE_SHADE = 0.62
MAX_FILLING_SIDE_PX = 1024
MAX_LEVEL = 4
"""The last level of a pyramid: a sixteenth of the size, as small as the views show anything."""
LAYOUT_FORMAT = QImage.Format.Format_ARGB32_Premultiplied
LOWER_LEVELS = range(1, MAX_LEVEL + 1)
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
    """A picture at full size, at half of it, at a quarter and so on, so that it is scaled down evenly and at once.

    Frozen like the images in it; it may cross threads.
    """

    def __init__(self, levels: tuple[QImage, ...]) -> None:
        """Hold levels, each half as large as the one before, rounded up."""
        self.levels = levels

    @classmethod
    def of_bgra(cls, bgra: npt.NDArray[np.uint8], kind: QImage.Format) -> Pyramid:
        """Halve an (h, w, 4) array as often as the views may ask for; it is kept and must not change."""
        levels = [bgra]
        while len(levels) <= MAX_LEVEL and min(levels[-1].shape[:2]) > 1:
            levels.append(_shrunk(levels[-1], 2))
        return cls(tuple(_image_of_bgra(level, kind) for level in levels))

    @property
    def full(self) -> QImage:
        """The picture at full size."""
        return self.levels[0]

    def draw(self, painter: QPainter, page: QRectF, exposed: QRectF, *, is_smooth: bool) -> None:
        """Draw what is exposed of the picture, stretched over a page; all in view pixels.

        Args:
            painter: draws in view pixels.
            page: where the whole picture lies.
            exposed: what needs drawing.
            is_smooth: whether its pixels run into one another where it is enlarged.
        """
        size = self.full.size()
        ratio = painter.device().devicePixelRatioF()
        shown = max(page.width() * ratio / size.width(), page.height() * ratio / size.height())
        level = min(level_of(shown), len(self.levels) - 1)
        image = self.levels[level]
        step_x, step_y = size.width() / 2**level / page.width(), size.height() / 2**level / page.height()
        draw_part(painter, image, page.topLeft().toTuple(), (step_x, step_y), exposed, is_smooth=is_smooth)


def level_of(scale: float) -> int:
    """Return which level of a pyramid is drawn at a scale, in device pixels a pixel: it is shrunk by less than half."""
    return 0 if scale >= 1 else min(MAX_LEVEL, int(np.log2(1 / max(scale, 1e-6))))


def draw_part(
    painter: QPainter,
    image: QImage,
    corner: tuple[float, float],
    steps: tuple[float, float],
    exposed: QRectF,
    *,
    is_smooth: bool,
) -> None:
    """Draw the part of an image that is exposed, two pixels wider on each side so that parts meet without a seam.

    Args:
        painter: draws in view pixels.
        image: the image.
        corner: where its top left corner lies in the view.
        steps: image pixels a view pixel, across and down.
        exposed: what needs drawing, in view pixels.
        is_smooth: whether its pixels run into one another.
    """
    left = max(0, int((exposed.left() - corner[0]) * steps[0]) - 2)
    top = max(0, int((exposed.top() - corner[1]) * steps[1]) - 2)
    right = min(image.width(), int((exposed.right() - corner[0]) * steps[0]) + 3)
    bottom = min(image.height(), int((exposed.bottom() - corner[1]) * steps[1]) + 3)
    if right <= left or bottom <= top:
        return
    target = QRectF(
        corner[0] + left / steps[0], corner[1] + top / steps[1], (right - left) / steps[0], (bottom - top) / steps[1]
    )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_smooth)
    painter.drawImage(target, image, QRectF(left, top, right - left, bottom - top))


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
        pictures = Pictures(
            Pyramid.of_bgra(_bgra_of_canvas(result.canvas, result.presence), QImage.Format.Format_ARGB32_Premultiplied),
            pyramid_from_rgb(result.image),
        )
        _made[result] = pictures
    return pictures


def pyramid_from_rgb(rgb: npt.NDArray[np.uint8]) -> Pyramid:
    """Return the pyramid of a copy of an (h, w, 3) uint8 sRGB array."""
    return Pyramid.of_bgra(np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2BGRA), np.uint8), QImage.Format.Format_RGB32)


def _shrunk(bgra: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Return an (h, w, 4) array with each block of factor x factor pixels made one; the last ones may be partial."""
    height, width = bgra.shape[:2]
    below, beside = -height % factor, -width % factor
    if below or beside:
        bgra = np.asarray(cv2.copyMakeBorder(bgra, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
        height, width = bgra.shape[:2]
    return np.asarray(cv2.resize(bgra, (width // factor, height // factor), interpolation=cv2.INTER_AREA), np.uint8)


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


class LayoutPicture:
    """The coloured layout as a QImage that is brought up to date rectangle by rectangle.

    Void is transparent. Instances of one class that touch are parted by a darker line. GUI thread only.
    """

    def __init__(
        self, class_ids: ClassIds, instance_ids: InstanceIds, table: ClassTable, *, patterns: tuple[int, ...] = ()
    ) -> None:
        """Colour the whole layout; the arrays are the document's live ones and only read.

        Args:
            class_ids: (H, W) uint8.
            instance_ids: (H, W) uint16.
            table: what the class ids mean.
            patterns: by class id, see `app.hatch`; none leaves all plain.
        """
        self._patterns = patterns if any(patterns) else ()
        self._class_ids = class_ids
        self._instance_ids = instance_ids
        colours = table.colours()
        bgra = np.zeros((3, 256, 4), np.uint8)
        bgra[0, :, :3] = colours[:, ::-1]
        bgra[1, :, :3] = np.rint(colours[:, ::-1] * INSTANCE_EDGE_SHADE)
        bgra[2, : len(table), :3] = [shade_of(info.colour)[::-1] for info in table]
        bgra[..., 3] = 255
        bgra[:, VOID] = 0
        self._palette = bgra.view("<i4")[..., 0]
        height, width = class_ids.shape
        self._pixels = np.zeros((height, width), "<u4")
        self._levels = [self._pixels, *(np.zeros((-(-height >> n), -(-width >> n)), "<u4") for n in LOWER_LEVELS)]
        self._images = [
            QImage(level.data, level.shape[1], level.shape[0], 4 * level.shape[1], LAYOUT_FORMAT)
            for level in self._levels
        ]
        self._stale = [Bounds(0, 0, 0, 0) for _ in self._levels]
        self.refresh(Bounds(0, 0, width, height))

    @property
    def image(self) -> QImage:
        """The layout at full size."""
        return self._images[0]

    def draw(self, painter: QPainter, page: QRectF, exposed: QRectF) -> None:
        """Draw what is exposed of the layout, stretched over a page: pixel for pixel, or evenly scaled down."""
        height, width = self._class_ids.shape
        scale = page.width() * painter.device().devicePixelRatioF() / width
        level = level_of(scale)
        step_x, step_y = width / 2**level / page.width(), height / 2**level / page.height()
        image = self._up_to_date(level)
        draw_part(painter, image, page.topLeft().toTuple(), (step_x, step_y), exposed, is_smooth=scale < 1)

    def _up_to_date(self, level: int) -> QImage:
        """Return a level, with what has changed since it was last asked for made anew."""
        stale = self._stale[level]
        if stale:
            block = 1 << level
            left, top = stale.left >> level, stale.top >> level
            right, bottom = -(-stale.right >> level), -(-stale.bottom >> level)
            pixels = self._pixels[top * block : bottom * block, left * block : right * block]
            smaller = _shrunk(pixels.view(np.uint8).reshape(*pixels.shape, 4), block)
            self._levels[level][top:bottom, left:right] = smaller.view("<u4")[..., 0]
            self._stale[level] = Bounds(0, 0, 0, 0)
        return self._images[level]

    def refresh(self, bounds: Bounds) -> Bounds:
        """Colour a rectangle again and return what may look different: one pixel more on the left and above."""
        height, width = self._class_ids.shape
        bounds = Bounds(
            max(0, bounds.left - 1), max(0, bounds.top - 1), min(width, bounds.right), min(height, bounds.bottom)
        )
        if not bounds:
            return bounds
        for level in LOWER_LEVELS:
            self._stale[level] = self._stale[level].union(bounds)
        rows, columns = bounds.slices
        class_ids, instance_ids = self._class_ids[rows, columns], self._instance_ids[rows, columns]
        pixels = cv2.LUT(np.ascontiguousarray(class_ids), self._palette[0]).view("<u4")
        if self._patterns:
            lines = hatched(class_ids, self._patterns, bounds.left, bounds.top)
            pixels[lines] = self._palette[2].view("<u4")[class_ids[lines]]
        self._pixels[rows, columns] = pixels
        if instance_ids.any() and (objects := bounds_of(instance_ids != 0)):
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
