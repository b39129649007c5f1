"""Segments seen through a small square grid, as the alignment and the ordering network see them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from engine.document.snapshot import SegmentCrop
from engine.geometry import compose_affine

Affine = npt.NDArray[np.float64]
LAYER_SIDE_PX = 128


@dataclass(frozen=True, eq=False)
class Layer:
    """A piece of a photograph, shrunk once so that sampling it often is cheap and does not alias.

    Attributes:
        rgba: (h, w, 4) uint8: sRGB, zero outside the mask, and coverage; or (h, w), coverage alone.
        pixel_to_layer: (2, 3) affine from pixels of the whole picture to pixels of ``rgba``.
    """

    rgba: npt.NDArray[np.uint8]
    pixel_to_layer: Affine

    @property
    def nbytes(self) -> int:
        """What it takes in memory."""
        return self.rgba.nbytes


def build_layer(
    rgb: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    *,
    left: int = 0,
    top: int = 0,
    max_side_px: int = LAYER_SIDE_PX,
) -> Layer:
    """Shrink the masked pixels of a picture until its longer side fits.

    Args:
        rgb: (h, w, 3) uint8 sRGB.
        mask: (h, w) bool.
        left: column of the whole picture where ``rgb`` begins.
        top: row of the whole picture where ``rgb`` begins.
        max_side_px: longest side of the layer; smaller pictures are kept as they are.
    """
    height, width = mask.shape
    coverage = mask.astype(np.uint8) * np.uint8(255)
    rgba = np.dstack([cv2.bitwise_and(rgb, rgb, mask=coverage), coverage])
    factor = max(1.0, max(height, width) / max_side_px)
    small = (max(1, round(width / factor)), max(1, round(height / factor)))
    if small != (width, height):
        rgba = cv2.resize(rgba, small, interpolation=cv2.INTER_AREA)
    sx, sy = small[0] / width, small[1] / height
    affine = np.array([[sx, 0.0, (0.5 - left) * sx - 0.5], [0.0, sy, (0.5 - top) * sy - 0.5]])
    return Layer(np.ascontiguousarray(rgba, dtype=np.uint8), affine)


def segment_layer(crop: SegmentCrop, *, max_side_px: int = LAYER_SIDE_PX) -> Layer:
    """Return a segment as a layer of its photograph."""
    return build_layer(crop.rgb, crop.mask, left=crop.bounds.left, top=crop.bounds.top, max_side_px=max_side_px)


def box_grid(box: tuple[float, float, float, float], grid_px: int) -> Affine:
    """Return the (2, 3) affine from the pixels of a square grid to the plane its box lies in.

    Args:
        box: left, top, right, bottom edges of the grid in that plane.
        grid_px: cells a side; the centre of cell 0 lies half a cell inside the edge.
    """
    left, top, right, bottom = box
    sx, sy = (right - left) / grid_px, (bottom - top) / grid_px
    return np.array([[sx, 0.0, left + 0.5 * sx], [0.0, sy, top + 0.5 * sy]])


def sample_layer(layer: Layer, grid_to_pixel: Affine, grid_px: int) -> npt.NDArray[np.uint8]:
    """Sample a layer on a square grid, bilinearly; outside is zero.

    Args:
        layer: what to sample.
        grid_to_pixel: (2, 3) affine from grid cells to pixel indices of the whole picture.
        grid_px: cells a side.

    Returns:
        (grid, grid, 4) uint8, sRGB already multiplied by coverage, and coverage; (grid, grid) of coverage alone.
    """
    affine = compose_affine(layer.pixel_to_layer, grid_to_pixel)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    rgba, affine = _shrunk_for(layer.rgba, affine)
    return np.asarray(cv2.warpAffine(rgba, affine, (grid_px, grid_px), flags=flags), dtype=np.uint8)


def _shrunk_for(rgba: npt.NDArray[np.uint8], affine: Affine) -> tuple[npt.NDArray[np.uint8], Affine]:
    """Shrink by whole factors where a grid step spans two pixels or more, so that bilinear sampling sees them all."""
    height, width = rgba.shape[:2]
    fx, fy = (min(side, int(np.abs(row[:2]).max())) for side, row in ((width, affine[0]), (height, affine[1])))
    if fx < 2 and fy < 2:
        return rgba, affine
    small = (max(1, round(width / max(fx, 1))), max(1, round(height / max(fy, 1))))
    sx, sy = small[0] / width, small[1] / height
    shrink = np.array([[sx, 0.0, 0.5 * sx - 0.5], [0.0, sy, 0.5 * sy - 0.5]])
    shrunk = np.asarray(cv2.resize(rgba, small, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return shrunk, compose_affine(shrink, affine)
