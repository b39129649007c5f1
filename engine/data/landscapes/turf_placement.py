"""Where turf, flowers, pebbles and fallen leaves lie close to the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.labels import ID
from engine.data.landscapes.noise import Floats, fractal_noise
from engine.data.landscapes.parameters import Coast, SceneParameters
from engine.data.landscapes.species import DISTANT
from engine.data.landscapes.terrain import Terrain

_COARSE_M = 17.0
_HIGHEST_CAMERA_M = 22.0
"""From higher up no blade is seen."""


@dataclass(frozen=True, eq=False)
class Scattering:
    """Very many small things of one material family.

    Attributes:
        species: keys of the meshes.
        points: (n, 3) metres.
        rotations: (n, 3) radians.
        scales: (n, 3).
        indices: (n,) into ``species``.
        in_flowers: (n,) whether it stands in a carpet of flowers.
    """

    species: tuple[str, ...]
    points: Floats
    rotations: Floats
    scales: Floats
    indices: Floats
    in_flowers: npt.NDArray[np.bool_]

    def part(self, chosen: npt.NDArray[np.bool_]) -> Scattering:
        """Return the things chosen, (n,) bool."""
        arrays = (self.points, self.rotations, self.scales, self.indices, self.in_flowers)
        return Scattering(self.species, *(array[chosen] for array in arrays))


def place_turf(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> Scattering | None:
    """Return the grass and flowers near the camera, or None where there are none."""
    plants = scene.plants
    if not plants.tufts or scene.camera.height_m > _HIGHEST_CAMERA_M:
        return None
    is_dry = scene.biome in ("desert", "canyon", "coast", "winter", "savanna")
    x, y = terrain.scatter(plants.tufts * 2, max(2.2, scene.camera.height_m), 85, 1.2 if is_dry else 0.7, rng)
    class_ids, land_m = terrain.at(terrain.ground.class_ids, x, y), terrain.at(terrain.land_m, x, y)
    away, track_m = np.hypot(x, y), terrain.at(terrain.track_m, x, y)
    shore_m = scene.water.beach_m if isinstance(scene.water, Coast) else 1.2
    grows_on = ("grass", "earth", "sand", "snow", "flowers") if is_dry else ("grass", "flowers")
    allowed = (land_m > shore_m) & np.isin(class_ids, [ID[key] for key in grows_on])
    if scene.track is not None:
        allowed &= track_m > scene.track.half_width_m + (0.1 if is_dry else 0.55 * (1 + away / 16))
    lush = 0.5 + 0.5 * fractal_noise(x, y, 5, 3, 0.5, 91)
    broad = fractal_noise(x, y, 22, 3, 0.5, scene.seed + 95)
    share = lush + 0.15 if is_dry else 0.75 + lush
    allowed &= (rng.random(len(x)) < share) & (broad > (-0.1 if scene.biome == "winter" else -0.42))
    kept = np.flatnonzero(allowed)[: plants.tufts]
    if not len(kept):
        return None
    x, y, away, broad = x[kept], y[kept], away[kept], broad[kept]
    count = len(kept)
    flowers = ("flowers0", "flowers1", "flowers2")
    if is_dry:
        grasses: tuple[str, ...] = ("tussock0", "tussock1", "turf2")
        indices = rng.integers(0, 3, count)
    else:
        grasses = tuple(f"turf{i}" for i in range(4)) + tuple(f"turf{i}{DISTANT}" for i in range(4))
        # tall and short turf in patches, not evenly mixed
        indices = np.clip((broad + 0.5 + rng.normal(0, 0.2, count)) * 4, 0, 3).astype(int) + 4 * (away > _COARSE_M)
    carpet = terrain.at(terrain.ground.flowers, x, y)
    patches = fractal_noise(x, y, 12, 2, 0.5, scene.seed + 93) > 0
    blooms = (rng.random(count) < plants.flowers * 0.5) & patches | (rng.random(count) < carpet * 0.9)
    dense = np.where(carpet > 0.4, 2, rng.integers(0, 2, count))
    indices = np.where(blooms, len(grasses) + dense, indices)
    grow = 60 if is_dry else 16
    wide, high = (
        1 + away / grow,
        (1 + away / 90) * rng.uniform(0.6, 1.45, count) * (1 + 0.5 * np.clip(broad, -0.5, 0.8)),
    )
    scales = rng.uniform(0.7, 1.25, count)[:, None] * np.stack([wide, wide, high], -1)
    return Scattering(grasses + flowers, *_lay(terrain, x, y, 0.02, 0.12, rng), scales, indices, carpet > 0.4)


def place_litter(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator, species: str) -> Scattering | None:
    """Return pebbles or fallen leaves near the camera, denser on bare earth, or None where there are none."""
    if not scene.plants.litter or scene.camera.height_m > _HIGHEST_CAMERA_M / 2:
        return None
    x, y = terrain.scatter(scene.plants.litter * 3, max(2.0, scene.camera.height_m), 45, 0.8, rng)
    class_ids = terrain.at(terrain.ground.class_ids, x, y)
    bare = np.isin(class_ids, [ID[key] for key in ("earth", "rock", "sand")])
    share = np.where(bare, 0.8, 0.35) * np.where(np.isin(class_ids, [ID["snow"], ID["road"]]), 0.15, 1)
    clumps = fractal_noise(x, y, 9, 3, 0.5, scene.seed + 97) > -0.05
    allowed = (rng.random(len(x)) < share) & clumps & (terrain.at(terrain.land_m, x, y) > -1)
    if scene.track is not None and scene.track.paved:
        allowed &= terrain.at(terrain.track_m, x, y) > scene.track.half_width_m
    kept = np.flatnonzero(allowed)[: scene.plants.litter]
    if not len(kept):
        return None
    x, y = x[kept], y[kept]
    scales = rng.uniform(0.7, 1.5, (len(x), 1)) * np.ones(3)
    keys = (species,)
    return Scattering(
        keys, *_lay(terrain, x, y, 0.0, 0.03, rng), scales, np.zeros(len(x), np.int32), np.zeros(len(x), np.bool_)
    )


def _lay(
    terrain: Terrain, x: Floats, y: Floats, sink_m: float, tilt: float, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    count = len(x)
    points = np.stack([x, y, terrain.at(terrain.height_m, x, y) - sink_m], -1)
    turns = [rng.normal(0, tilt, count), rng.normal(0, tilt, count), rng.random(count) * 2 * np.pi]
    return points, np.stack(turns, -1)
