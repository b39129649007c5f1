"""The camera: how wide it sees, where the horizon lies, and which way every pixel looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import CameraParameters
from engine.geometry import Size


@dataclass(frozen=True)
class Camera:
    """A camera above (0, 0) that looks along y.

    Attributes:
        size: of the picture.
        fov: horizontal field of view, radians.
        pitch: radians, above the horizontal.
    """

    size: Size
    fov: float
    pitch: float

    @classmethod
    def aimed(cls, parameters: CameraParameters, size: Size) -> Camera:
        """Aim so that the horizon lies where it shall (0 top, 1 bottom of the picture)."""
        fov = math.radians(parameters.fov_deg)
        focal_px = size.width / 2 / math.tan(fov / 2)
        return cls(size, fov, math.atan((parameters.horizon - 0.5) * size.height / focal_px))

    @property
    def focal_px(self) -> float:
        """Focal length in pixels."""
        return self.size.width / 2 / math.tan(self.fov / 2)

    def directions(self) -> tuple[Floats, Floats]:
        """Return (H, W) azimuths and elevations of the pixels' centres, radians."""
        width, height = self.size.width, self.size.height
        x, y = np.meshgrid(
            (np.arange(width) + 0.5 - width / 2) / self.focal_px, (height / 2 - np.arange(height) - 0.5) / self.focal_px
        )
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        ahead, up = cosine - y * sine, sine + y * cosine
        return np.arctan2(x, ahead), np.arctan2(up, np.hypot(x, ahead))
