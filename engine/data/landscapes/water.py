"""The surface of lakes, rivers and the sea, with waves that break on the shore."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.landscapes.colours import linear
from engine.data.landscapes.mesh import Mesh, grid_mesh
from engine.data.landscapes.noise import Floats, fractal_noise, smoothstep
from engine.data.landscapes.parameters import Lake, River, SceneParameters
from engine.data.landscapes.terrain import Terrain

_BREAKER_M = 11.0
_EVERY = 2
"""The surface takes every second row and column of the terrain's grid."""


@dataclass(frozen=True, eq=False)
class WaterSurface:
    """The water of a scene.

    Attributes:
        mesh: its surface.
        shallow: (n,) how much of the ground shows, in [0, 1].
        foam: (n,) how much it foams.
        deep_rgb: (3,) colour of deep water.
        waves_m: height of its small waves.
    """

    mesh: Mesh
    shallow: Floats
    foam: Floats
    deep_rgb: Floats
    waves_m: float


def build_water(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> WaterSurface:
    """Return the surface of a scene's water."""
    fields = (terrain.x, terrain.y, terrain.land_m, terrain.height_m, terrain.detail_m)
    x, y, land_m, ground_m, detail_m = (field[::_EVERY, ::_EVERY] for field in fields)
    height, foam = np.zeros_like(x), np.zeros_like(x)
    if scene.has_sea:
        height, foam = _breakers(x, y, land_m, detail_m)
    shallow = np.exp(-np.maximum(-ground_m, 0) / (0.55 if scene.has_sea else 0.5))
    slots = np.zeros(x.shape, np.int32)
    mesh = grid_mesh(x, y, height, slots, np.ones((*x.shape, 3), np.float32))
    if scene.has_sea:
        deep, waves_m = [(10, 52, 74), (20, 78, 88), (14, 44, 60)], rng.uniform(0.5, 1.0)
    else:
        waves_m = np.exp(rng.uniform(np.log(0.006), np.log(0.07)))
        lake, river = [(16, 48, 52), (12, 34, 40), (40, 96, 100)], [(34, 56, 50), (28, 44, 40), (58, 100, 98)]
        deep = lake if isinstance(scene.water, Lake) else river
    assert scene.water is not None and (isinstance(scene.water, Lake | River) or scene.has_sea)
    return WaterSurface(mesh, shallow.reshape(-1), foam.reshape(-1), linear(*deep[rng.integers(3)]), float(waves_m))


def _breakers(x: Floats, y: Floats, land_m: Floats, detail_m: Floats) -> tuple[Floats, Floats]:
    """Return the height and the foam of waves that roll in parallel to the shore."""
    shore_m = land_m + 3 * fractal_noise(x, y, 30, 4, 0.5, 3)
    phase = (shore_m + 4 * fractal_noise(x, y, 60, 3, 0.5, 5)) / _BREAKER_M
    part = phase - np.floor(phase)
    near = smoothstep(-60, -8, shore_m) * (shore_m < 4)
    crest = 0.35 * near * np.exp(-(((part - 0.5) / 0.16) ** 2)) * smoothstep(1, -8, shore_m)
    swell = 0.12 * fractal_noise(x, y, 12, 3, 0.5, 11, detail_m=detail_m) * smoothstep(-5, -30, shore_m)
    lines = np.exp(-np.minimum(part, 1 - part) / 0.1) * 0.5 + 0.45 * np.exp(-(((part - 0.42) / 0.14) ** 2))
    caps = smoothstep(0.25, 0.7, fractal_noise(x, y * 0.6, 16, 4, 0.5, 17))
    foam = near * lines + smoothstep(-3.5, -0.4, shore_m) * 0.55 + 0.10 * caps * smoothstep(2000, 100, np.hypot(x, y))
    return (crest + swell).astype(np.float32), foam.astype(np.float32)
