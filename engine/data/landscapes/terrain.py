"""The land as a grid around the camera: of constant angular resolution, so that detail is pixel-sized everywhere."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.colours import Colours
from engine.data.landscapes.ground import Ground, GroundGrid, cover_ground
from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.relief import Relief

_MARGIN_DEG = 11.0
_END_M = 42000.0


class Terrain:
    """The land of a scene on a polar grid (R, A): distances by azimuths. Not changed once it is made.

    Attributes:
        azimuths: (A,) radians.
        distances_m: (R,).
        x: (R, A) metres.
        y: (R, A) metres.
        height_m: (R, A), far forest included.
        slope: (R, A) rise over run.
        land_m: (R, A) distance from the water.
        track_m: (R, A) distance from the middle of the track.
        detail_m: (R, A) smallest wavelength.
        ground: what covers it.
        camera_z_m: height of the camera.
        horizon: (R, A) greatest slope from the camera so far along each azimuth, for culling.
    """

    def __init__(self, scene: SceneParameters, colours: Colours, *, fineness: float = 1.0) -> None:
        """Compute the land.

        Args:
            scene: its parameters.
            colours: what it is painted with.
            fineness: 1 for 580 azimuths; less for a sketch to judge a composition by.
        """
        self._scene = scene
        half = math.radians(scene.camera.fov_deg / 2 + _MARGIN_DEG)
        self.azimuths = np.linspace(-half, half, max(24, round(580 * fineness))).astype(np.float32)
        self.distances_m = _distances(scene, fineness)
        away, azimuth = np.meshgrid(self.distances_m, self.azimuths, indexing="ij")
        self.x, self.y = away * np.sin(azimuth), away * np.cos(azimuth)
        turn = float(self.azimuths[1] - self.azimuths[0])
        self.detail_m = np.maximum(away * turn, np.gradient(self.distances_m)[:, None] * 0.5).astype(np.float32)
        relief = Relief(scene).sample(self.x, self.y, self.detail_m)
        along = np.gradient(relief.height_m, axis=0) / np.gradient(self.distances_m)[:, None]
        across = np.gradient(relief.height_m, axis=1) / (away * turn)
        self.slope = np.sqrt(along**2 + across**2).astype(np.float32)
        self.land_m, self.track_m = relief.land_m, relief.track_m
        grid = GroundGrid(self.x, self.y, away, self.slope, self.detail_m, relief)
        self.ground: Ground = cover_ground(scene, colours, grid)
        self.camera_z_m = self._camera_height(relief.height_m)
        self.height_m = (relief.height_m + self.ground.canopy_m).astype(np.float32)
        self.horizon = np.maximum.accumulate((self.height_m - self.camera_z_m) / away, axis=0)

    def at(self, field: npt.NDArray[np.generic], x: Floats, y: Floats) -> Floats:
        """Return a field (R, A) at places: between the cells, or of the nearest where it holds whole numbers."""
        away, azimuth = np.hypot(x, y), np.arctan2(x, y)
        turn = self.azimuths[1] - self.azimuths[0]
        i = np.clip(
            np.interp(away, self.distances_m, np.arange(len(self.distances_m))), 0, len(self.distances_m) - 1.001
        )
        j = np.clip((azimuth - self.azimuths[0]) / turn, 0, len(self.azimuths) - 1.001)
        if not np.issubdtype(field.dtype, np.floating):
            return np.asarray(field[np.round(i).astype(int), np.round(j).astype(int)])
        row, column = i.astype(int), j.astype(int)
        u, v = (i - row).astype(np.float32), (j - column).astype(np.float32)
        values: Floats = np.asarray(field)
        left = values[row, column] * (1 - u) + values[row + 1, column] * u
        return left * (1 - v) + (values[row, column + 1] * (1 - u) + values[row + 1, column + 1] * u) * v

    def scatter(
        self, count: int, nearest_m: float, farthest_m: float, power: float, rng: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Return x and y of random places; power 2 is even over the area, less is denser near the camera."""
        low, high = nearest_m**power, farthest_m**power
        away = (rng.random(count) * (high - low) + low) ** (1 / power)
        azimuth = rng.uniform(self.azimuths[4], self.azimuths[-5], count)
        return (away * np.sin(azimuth)).astype(np.float32), (away * np.cos(azimuth)).astype(np.float32)

    def visible(self, x: Floats, y: Floats, top_m: Floats) -> npt.NDArray[np.bool_]:
        """Return whether things of a height are seen over the land before them."""
        rise = (self.at(self.height_m, x, y) + top_m - self.camera_z_m) / np.hypot(x, y)
        return rise > self.at(self.horizon, x, y) - 0.004

    def _camera_height(self, height_m: Floats) -> float:
        """Stand on the ground, and above everything that is close."""
        near = self.distances_m < max(12.0, self._scene.camera.height_m)
        own = float(height_m[0, len(self.azimuths) // 2])
        close = float(height_m[near].max()) - (0.5 if self._scene.water is None else 0.3)
        return max(own, close, 0.15) + self._scene.camera.height_m


def _distances(scene: SceneParameters, fineness: float) -> Floats:
    """Return (R,) distances: geometric in four stretches, dense where detail shows."""
    far_m, far_count = (16000.0, 340) if scene.mountains is not None else (8000.0, 140)
    first_m = max(0.8, scene.camera.height_m * 0.9)
    near_m = max(60.0, first_m * 2.5)
    stretches = [(first_m, near_m, 190), (near_m, 900.0, 200), (900.0, far_m, far_count), (far_m, _END_M, 24)]
    parts = [np.geomspace(a, b, max(6, round(n * fineness)), endpoint=False) for a, b, n in stretches]
    return np.concatenate([*parts, [_END_M]]).astype(np.float32)
