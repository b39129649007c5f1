"""Scene families: how the parameters of a scene are drawn from its seed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from engine.data.landscapes.clouds import Cirrus, CloudLayer
from engine.data.landscapes.parameters import (
    NEVER_M,
    Biome,
    CameraParameters,
    Coast,
    Development,
    Lake,
    Light,
    Mountains,
    Plants,
    River,
    SceneParameters,
    Track,
    Waves,
)

CONIFERS = ("conifer0", "conifer1", "conifer2", "conifer3")
BROADLEAVES = ("broadleaf0", "broadleaf1", "broadleaf2", "broadleaf3")
_ATTEMPTS_A_SEED = 64
_SKIES = {"clear": 0.12, "few": 0.2, "cumulus": 0.25, "broken": 0.12, "cirrus": 0.13, "mixed": 0.12, "overcast": 0.06}


def draw_parameters(seed: int, attempt: int = 0) -> SceneParameters:
    """Return the parameters of a seed's scene.

    Args:
        seed: the scene; families take turns.
        attempt: a further drawing for the same seed, where an earlier one made a dull picture.
    """
    family = family_of(seed)
    draw = _Draw(np.random.default_rng((seed, attempt)))
    scene = FAMILIES[family](draw, _ordinary(seed * _ATTEMPTS_A_SEED + attempt, family, draw))
    if scene.biome == "temperate" and draw.chance(0.2):
        scene = replace(scene, biome="autumn")
    return scene


def family_of(seed: int) -> str:
    """Return the name of a seed's scene family."""
    return tuple(FAMILIES)[seed % len(FAMILIES)]


