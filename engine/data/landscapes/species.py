"""Every mesh that scenes are planted with, by key; built when first asked for and kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np

from engine.data.landscapes.buildings import build_house
from engine.data.landscapes.mesh import Mesh
from engine.data.landscapes.rocks import build_rock
from engine.data.landscapes.turf import build_fallen_leaves, build_pebbles, build_turf, build_tussock
from engine.data.landscapes.vegetation import build_broadleaf, build_bush, build_conifer

Build = Callable[[np.random.Generator], Mesh]
CLOSE, DISTANT = "_close", "_far"
"""Endings of the keys of a broadleaf's finer mesh, for less than `CLOSE_M`, and of a tree's coarser, beyond `FAR_M`."""
CLOSE_M, FAR_M = 60.0, 170.0
_TURF_HEIGHTS_M = (0.10, 0.14, 0.2, 0.12)


def _conifers() -> dict[str, Build]:
    shapes = (
        {"radius": 0.15, "whorls": 62},
        {"radius": 0.2, "whorls": 56, "droop": 0.5},
        {"radius": 0.12, "whorls": 64, "gap": 0.16},
        {"radius": 0.19, "whorls": 46, "bare": 0.12, "gap": 0.2},
    )
    builds: dict[str, Build] = {}
    for number, shape in enumerate(shapes):
        builds[f"conifer{number}"] = partial(build_conifer, **shape)  # type: ignore[arg-type]
        coarse = {**shape, "whorls": 26, "density": 0.3, "needle_width": 2.6}
        builds[f"conifer{number}{DISTANT}"] = partial(build_conifer, **coarse)  # type: ignore[arg-type]
    return builds


def _broadleaves() -> dict[str, Build]:
    shapes = {
        "broadleaf0": {},
        "broadleaf1": {"radius": 0.26, "base": 0.16, "lobes": 22},
        "broadleaf2": {"radius": 0.46, "base": 0.22, "lobes": 30},
        "broadleaf3": {"radius": 0.33, "base": 0.28, "lobes": 16},
        "umbrella0": {"radius": 0.62, "base": 0.35, "lobes": 26, "flatness": 0.45, "leaf": 0.015},
        "umbrella1": {"radius": 0.5, "base": 0.4, "lobes": 18, "flatness": 0.5, "leaf": 0.015},
    }
    builds: dict[str, Build] = {}
    for key, shape in shapes.items():
        builds[key] = partial(build_broadleaf, **shape)  # type: ignore[arg-type]
        fine = {**shape, "leaves_per_lobe": 5200, "leaf": 0.0095}
        builds[key + CLOSE] = partial(build_broadleaf, **fine)  # type: ignore[arg-type]
        coarse = {**shape, "leaves_per_lobe": 260, "leaf": 0.042}
        builds[key + DISTANT] = partial(build_broadleaf, **coarse)  # type: ignore[arg-type]
    return builds


def _small_things() -> dict[str, Build]:
    builds: dict[str, Build] = {}
    for number in range(4):
        builds[f"bush{number}"] = build_bush
        builds[f"house{number}"] = build_house
        height = _TURF_HEIGHTS_M[number]
        builds[f"turf{number}"] = partial(build_turf, height=height)
        builds[f"turf{number}{DISTANT}"] = partial(build_turf, height=height, blades=75, width=2.2)
    for number, (facets, roughness) in enumerate(((12, 1.0), (18, 0.8), (9, 1.3), (26, 0.6), (14, 1.0))):
        builds[f"rock{number}"] = partial(build_rock, facets=facets, roughness=roughness)
    builds["flowers0"] = partial(build_turf, height=0.16, flowers=14)
    builds["flowers1"] = partial(build_turf, height=0.2, flowers=30)
    builds["flowers2"] = partial(build_turf, height=0.22, flowers=60)
    builds["tussock0"] = build_tussock
    builds["tussock1"] = partial(build_tussock, blades=40, height=0.32, spread=0.2)
    builds["pebbles0"] = build_pebbles
    builds["pebbles1"] = partial(build_pebbles, count=16)
    builds["fallen_leaves0"] = build_fallen_leaves
    return builds


SPECIES: dict[str, Build] = {**_conifers(), **_broadleaves(), **_small_things()}


@cache
def species_mesh(key: str) -> Mesh:
    """Return a mesh by its key; a tree and its distant form share a shape."""
    digits = "".join(letter for letter in key if letter.isdigit())
    seed = sum(map(ord, key.removesuffix(DISTANT).removesuffix(CLOSE))) * 10 + int(digits)
    return SPECIES[key](np.random.default_rng(seed))
