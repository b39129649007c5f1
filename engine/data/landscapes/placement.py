"""Where trees, bushes, boulders, houses and fences stand."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.labels import ID
from engine.data.landscapes.noise import Floats, fractal_noise, smoothstep
from engine.data.landscapes.parameters import SceneParameters
from engine.data.landscapes.relief import track_points
from engine.data.landscapes.species import CLOSE, CLOSE_M, DISTANT, FAR_M, SPECIES
from engine.data.landscapes.terrain import Terrain

Bools = npt.NDArray[np.bool_]
_SPACING_M = 4.2


@dataclass(frozen=True)
class Thing:
    """One object of a scene.

    Attributes:
        class_key: its class.
        species: key of its mesh.
        location: metres.
        rotation: Euler angles, radians.
        scale: along its own axes.
    """

    class_key: str
    species: str
    location: tuple[float, float, float]
    rotation: tuple[float, float, float]
    scale: tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Fence:
    """A fence along points (n,), metres."""

    x: Floats
    y: Floats
    z: Floats


@dataclass(frozen=True, eq=False)
class _Places:
    """Candidate places and the land there, all (n,)."""

    x: Floats
    y: Floats
    z: Floats
    slope: Floats
    land_m: Floats
    track_m: Floats
    class_ids: Floats

    @property
    def away_m(self) -> Floats:
        return np.hypot(self.x, self.y)

    def is_on(self, *keys: str) -> Bools:
        return np.isin(self.class_ids, [ID[key] for key in keys])


def place_things(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Thing]:
    """Return all objects of a scene; none stands in a house, on the road or in deep water."""
    houses = _place_houses(scene, terrain, rng) if scene.houses else []
    plants = _place_trees(scene, terrain, rng) if scene.plants.tree_count and scene.plants.trees else []
    if scene.plants.bushes:
        plants += _place_bushes(scene, terrain, rng)
    if houses:
        homes = np.array([house.location[:2] for house in houses])
        plants = [p for p in plants if np.hypot(*(homes - p.location[:2]).T).min() > 10]
    rocks = _place_rocks(scene, terrain, rng) if scene.rocks else []
    return plants + rocks + houses


def place_fences(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Fence]:
    """Return the fences along the track, on one side or on both."""
    track = scene.track
    if track is None or not track.fenced:
        return []
    sides = (-1.0, 1.0) if rng.random() < 0.4 else (float(rng.choice([-1.0, 1.0])),)
    fences = []
    for side in sides:
        aside = side * (track.half_width_m + rng.uniform(1.0, 2.5))
        ahead = np.arange(rng.uniform(3, 14), rng.uniform(90, 220), 2.1).astype(np.float32)
        x, y = track_points(track, scene.seed, ahead, aside)
        places = _look(terrain, x.astype(np.float32), y)
        in_view = (np.abs(np.arctan2(x, y)) < terrain.azimuths[-1]) & (places.land_m > 2)
        if in_view.sum() > 8:
            fences.append(Fence(x[in_view], y[in_view], places.z[in_view]))
    return fences


def _look(terrain: Terrain, x: Floats, y: Floats) -> _Places:
    fields = (terrain.height_m, terrain.slope, terrain.land_m, terrain.track_m, terrain.ground.class_ids)
    return _Places(x, y, *(terrain.at(field, x, y) for field in fields))


def _off_track(scene: SceneParameters, places: _Places, margin_m: float) -> Bools:
    if scene.track is None:
        return np.ones(len(places.x), np.bool_)
    return places.track_m > scene.track.half_width_m + margin_m


def _place_trees(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Thing]:
    plants, count = scene.plants, scene.plants.tree_count * 10
    farthest = 1050 if scene.camera.height_m < 40 else 1300
    x, y = terrain.scatter(count, max(22, scene.camera.height_m), farthest, 1.5, rng)
    places = _look(terrain, x, y)
    away = places.away_m
    lone = fractal_noise(x, y, 90, 3, 0.5, scene.seed + 77)
    chance = np.maximum(terrain.at(terrain.ground.forest, x, y), 0.05 * (lone > 0.1))
    chance = chance * smoothstep(0, 0.05, places.land_m - 1.5) * (places.slope < 1.1)
    chance = chance * (places.z < plants.treeline_m * 1.1) * _off_track(scene, places, 2.2)
    chance = chance * places.is_on("grass", "earth", "snow", "forest", "sand", "rock", "flowers")
    chance = chance * np.where(places.is_on("rock"), 0.15, 1) * np.where(places.is_on("sand"), 0.05, 1)
    in_opening = (np.abs(np.arctan2(x, y) - scene.opening_azimuth) < 0.3) & (away < 160)
    chance = chance * np.where(away < 70, 0.12, 1) * np.where(in_opening, 0.12, 1)
    tall = rng.uniform(0.55, 1.15, count) * plants.tree_height_m
    stands = fractal_noise(x, y, 140, 2, 0.5, scene.seed + 5)
    candidates = np.flatnonzero((rng.random(count) < chance) & terrain.visible(x, y, tall))
    things: list[Thing] = []
    for i in _spaced(candidates, x, y)[: plants.tree_count]:
        kind = int((stands[i] * 0.5 + 0.5 + rng.normal(0, 0.22)) * len(plants.trees)) % len(plants.trees)
        species = plants.trees[kind]
        height = tall[i] * (1.15 if species.startswith("conifer") else 0.75)
        spread = height * rng.uniform(0.85, 1.15)
        tilt = rng.normal(0, 0.025, 2)
        things.append(
            Thing(
                "tree",
                _tree_mesh(species, float(away[i])),
                (float(x[i]), float(y[i]), float(places.z[i]) - 0.15),
                (float(tilt[0]), float(tilt[1]), rng.random() * 2 * math.pi),
                (spread, spread, height),
            )
        )
    return things


def _tree_mesh(species: str, away_m: float) -> str:
    """Return the key of the mesh that suits a tree's distance."""
    if away_m > FAR_M:
        return species + DISTANT
    return species + CLOSE if away_m < CLOSE_M and species + CLOSE in SPECIES else species


