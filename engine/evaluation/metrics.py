"""Measures of pictures: agreement with the layout, distance of features, distance of spectra. All in float64."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
import numpy.typing as npt

from engine.classes import VOID
from engine.data.sample import Rgb8
from engine.layout import ClassIds

Confusion = npt.NDArray[np.int64]
Float64 = npt.NDArray[np.float64]
SPECTRUM_SIDE_PX = 256
COPIED_ABOVE = 0.95
"""Share copied above which a pixel counts as copied."""
_SPECTRUM_FLOOR = 1e-6
"""Added to the power of a pixel's share, so that an empty picture has a logarithm."""


def count_confusion(wanted: ClassIds, found: ClassIds, classes: int) -> Confusion:
    """Return (C, C) counts: row the class wanted, column the class found; pixels where void is wanted are left out.

    Raises:
        ValueError: if shapes differ, or a pixel that counts holds an id that is no class.
    """
    if wanted.shape != found.shape:
        raise ValueError(f"two layouts of one shape are compared, not {wanted.shape} and {found.shape}")
    known = wanted != VOID
    rows, columns = wanted[known].astype(np.int64), found[known].astype(np.int64)
    if rows.size and max(int(rows.max()), int(columns.max())) >= classes:
        raise ValueError(f"an id is outside the {classes} classes that are compared")
    return np.bincount(rows * classes + columns, minlength=classes * classes).reshape(classes, classes)


def mean_iou(confusion: Confusion) -> float:
    """Return the IoU averaged over the classes that are wanted anywhere; nan where none is."""
    counts = confusion.astype(np.float64)
    hits, wanted, found = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    present = wanted > 0
    if not present.any():
        return float("nan")
    return float((hits[present] / (wanted + found - hits)[present]).mean())


def pixel_accuracy(confusion: Confusion) -> float:
    """Return the share of pixels whose class is the one wanted; nan where there is no pixel."""
    total = int(confusion.sum())
    return float(np.trace(confusion)) / total if total else float("nan")


@dataclass(eq=False)
class FeatureGaussian:
    """Mean and covariance of feature vectors, gathered picture by picture.

    Attributes:
        dimensions: length of a vector.
        count: vectors so far.
        total: (D,) their sum.
        outer: (D, D) sum of their outer products.
    """

    dimensions: int
    count: int = 0
    total: Float64 = field(init=False)
    outer: Float64 = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no vector."""
        self.total = np.zeros(self.dimensions)
        self.outer = np.zeros((self.dimensions, self.dimensions))

    def add(self, vectors: npt.NDArray[np.floating]) -> None:
        """Add (N, D) vectors."""
        exact = np.asarray(vectors, np.float64)
        self.count += len(exact)
        self.total += exact.sum(axis=0)
        self.outer += exact.T @ exact

    def moments(self) -> tuple[Float64, Float64]:
        """Return (D,) mean and (D, D) unbiased covariance.

        Raises:
            ValueError: if there are fewer than two vectors.
        """
        if self.count < 2:
            raise ValueError("a covariance needs two vectors at least")
        mean = self.total / self.count
        covariance = (self.outer - self.count * np.outer(mean, mean)) / (self.count - 1)
        return mean, (covariance + covariance.T) / 2


def frechet_distance(one: FeatureGaussian, other: FeatureGaussian) -> float:
    """Return the squared Fréchet distance of two Gaussians: |m₁ − m₂|² + tr(S₁ + S₂ − 2 (S₁ S₂)^½).

    Source: Dowson and Landau 1982; as the measure of generated pictures, Heusel et al. 2017.
    """
    mean_one, covariance_one = one.moments()
    mean_other, covariance_other = other.moments()
    values, vectors = np.linalg.eigh(covariance_one)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    inner = root @ covariance_other @ root
    cross = np.sqrt(np.clip(np.linalg.eigvalsh((inner + inner.T) / 2), 0, None)).sum()
    difference = mean_one - mean_other
    distance = difference @ difference + np.trace(covariance_one) + np.trace(covariance_other) - 2 * cross
    return max(0.0, float(distance))


def log_spectrum(rgb: npt.NDArray[np.uint8]) -> Float64:
    """Return the log power spectrum of the luminance of a picture's middle square, (S, S / 2 + 1).

    The square has `SPECTRUM_SIDE_PX` pixels a side; a smaller picture is mirrored around it. A Hann window keeps
    the borders out.

    Args:
        rgb: (H, W, 3) uint8 sRGB.
    """
    luminance = rgb.astype(np.float64) @ np.array([0.299, 0.587, 0.114]) / 255
    side = SPECTRUM_SIDE_PX
    short_y, short_x = max(0, side - luminance.shape[0]), max(0, side - luminance.shape[1])
    if short_y or short_x:
        luminance = np.asarray(
            cv2.copyMakeBorder(
                luminance, short_y // 2, -(-short_y // 2), short_x // 2, -(-short_x // 2), cv2.BORDER_REFLECT
            )
        )
    top, left = (luminance.shape[0] - side) // 2, (luminance.shape[1] - side) // 2
    square = luminance[top : top + side, left : left + side]
    window = np.outer(np.hanning(side), np.hanning(side))
    power = np.abs(np.fft.rfft2((square - square.mean()) * window)) ** 2 / float((window**2).sum())
    return np.log(power + _SPECTRUM_FLOOR)


def spectrum_distance(one: Float64, other: Float64) -> float:
    """Return the root mean square difference of two mean log power spectra, in nepers of power."""
    return float(np.sqrt(np.mean((one - other) ** 2)))


def copied_energies(image: Rgb8, canvas: Rgb8, copy_share: npt.NDArray[np.uint8]) -> tuple[float, float]:
    """Return the gradient energy of an image and of its canvas where the image is copied: whether detail survives.

    Counted are pixels whose copied share exceeds `COPIED_ABOVE` and whose eight neighbours' does, too, so that no
    difference crosses the edge of what is copied.

    Args:
        image: (H, W, 3) uint8 sRGB.
        canvas: of the same size.
        copy_share: (H, W) uint8, 255 for all of it.
    """
    copied = (copy_share > COPIED_ABOVE * 255).astype(np.uint8)
    inside = cv2.erode(copied, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) > 0
    return gradient_energy(image, inside), gradient_energy(canvas, inside)


def gradient_energy(rgb: Rgb8, counted: npt.NDArray[np.bool_]) -> float:
    """Return the sum of the squared differences of counted pixels to the next to the right and below.

    Args:
        rgb: (H, W, 3) uint8 sRGB; 1 is the lightest.
        counted: (H, W) bool; the last row and column have no next and never count.
    """
    colours = rgb.astype(np.float32) / 255
    right = np.square(np.diff(colours, axis=1)).sum(-1)[:-1]
    below = np.square(np.diff(colours, axis=0)).sum(-1)[:, :-1]
    return float((right + below)[counted[:-1, :-1]].sum(dtype=np.float64))
