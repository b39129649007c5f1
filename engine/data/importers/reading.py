"""What every importer does: list a folder, read a photograph, read ids of its size; errors name the file."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.data.image_file import ImageError, decode_ids8, decode_ids16, decode_photograph, read_file
from engine.data.sample import Rgb8, SampleError
from engine.geometry import Size
from engine.layout import ClassIds, InstanceIds, check_size

DEPTH_STEPS = 5000.0
"""A depth map holds 5000 times the natural logarithm of metres; 0 is unknown."""


def list_stems(folder: Path, suffixes: Sequence[str]) -> list[str]:
    """Return the sorted stems of the files with one of the suffixes.

    Raises:
        SampleError: if the folder is missing or cannot be read, or two files share a stem.
    """
    try:
        stems = sorted(p.stem for p in folder.iterdir() if p.suffix.lower() in suffixes)
    except OSError as error:
        raise SampleError(str(folder), (error.strerror or "cannot be read").lower()) from None
    for first, second in pairwise(stems):
        if first == second:
            raise SampleError(str(folder), f"two photographs are called {first}")
    return stems


def read_photograph(root: Path, file: str) -> tuple[bytes, Rgb8]:
    """Return the bytes of a photograph and its (H, W, 3) uint8 sRGB pixels.

    Raises:
        SampleError: if it is broken, or of a size no layout has.
    """
    try:
        data = read_file(root / file)
        rgb = decode_photograph(data)
        check_size(Size.of(rgb))
    except ValueError as error:
        raise SampleError(file, str(error)) from None
    return data, rgb


def read_layout_ids(root: Path, file: str, shape: tuple[int, ...]) -> ClassIds:
    """Return the (H, W) uint8 ids of a layout that must have the photograph's shape.

    Raises:
        SampleError: if it is broken or has another size.
    """
    try:
        ids = decode_ids8(read_file(root / file))
    except ImageError as error:
        raise SampleError(file, str(error)) from None
    _check_shape(file, ids, shape)
    return ids


def read_instance_ids(root: Path, file: str, shape: tuple[int, ...]) -> InstanceIds:
    """Return (H, W) uint16 instance ids, 0 for none.

    Raises:
        SampleError: if the file is broken or has another size.
    """
    try:
        ids = decode_ids16(read_file(root / file))
    except ImageError as error:
        raise SampleError(file, str(error)) from None
    _check_shape(file, ids, shape)
    return ids


def read_depth(root: Path, file: str, shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Return (H, W) float32 metres from a logarithmic depth map of any size of the same proportions; 0 is unknown.

    Raises:
        SampleError: if the file is broken or has other proportions.
    """
    try:
        coded = decode_ids16(read_file(root / file))
    except ImageError as error:
        raise SampleError(file, str(error)) from None
    height, width = shape
    if abs(coded.shape[0] * width - coded.shape[1] * height) > max(height, width):
        raise SampleError(file, f"is {Size.of(coded)}, of other proportions than its photograph ({width}x{height})")
    rows = np.arange(height) * coded.shape[0] // height
    columns = np.arange(width) * coded.shape[1] // width
    return decode_depth(coded[rows[:, None], columns])


def decode_depth(coded: npt.NDArray[np.uint16]) -> npt.NDArray[np.float32]:
    """Return metres from 5000 times their natural logarithm; 0 stays 0, unknown."""
    return np.where(coded > 0, np.exp(coded.astype(np.float32) / DEPTH_STEPS), 0).astype(np.float32)


def encode_depth(depth_m: npt.NDArray[np.float32]) -> npt.NDArray[np.uint16]:
    """Return 5000 times the natural logarithm of metres, the inverse of `decode_depth`; nearer than 1 m becomes 1 m."""
    known = depth_m > 0
    coded = np.rint(np.log(np.where(known, depth_m, 1.0)) * DEPTH_STEPS)
    return np.where(known, np.clip(coded, 1, 65535), 0).astype(np.uint16)


def _check_shape(file: str, array: npt.NDArray[np.generic], shape: tuple[int, ...]) -> None:
    if array.shape != tuple(shape):
        raise SampleError(file, f"is {Size.of(array)}, its photograph {shape[1]}x{shape[0]}")