class _Draw:
    """Draws numbers from one generator."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def between(self, low: float, high: float) -> float:
        return float(self._rng.uniform(low, high))

    def between_log(self, low: float, high: float) -> float:
        return math.exp(self.between(math.log(low), math.log(high)))

    def count(self, low: int, high: int) -> int:
        return int(self._rng.integers(low, high))

    def chance(self, share: float) -> bool:
        return bool(self._rng.random() < share)

    def one_of(self, *options: Any) -> Any:
        return options[int(self._rng.integers(len(options)))]

    def weighted(self, weights: dict[str, float]) -> str:
        shares = np.array(list(weights.values()))
        return list(weights)[int(self._rng.choice(len(shares), p=shares / shares.sum()))]


def _ordinary(seed: int, family: str, draw: _Draw) -> SceneParameters:
    """Return what all families begin from: a temperate land seen at eye level."""
    u = draw.between
    return SceneParameters(
        seed=seed,
        family=family,
        biome="temperate",
        ground="grass",
        camera=CameraParameters(height_m=u(1.7, 5), fov_deg=u(40, 74), horizon=u(0.36, 0.58)),
        light=_light(draw),
        development=Development(u(-0.25, 0.25), u(1.0, 1.2), u(0.92, 1.16), u(0.55, 0.9)),
        hills=Waves(u(12, 45), u(250, 700)),
        hills_begin_m=20,
        hills_full_m=160,
        near=Waves(0.5, 9.0),
        mountains=None,
        dunes=None,
        water=None,
        track=None,
        plants=Plants(),
        rocks=0,
        houses=0,
        has_fields=False,
        flower_fields=0.0,
        snowline_m=NEVER_M,
        opening_azimuth=u(-0.3, 0.3),
    )


def _light(draw: _Draw) -> Light:
    u = draw.between
    sky = draw.weighted(_SKIES)
    hour = draw.weighted({"dawn": 0.22, "low": 0.42, "high": 0.36})
    elevation_deg = {"dawn": u(2.5, 11), "low": u(11, 28), "high": u(28, 58)}[hour]
    has_mist = draw.chance(0.25)
    return Light(
        sun_elevation_deg=max(elevation_deg, 20.0) if sky == "overcast" else elevation_deg,
        sun_azimuth_deg=draw.one_of(-1, 1) * (u(35, 145) if draw.chance(0.8) else u(12, 35)),
        aerosol=draw.between_log(0.5, 2.6),
        visibility_m=draw.between_log(13e3, 80e3),
        mist=u(0.2, 0.9) / 1000 if has_mist else 0.0,
        mist_height_m=u(25, 90),
        sky=sky,
        clouds=_clouds(draw, sky),
    )


def _clouds(draw: _Draw, sky: str) -> tuple[CloudLayer | Cirrus, ...]:
    u = draw.between
    cirrus = Cirrus(threshold=u(-0.05, 0.3), opacity=u(0.5, 0.9))
    cover = {"few": (-0.85, -0.65), "cumulus": (-0.6, -0.4), "broken": (-0.3, 0), "mixed": (-0.8, -0.5)}
    cumulus = CloudLayer(u(900, 1900), u(600, 1500), u(*cover.get(sky, (0.3, 0.6))), u(3000, 5200), u(5000, 11000))
    if sky == "clear":
        return ()
    if sky == "cirrus":
        return (cirrus,)
    if sky == "overcast":
        return (replace(cumulus, thickness_m=u(350, 600), density=0.016, flat=True),)
    return (cirrus, cumulus) if sky == "mixed" else (cumulus,)


def _alpine_lake(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    return _by_a_lake(draw, scene, "alpine", CONIFERS, draw.between(800, 1500))


def _autumn_lake(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    return _by_a_lake(draw, scene, "autumn", CONIFERS[:2] + BROADLEAVES * 2, draw.between(1300, 2400))


def _by_a_lake(
    draw: _Draw, scene: SceneParameters, biome: Biome, trees: tuple[str, ...], snowline_m: float
) -> SceneParameters:
    u = draw.between
    return replace(
        scene,
        biome=biome,
        camera=replace(scene.camera, height_m=u(1.8, 9) if draw.chance(0.7) else u(12, 40)),
        water=Lake(u(14, 55), u(350, 1300), u(260, 900), u(-0.25, 0.25)),
        mountains=Mountains(u(900, 2100), u(4200, 7500), u(500, 1300), u(3500, 6500)),
        hills=Waves(u(20, 60), u(300, 800)),
        hills_begin_m=60,
        hills_full_m=450,
        snowline_m=snowline_m,
        plants=Plants(
            trees, 3200, forest=u(0.45, 0.9), treeline_m=u(500, 900), bushes=110, tufts=2000, flowers=u(0, 0.3)
        ),
        rocks=170,
    )


def _meadow(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    path = Track(u(0.7, 1.5), u(-2, 2), u(60, 160), u(3, 16), paved=False, fenced=draw.chance(0.3))
    return replace(
        scene,
        hills=Waves(u(10, 36), u(160, 520)),
        mountains=_far_mountains(draw, 0.6, 200, 1500),
        snowline_m=1100,
        track=path if draw.chance(0.65) else None,
        plants=Plants(
            BROADLEAVES + CONIFERS[: int(draw.chance(0.5))], 1400, forest=u(0.15, 0.5), treeline_m=800,
            bushes=220, tufts=2400, flowers=u(0.1, 0.7),
        ),
        rocks=30,
    )  # fmt: skip


def _desert(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    return replace(
        scene,
        biome="desert",
        ground="sand",
        camera=replace(scene.camera, height_m=u(2, 9) if draw.chance(0.65) else u(12, 45)),
        light=replace(scene.light, aerosol=u(1, 4), sun_elevation_deg=min(scene.light.sun_elevation_deg, u(10, 34))),
        dunes=Waves(u(14, 42), u(110, 260)),
        hills=Waves(u(5, 20), 900),
        mountains=_far_mountains(draw, 0.6, 250, 800),
        plants=Plants(bushes=60 if draw.chance(0.6) else 0, tufts=500 if draw.chance(0.5) else 0, litter=120),
        rocks=90 if draw.chance(0.6) else 10,
    )


def _coast(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    return replace(
        scene,
        biome="coast",
        camera=replace(scene.camera, height_m=u(1.7, 6) if draw.chance(0.6) else u(8, 30)),
        water=Coast(draw.one_of(-1.0, 1.0), u(-6, 26), u(0.02, 0.3), u(14, 45)),
        hills=Waves(u(25, 110), u(250, 700)),
        hills_begin_m=60,
        hills_full_m=400,
        mountains=_far_mountains(draw, 0.5, 200, 900),
        plants=Plants(BROADLEAVES[:3], 300, 11.0, u(0.0, 0.35), bushes=150, tufts=1500, flowers=u(0, 0.2)),
        rocks=180,
    )


def _sea_cliff(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    return replace(
        _coast(draw, scene),
        camera=CameraParameters(u(25, 80), u(48, 70), u(0.22, 0.4)),
        water=Coast(draw.one_of(-1.0, 1.0), u(10, 45), u(0.05, 0.35), u(5, 14)),
        hills=Waves(u(70, 170), u(220, 480)),
        hills_begin_m=10,
        hills_full_m=150,
        rocks=260,
    )


def _snow(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    path = Track(u(0.9, 1.6), u(-2, 2), u(60, 160), u(3, 12), paved=False, fenced=draw.chance(0.5))
    return replace(
        scene,
        biome="winter",
        ground="snow",
        camera=replace(scene.camera, height_m=u(2, 8) if draw.chance(0.7) else u(12, 50)),
        hills=Waves(u(14, 55), u(220, 600)),
        mountains=Mountains(u(900, 2200), u(3500, 6500), u(400, 1500), u(3000, 6000)),
        snowline_m=-50,
        track=path if draw.chance(0.3) else None,
        houses=draw.count(1, 5) if draw.chance(0.3) else 0,
        plants=Plants(CONIFERS, 2600, forest=u(0.25, 0.75), treeline_m=u(350, 800), bushes=60, tufts=260, litter=60),
        rocks=110,
    )


def _village(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    return replace(_hills(draw, scene), track=_road(draw), houses=draw.count(6, 17))


def _hills(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    return replace(
        scene,
        camera=replace(scene.camera, height_m=u(2, 10) if draw.chance(0.6) else u(14, 60)),
        hills=Waves(u(16, 60), u(240, 620)),
        mountains=_far_mountains(draw, 0.5, 250, 1100),
        snowline_m=1200,
        track=_road(draw) if draw.chance(0.6) else None,
        houses=draw.count(0, 4),
        has_fields=True,
        plants=Plants(
            BROADLEAVES * 2 + CONIFERS[:2], 1500, forest=u(0.18, 0.45), treeline_m=800, bushes=280, tufts=2200,
            flowers=u(0, 0.3),
        ),
        rocks=12,
    )  # fmt: skip


def _river(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    return replace(
        scene,
        biome="alpine" if draw.chance(0.6) else "temperate",
        camera=replace(scene.camera, height_m=u(2, 8) if draw.chance(0.65) else u(10, 30)),
        water=River(u(8, 26), u(-14, 14), u(90, 260), u(10, 60), u(0, 6.28)),
        hills=Waves(u(20, 80), u(300, 800)),
        hills_begin_m=25,
        hills_full_m=300,
        mountains=Mountains(u(500, 1700), u(3500, 6500), u(500, 1400), u(3000, 6000)),
        snowline_m=u(900, 1500),
        plants=Plants(
            CONIFERS + BROADLEAVES[:2], 3000, forest=u(0.35, 0.8), treeline_m=u(600, 900), bushes=220, tufts=2200,
            flowers=u(0, 0.25),
        ),
        rocks=280,
    )  # fmt: skip


def _canyon(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    """Terraced rock: walls beside a river, or mesas around a plain."""
    u = draw.between
    path = Track(u(1, 2), u(-3, 3), u(70, 160), u(4, 14), paved=False)
    river = River(u(8, 22), u(-12, 12), u(90, 220), u(15, 60), u(0, 6.28))
    has_river = scene.seed // _ATTEMPTS_A_SEED // len(FAMILIES) % 2 == 0  # not by attempt: rivers judge as livelier
    return replace(
        scene,
        biome="canyon",
        ground="earth",
        camera=replace(scene.camera, height_m=u(2, 14) if draw.chance(0.6) else u(20, 70)),
        light=replace(scene.light, aerosol=u(0.5, 1.5)),
        water=river if has_river else None,
        hills=Waves(u(8, 34), u(160, 420)),
        mountains=Mountains(u(280, 640), u(900, 2200), u(120, 420), u(700, 1700), terrace_m=u(45, 100)),
        track=path if not has_river and draw.chance(0.45) else None,
        plants=Plants(bushes=420, tufts=1500, litter=700),
        rocks=260,
    )


def _overlook(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    """A wide valley from high above: a river or a lake, forest and fields."""
    u = draw.between
    river = River(u(22, 60), u(-60, 60), u(220, 520), u(60, 190), u(0, 6.28))
    return replace(
        scene,
        biome=draw.one_of("temperate", "alpine", "autumn"),
        camera=CameraParameters(u(55, 150), u(45, 68), u(0.2, 0.4)),
        water=river if draw.chance(0.7) else Lake(u(150, 300), u(400, 1100), u(300, 800), u(-0.3, 0.3)),
        hills=Waves(u(40, 130), u(500, 1100)),
        hills_begin_m=80,
        hills_full_m=600,
        mountains=Mountains(u(500, 1700), u(3500, 6500), u(900, 2000), u(4000, 7000)),
        snowline_m=u(900, 1600),
        has_fields=draw.chance(0.5),
        houses=draw.count(0, 8),
        plants=Plants(
            CONIFERS[:2] + BROADLEAVES, 4000, forest=u(0.35, 0.7), treeline_m=u(600, 1000), bushes=160, tufts=300
        ),
        rocks=60,
    )


def _flower_field(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    path = Track(u(0.8, 1.6), u(-2, 2), u(70, 170), u(2, 10), paved=False, fenced=draw.chance(0.35))
    return replace(
        _meadow(draw, scene),
        track=path if draw.chance(0.5) else None,
        flower_fields=u(0.45, 0.9),
        camera=replace(scene.camera, height_m=u(1.6, 4) if draw.chance(0.7) else u(8, 25)),
    )


def _savanna(draw: _Draw, scene: SceneParameters) -> SceneParameters:
    u = draw.between
    track = Track(u(1, 1.8), u(-3, 3), u(80, 180), u(3, 12), paved=False)
    return replace(
        scene,
        biome="savanna",
        light=replace(scene.light, aerosol=u(1, 3)),
        hills=Waves(u(4, 22), u(300, 800)),
        mountains=_far_mountains(draw, 0.6, 200, 800),
        track=track if draw.chance(0.5) else None,
        plants=Plants(
            ("umbrella0", "umbrella1", "broadleaf2"), 500, 11.0, u(0.15, 0.45), bushes=380, tufts=2200, litter=500
        ),
        rocks=90,
    )


def _road(draw: _Draw) -> Track:
    u = draw.between
    return Track(u(1.9, 2.9), u(-5, 5), u(90, 260), u(5, 30), paved=True, fenced=draw.chance(0.4))


def _far_mountains(draw: _Draw, chance: float, low_m: float, high_m: float) -> Mountains | None:
    u = draw.between
    range_ = Mountains(u(low_m, high_m), u(3500, 7000), u(1500, 3200), u(5000, 9000))
    return range_ if draw.chance(chance) else None


FAMILIES: dict[str, Callable[[_Draw, SceneParameters], SceneParameters]] = {
    "alpine_lake": _alpine_lake,
    "meadow": _meadow,
    "desert": _desert,
    "coast": _coast,
    "snow": _snow,
    "village": _village,
    "river": _river,
    "canyon": _canyon,
    "autumn_lake": _autumn_lake,
    "hills": _hills,
    "overlook": _overlook,
    "flower_field": _flower_field,
    "sea_cliff": _sea_cliff,
    "savanna": _savanna,
}
