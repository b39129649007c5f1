"""The colours of a scene: ground, leaves, rock, by biome and a little by chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.data.landscapes.noise import Floats
from engine.data.landscapes.parameters import Biome


@dataclass(frozen=True, eq=False)
class Colours:
    """Linear colours (3,) of what a scene is made of; ``leaves`` holds four."""

    grass: Floats
    dry_grass: Floats
    earth: Floats
    sand: Floats
    rock: Floats
    dark_rock: Floats
    snow: Floats
    forest: Floats
    light_forest: Floats
    road: Floats
    needles: Floats
    leaves: tuple[Floats, Floats, Floats, Floats]
    bush: Floats
    flowers: Floats


def linear(red: float, green: float, blue: float) -> Floats:
    """Return the linear colour (3,) of sRGB values from 0 to 255."""
    values = np.array((red, green, blue), np.float32) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


_TEMPERATE = {
    "grass": [(94, 110, 56)],
    "dry_grass": [(140, 138, 84)],
    "earth": [(118, 94, 70)],
    "sand": [(206, 186, 150)],
    "rock": [(128, 122, 114)],
    "dark_rock": [(88, 84, 80)],
    "forest": [(44, 58, 34)],
    "light_forest": [(66, 78, 42)],
    "road": [(110, 108, 106)],
    "needles": [(62, 82, 52)],
    "leaf0": [(78, 104, 40)],
    "leaf1": [(94, 114, 46)],
    "leaf2": [(66, 92, 40)],
    "leaf3": [(104, 114, 56)],
    "bush": [(90, 106, 52), (104, 112, 62)],
    "flowers": [(240, 214, 70), (236, 234, 226), (150, 100, 190), (206, 62, 52), (214, 150, 190)],
}
_CHANGES: dict[Biome, dict[str, list[tuple[int, int, int]]]] = {
    "temperate": {},
    "alpine": {"rock": [(128, 122, 114), (150, 134, 116)], "dark_rock": [(88, 84, 80), (112, 98, 84)]},
    "autumn": {
        "leaf0": [(164, 118, 58)],
        "leaf1": [(138, 92, 58)],
        "leaf2": [(170, 144, 76)],
        "leaf3": [(112, 108, 58)],
        "grass": [(124, 116, 62)],
        "dry_grass": [(160, 140, 86)],
        "light_forest": [(124, 98, 58)],
        "bush": [(128, 98, 62)],
    },
    "winter": {"needles": [(46, 58, 44)], "bush": [(104, 88, 72)], "dry_grass": [(170, 152, 112)]},
    "desert": {
        "sand": [(214, 168, 116), (222, 186, 140), (200, 140, 92)],
        "rock": [(150, 110, 84)],
        "dark_rock": [(112, 80, 62)],
        "grass": [(140, 128, 80)],
        "bush": [(112, 112, 74)],
        "earth": [(170, 128, 92)],
    },
    "canyon": {
        "rock": [(176, 108, 74)],
        "dark_rock": [(138, 76, 54)],
        "earth": [(168, 112, 80)],
        "sand": [(196, 142, 104)],
        "grass": [(140, 132, 84)],
        "dry_grass": [(170, 156, 104)],
        "bush": [(104, 112, 74)],
    },
    "coast": {"rock": [(128, 122, 114), (172, 160, 140)], "dark_rock": [(88, 84, 80), (120, 108, 94)]},
    "savanna": {
        "grass": [(158, 138, 82), (134, 128, 70)],
        "dry_grass": [(188, 164, 106)],
        "earth": [(158, 110, 76)],
        "leaf0": [(98, 108, 54)],
        "leaf1": [(88, 100, 50)],
        "leaf2": [(96, 104, 56)],
        "bush": [(110, 112, 66)],
        "light_forest": [(96, 98, 54)],
    },
}


def draw_colours(biome: Biome, rng: np.random.Generator) -> Colours:
    """Return a biome's colours, each a little off by chance."""
    drawn = {}
    for name, options in {**_TEMPERATE, **_CHANGES[biome]}.items():
        spread = 0.06 if name in ("sand", "road", "flowers") else 0.12
        colour = linear(*options[int(rng.integers(len(options)))])
        drawn[name] = colour * max(0.5, 1 + rng.normal(0, spread)) * (1 + rng.normal(0, spread * 0.4, 3))
    leaves = tuple(drawn.pop(f"leaf{i}") for i in range(4))
    return Colours(snow=np.array([0.86, 0.88, 0.92], np.float32), leaves=leaves, **drawn)  # type: ignore[arg-type]
