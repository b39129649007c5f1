"""Judging a composition before it is rendered, on a coarse grid of the land."""

from __future__ import annotations

import numpy as np

from engine.data.landscapes.camera import Camera
from engine.data.landscapes.colours import draw_colours
from engine.data.landscapes.families import draw_parameters
from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.terrain import Terrain
from engine.geometry import Size
from engine.layout import ClassIds

GOOD_SCORE = 1.25
_ATTEMPTS = 12
_SKETCH = Size(96, 48)
_FINENESS = 0.3
_LEAST_SHARE = 0.03


def choose_composition(seed: int) -> SceneParameters:
    """Return the first drawing of a seed that is no dull picture, else the least dull of twelve."""
    best, best_score = draw_parameters(seed), -1.0
    for attempt in range(_ATTEMPTS):
        scene = draw_parameters(seed, attempt)
        terrain = Terrain(scene, draw_colours(scene.biome, np.random.default_rng(scene.seed)), fineness=_FINENESS)
        score = score_composition(*sketch(scene, terrain))
        if score >= GOOD_SCORE:
            return scene
        if score > best_score:
            best, best_score = scene, score
    return best


def sketch(scene: SceneParameters, terrain: Terrain, size: Size = _SKETCH) -> tuple[ClassIds, Floats, Floats]:
    """Return what the camera sees of the bare land: class ids, shading and nearness of the horizon's line.

    Returns:
        (H, W) class ids, sky where there is no land; (H, W) brightness in [0, 1] by the sun; (W,) row of the skyline.
    """
    camera = Camera.aimed(scene.camera, size)
    azimuths, elevations = camera.directions()
    column = np.round(np.interp(azimuths, terrain.azimuths, np.arange(len(terrain.azimuths)))).astype(int)
    rise = terrain.horizon  # grows along every column: the first cell that reaches a ray's slope is what it hits
    slope = np.tan(elevations)
    class_ids = np.full(slope.shape, ID["sky"], np.uint8)
    shading = np.ones(slope.shape, np.float32)
    light = _shading(scene, terrain)
    land = np.where(terrain.height_m < 0, ID["water"], terrain.ground.class_ids)
    if scene.water is None:
        land = terrain.ground.class_ids
    forest = (terrain.ground.forest > 0.5) & ~np.isin(land, [ID["water"], ID["road"]])
    land = np.where(forest, ID["forest"], land)
    for i in range(slope.shape[1]):
        # azimuth changes little down a column of the picture: the middle row's stands for all
        j = column[slope.shape[0] // 2, i]
        hit = np.searchsorted(rise[:, j], slope[:, i])
        seen = hit < len(rise)
        class_ids[seen, i] = land[hit[seen], j]
        shading[seen, i] = light[hit[seen], j]
    return class_ids, shading, (class_ids == ID["sky"]).sum(0).astype(np.float32)


def score_composition(class_ids: ClassIds, shading: Floats, skyline: Floats) -> float:
    """Return how lively a sketch is; below `GOOD_SCORE` it is dull.

    What counts: a fair share of sky, several classes of which none fills the land, a skyline that is not a ruler's
    line, and light and shade.
    """
    height, width = class_ids.shape
    shares = np.bincount(class_ids.ravel(), minlength=len(TABLE)) / class_ids.size
    sky = float(shares[ID["sky"]])
    land = np.delete(shares, ID["sky"]) / max(1e-6, 1 - sky)
    variety = int((land > _LEAST_SHARE).sum())
    largest = float(land.max())
    relief = float(np.std(skyline)) / height
    seen = class_ids != ID["sky"]
    contrast = float(np.std(shading[seen])) if seen.any() else 0.0
    edge = int(
        (np.diff(class_ids.astype(int), axis=0) != 0).sum() + (np.diff(class_ids.astype(int), axis=1) != 0).sum()
    )
    score = 0.25 * min(variety, 4) + 0.5 * min(1.0, relief / 0.05) + 0.4 * min(1.0, contrast / 0.15)
    score += 0.2 * min(1.0, edge / (3.0 * width))
    if not 0.12 <= sky <= 0.68:
        score -= 1.0
    if largest > 0.85 and contrast < 0.12:
        score -= 0.6
    return score


def _shading(scene: SceneParameters, terrain: Terrain) -> Floats:
    """Return (R, A) brightness by the sun, without shadows that things throw."""
    along = np.gradient(terrain.height_m, axis=0) / np.gradient(terrain.distances_m)[:, None]
    turn = float(terrain.azimuths[1] - terrain.azimuths[0])
    across = np.gradient(terrain.height_m, axis=1) / (terrain.distances_m[:, None] * turn)
    sine, cosine = np.sin(terrain.azimuths), np.cos(terrain.azimuths)
    slope_x, slope_y = along * sine + across * cosine, along * cosine - across * sine
    azimuth, elevation = np.radians(scene.light.sun_azimuth_deg), np.radians(scene.light.sun_elevation_deg)
    sun = np.array([np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])
    facing = (sun[2] - slope_x * sun[0] - slope_y * sun[1]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.clip(facing, 0, 1).astype(np.float32)