def _spaced(candidates: npt.NDArray[np.intp], x: Floats, y: Floats) -> list[int]:
    """Return the candidates without those that share a cell with an earlier one."""
    taken: set[tuple[int, int]] = set()
    kept = []
    for i in candidates.tolist():
        cell = (int(x[i] // _SPACING_M), int(y[i] // _SPACING_M))
        if cell not in taken:
            taken.add(cell)
            kept.append(i)
    return kept


def _place_bushes(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Thing]:
    count = scene.plants.bushes
    x, y = terrain.scatter(count * 3, max(7, scene.camera.height_m * 0.8), 420, 1.3, rng)
    places = _look(terrain, x, y)
    is_dry = scene.biome in ("canyon", "desert")
    size = np.exp(rng.normal(math.log(0.65 if is_dry else 1.0), 0.45, len(x))).clip(0.3, 2.6)
    allowed = (places.land_m > 3) & (places.slope < 0.9) & _off_track(scene, places, 1.5)
    allowed &= places.is_on("grass", "earth", "snow", "sand", "rock", "flowers")
    allowed &= fractal_noise(x, y, 50, 3, 0.5, scene.seed + 5) > -0.1
    kept = np.flatnonzero(allowed & terrain.visible(x, y, size))[:count]
    return [
        _low_thing("bush", f"bush{rng.integers(4)}", places, i, float(size[i]), rng, sink=0.05, flat=0.85) for i in kept
    ]


def _place_rocks(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Thing]:
    x, y = terrain.scatter(scene.rocks * 3, max(4, scene.camera.height_m * 0.8), 300, 1.0, rng)
    places = _look(terrain, x, y)
    size = np.exp(rng.normal(math.log(0.42), 0.65, len(x))).clip(0.12, 3.5)
    if scene.camera.height_m > 20:
        size = size * 1.8
    deepest_m = -14 if scene.has_sea else -4
    allowed = (places.land_m > deepest_m) & _off_track(scene, places, 0.3)
    allowed &= fractal_noise(x, y, 26, 3, 0.5, scene.seed + 3) > 0
    if scene.water is not None:
        allowed &= (places.land_m < 14) | (rng.random(len(x)) < 0.35)
    kept = np.flatnonzero(allowed & terrain.visible(x, y, size))[: scene.rocks]
    return [
        _low_thing("rock", f"rock{rng.integers(5)}", places, i, float(size[i]), rng, sink=0.22, flat=1.0) for i in kept
    ]


def _low_thing(
    class_key: str,
    species: str,
    places: _Places,
    i: int,
    size: float,
    rng: np.random.Generator,
    *,
    sink: float,
    flat: float,
) -> Thing:
    tilt = rng.normal(0, 0.12, 2)
    return Thing(
        class_key,
        species,
        (float(places.x[i]), float(places.y[i]), float(places.z[i] - sink * size)),
        (float(tilt[0]), float(tilt[1]), rng.random() * 2 * math.pi),
        (float(size), float(size * rng.uniform(0.8, 1.2)), float(size * flat * rng.uniform(0.75, 1.2))),
    )


def _place_houses(scene: SceneParameters, terrain: Terrain, rng: np.random.Generator) -> list[Thing]:
    nearest = max(75.0, scene.camera.height_m * 1.6)
    middle_x = float(terrain.scatter(1, 120, 260, 1.5, rng)[0][0])
    middle_y = rng.uniform(nearest + 35, nearest + 160)
    x, y = terrain.scatter(1500, nearest, 700, 1.5, rng)
    places = _look(terrain, x, y)
    allowed = (places.slope < 0.32) & _off_track(scene, places, 9) & (places.land_m > 12)
    allowed &= np.hypot(x - middle_x, y - middle_y) < rng.uniform(70, 190)
    allowed &= terrain.visible(x, y, np.full(len(x), 6.0))
    chosen: list[int] = []
    for i in np.flatnonzero(allowed).tolist():
        if len(chosen) < scene.houses and all(math.hypot(x[i] - x[k], y[i] - y[k]) > 19 for k in chosen):
            chosen.append(i)
    street = rng.random() * 2 * math.pi
    return [
        Thing(
            "building",
            f"house{rng.integers(4)}",
            (float(x[i]), float(y[i]), float(places.z[i]) + 0.25),
            (0.0, 0.0, street + float(rng.choice([0, math.pi / 2])) + float(rng.normal(0, 0.12))),
            (1.0, 1.0, 1.0),
        )
        for i in chosen
    ]
