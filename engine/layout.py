"""The layout: what a person paints. Class and instance ids of every pixel, frozen."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from engine.classes import VOID
from engine.geometry import Size

ClassIds = npt.NDArray[np.uint8]
InstanceIds = npt.NDArray[np.uint16]
MAX_SIDE_PX = 8192
_Array = TypeVar("_Array", bound=npt.NDArray[Any])
MAX_PIXELS = 4096 * 2048


def frozen(array: _Array) -> _Array:
    """Return the array with writing switched off, in C order; a C-ordered one is frozen in place."""
    if not array.flags.c_contiguous:
        array = array.copy(order="C")
    array.setflags(write=False)
    return array


@dataclass(frozen=True, eq=False)
class Layout:
    """A layout that nothing changes any more; it may cross threads.

    Attributes:
        class_ids: (H, W) uint8; 255 is void.
        instance_ids: (H, W) uint16; 0 means none, else one object of its class even where it is parted.

    Raises:
        ValueError: if the arrays differ in shape or type, or are empty or too large.
    """

    class_ids: ClassIds
    instance_ids: InstanceIds

    def __post_init__(self) -> None:
        """Check shapes once and freeze both arrays (in place: pass copies of live ones)."""
        if self.class_ids.ndim != 2 or self.class_ids.shape != self.instance_ids.shape:
            raise ValueError("class ids and instance ids are two (H, W) arrays of one shape")
        if self.class_ids.dtype != np.uint8 or self.instance_ids.dtype != np.uint16:
            raise ValueError("class ids are uint8 and instance ids uint16")
        check_size(self.size)
        object.__setattr__(self, "class_ids", frozen(self.class_ids))
        object.__setattr__(self, "instance_ids", frozen(self.instance_ids))

    @classmethod
    def from_classes(cls, class_ids: ClassIds) -> Layout:
        """Return a layout without instances from a copy of (H, W) uint8 class ids."""
        return cls(class_ids.copy(), np.zeros(class_ids.shape, np.uint16))

    @classmethod
    def blank(cls, size: Size, class_id: int = VOID) -> Layout:
        """Return a layout of one class, void by default."""
        check_size(size)
        shape = (size.height, size.width)
        return cls(np.full(shape, class_id, np.uint8), np.zeros(shape, np.uint16))

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return Size.of(self.class_ids)

    @cached_property
    def digest(self) -> str:
        """16 hex digits of SHA-256 over shape, classes and instances; costs milliseconds, so not on the GUI thread."""
        sha = hashlib.sha256(np.array(self.class_ids.shape, "<u4").tobytes())
        sha.update(self.class_ids.data)
        sha.update(self.instance_ids.data)
        return sha.hexdigest()[:16]

    def __eq__(self, other: object) -> bool:
        """Compare by content."""
        if not isinstance(other, Layout):
            return NotImplemented
        return np.array_equal(self.class_ids, other.class_ids) and np.array_equal(self.instance_ids, other.instance_ids)

    __hash__ = None  # type: ignore[assignment]


def check_size(size: Size) -> None:
    """Raise ValueError unless a document may have this size (8 to 8192 a side, at most 4096x2048 pixels)."""
    if not (8 <= size.width <= MAX_SIDE_PX and 8 <= size.height <= MAX_SIDE_PX):
        raise ValueError(f"a layout has 8 to {MAX_SIDE_PX} pixels a side, not {size}")
    if size.width * size.height > MAX_PIXELS:
        raise ValueError(f"a layout has at most {MAX_PIXELS} pixels (4096x2048), not {size}")
