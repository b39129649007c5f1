"""Sizes, bounds and the picture frame that layouts and photographs of any size are compared in.

The *frame* has its origin in the middle of the picture, ``u`` to the right and ``v`` down, both in units of the
picture's height, so that nothing is stretched: the centre of pixel (x, y) of a (H, W) picture lies at
``u = (x + 0.5 - W / 2) / H`` and ``v = (y + 0.5) / H - 0.5``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Theta = tuple[float, float, float, float, float, float]
"""A 2x3 affine, row by row, between frames; always rounded by `round_theta` where it is kept."""

IDENTITY_THETA: Theta = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
THETA_STEP = 2.0**-12


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels."""

    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Size:
        """Read ``WIDTHxHEIGHT``, for example ``512x256``.

        Raises:
            ValueError: if the text has another form or a side is zero.
        """
        match = re.fullmatch(r"([1-9]\d{0,4})[x×]([1-9]\d{0,4})", text.strip())
        if match is None:
            raise ValueError(f"a size is WIDTHxHEIGHT, for example 512x256, not {text!r}")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, array: npt.NDArray[np.generic]) -> Size:
        """Return the size of an (H, W, ...) array."""
        return cls(int(array.shape[1]), int(array.shape[0]))

    def __str__(self) -> str:
        """Return ``WIDTHxHEIGHT``."""
        return f"{self.width}x{self.height}"

    @property
    def bounds(self) -> Bounds:
        """The whole picture."""
        return Bounds(0, 0, self.width, self.height)


@dataclass(frozen=True, slots=True)
class Bounds:
    """A half-open rectangle in pixels: left and top belong to it, right and bottom do not."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Width in pixels, 0 where empty."""
        return max(0, self.right - self.left)

    @property
    def height(self) -> int:
        """Height in pixels, 0 where empty."""
        return max(0, self.bottom - self.top)

    @property
    def area_px(self) -> int:
        """Number of pixels inside."""
        return self.width * self.height

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices into an (H, W) array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def __bool__(self) -> bool:
        """Whether any pixel lies inside."""
        return self.right > self.left and self.bottom > self.top

    def union(self, other: Bounds) -> Bounds:
        """Return the smallest bounds that hold both; an empty one adds nothing."""
        if not self:
            return other
        if not other:
            return self
        return Bounds(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )

    def intersection(self, other: Bounds) -> Bounds:
        """Return the common pixels, perhaps none."""
        return Bounds(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def expanded(self, margin_px: int) -> Bounds:
        """Return the bounds grown by a margin on every side."""
        return Bounds(self.left - margin_px, self.top - margin_px, self.right + margin_px, self.bottom + margin_px)

    def shifted(self, right_px: int, down_px: int) -> Bounds:
        """Return the bounds moved to the right and down."""
        return Bounds(self.left + right_px, self.top + down_px, self.right + right_px, self.bottom + down_px)

    def clipped(self, size: Size) -> Bounds:
        """Return the part inside a picture of the given size."""
        return self.intersection(size.bounds)


def round_theta(matrix: npt.NDArray[np.floating] | Theta) -> Theta:
    """Round an affine to multiples of 2**-12, so that every device composes the same canvas.

    Args:
        matrix: (2, 3) array, or a theta.

    Raises:
        ValueError: if an entry is not finite or exceeds 64.
    """
    flat = np.asarray(matrix, dtype=np.float64).reshape(6)
    if not np.isfinite(flat).all() or float(np.abs(flat).max()) > 64:
        raise ValueError("an alignment must be finite and within 64 picture heights")
    a, b, c, d, e, f = (float(x) for x in np.round(flat / THETA_STEP) * THETA_STEP + 0.0)
    return (a, b, c, d, e, f)


def theta_matrix(theta: Theta) -> npt.NDArray[np.float64]:
    """Return the theta as a (2, 3) float64 array."""
    return np.asarray(theta, dtype=np.float64).reshape(2, 3)


def compose_affine(outer: npt.NDArray[np.floating], inner: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the (2, 3) affine that applies ``inner`` first and ``outer`` second."""
    full = np.eye(3)
    full[:2] = inner
    return np.asarray(outer, dtype=np.float64) @ full


def invert_affine(matrix: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return the inverse of a (2, 3) affine.

    Raises:
        ValueError: if it has none.
    """
    full = np.eye(3)
    full[:2] = matrix
    if abs(float(np.linalg.det(full))) < 1e-9:
        raise ValueError("the affine has no inverse")
    return np.asarray(np.linalg.inv(full)[:2], np.float64)


def frame_to_pixel(size: Size) -> npt.NDArray[np.float64]:
    """Return the (2, 3) affine from frame coordinates to pixel indices of a picture."""
    height, width = size.height, size.width
    return np.array([[height, 0.0, width / 2 - 0.5], [0.0, height, height / 2 - 0.5]])


def pixel_to_frame(size: Size) -> npt.NDArray[np.float64]:
    """Return the (2, 3) affine from pixel indices of a picture to frame coordinates."""
    return invert_affine(frame_to_pixel(size))


def pixel_affine(theta_region_to_segment: Theta, region_size: Size, source_size: Size) -> npt.NDArray[np.float64]:
    """Return the (2, 3) affine from pixels of the document to pixels of the source photograph.

    Args:
        theta_region_to_segment: affine between the two frames.
        region_size: size of the document (or of the working picture it is composed at).
        source_size: size of the photograph the segment was cut from.
    """
    inner = compose_affine(theta_matrix(theta_region_to_segment), pixel_to_frame(region_size))
    return compose_affine(frame_to_pixel(source_size), inner)


def frame_box(bounds: Bounds, size: Size) -> tuple[float, float, float, float]:
    """Return (u0, v0, u1, v1), the outer edges of pixel bounds in frame coordinates."""
    height, width = size.height, size.width
    return (
        (bounds.left - width / 2) / height,
        bounds.top / height - 0.5,
        (bounds.right - width / 2) / height,
        bounds.bottom / height - 0.5,
    )
