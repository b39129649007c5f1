"""What decides a scene: every number the terrain, the sky, the plants and the camera are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.data.landscapes.clouds import Cirrus, CloudLayer

Biome = Literal["temperate", "alpine", "autumn", "winter", "desert", "canyon", "coast", "savanna"]
Ground = Literal["grass", "sand", "earth", "snow"]
NEVER_M = 9e9


@dataclass(frozen=True)
class Waves:
    """Relief of one kind: how high, and how far from crest to crest, metres."""

    height_m: float
    wavelength_m: float


@dataclass(frozen=True)
class Mountains:
    """Mountains that rise between two distances from the camera."""

    height_m: float
    wavelength_m: float
    begin_m: float
    full_m: float
    terrace_m: float = 0.0


@dataclass(frozen=True)
class Lake:
    """An ellipse of water: nearest shore ahead, half its length, half its width, and how it leans."""

    shore_m: float
    half_length_m: float
    half_width_m: float
    lean: float


@dataclass(frozen=True)
class River:
    """A river that winds away from the camera."""

    width_m: float
    offset_m: float
    wavelength_m: float
    amplitude_m: float
    phase: float


@dataclass(frozen=True)
class Coast:
    """A shore with the sea on one side (-1 left, 1 right)."""

    side: float
    offset_m: float
    lean: float
    beach_m: float


Water = Lake | River | Coast


@dataclass(frozen=True)
class Track:
    """A road, or a path where not ``paved``, that leads away from the camera."""

    half_width_m: float
    offset_m: float
    wavelength_m: float
    amplitude_m: float
    paved: bool
    fenced: bool = False


@dataclass(frozen=True)
class CameraParameters:
    """Height above the ground, horizontal field of view, and where the horizon lies (0 top, 1 bottom)."""

    height_m: float
    fov_deg: float
    horizon: float


@dataclass(frozen=True)
class Light:
    """Sun, air and clouds.

    Attributes:
        sun_elevation_deg: above the horizon.
        sun_azimuth_deg: clockwise from where the camera looks.
        aerosol: density of the air's dust.
        visibility_m: how far one sees.
        mist: extinction per metre of ground mist, 0 for none.
        mist_height_m: how high it reaches.
        sky: name of the weather.
        clouds: layers from high to low.
    """

    sun_elevation_deg: float
    sun_azimuth_deg: float
    aerosol: float
    visibility_m: float
    mist: float
    mist_height_m: float
    sky: str
    clouds: tuple[CloudLayer | Cirrus, ...]


@dataclass(frozen=True)
class Development:
    """How the photograph is developed: exposure, contrast, saturation, how much the white balance follows the light."""

    exposure_ev: float
    contrast: float
    saturation: float
    white_balance: float


@dataclass(frozen=True)
class Plants:
    """What grows: which trees, how many, how much forest (0 to 1), where it ends, and what stands between.

    Attributes:
        trees: kinds, by the keys of `species.SPECIES`.
        tree_count: at most so many single trees.
        tree_height_m: of a grown one.
        forest: share of the land under forest.
        treeline_m: no trees above.
        bushes: at most so many.
        tufts: patches of turf near the camera.
        flowers: share of them in flower.
        litter: pebbles and fallen leaves near the camera.
    """

    trees: tuple[str, ...] = ()
    tree_count: int = 0
    tree_height_m: float = 18.0
    forest: float = 0.0
    treeline_m: float = NEVER_M
    bushes: int = 0
    tufts: int = 0
    flowers: float = 0.0
    litter: int = 500


@dataclass(frozen=True)
class SceneParameters:
    """One scene.

    Attributes:
        seed: decides all noise.
        family: name of its scene family.
        biome: decides colours.
        ground: what covers level land.
        camera: the camera.
        light: sun, air and clouds.
        development: of the photograph.
        hills: relief from ``hills_begin_m`` on.
        hills_begin_m: they begin to rise here.
        hills_full_m: and have their full height here.
        near: small relief everywhere.
        mountains: or None.
        dunes: or None.
        water: or None.
        track: road or path, or None.
        plants: what grows.
        rocks: at most so many boulders.
        houses: at most so many.
        has_fields: the far land is tilled.
        flower_fields: share of the land that is one carpet of flowers, 0 for none.
        snowline_m: snow lies above; below 0 everywhere.
        opening_azimuth: radians, where no tree stands close by.
    """

    seed: int
    family: str
    biome: Biome
    ground: Ground
    camera: CameraParameters
    light: Light
    development: Development
    hills: Waves
    hills_begin_m: float
    hills_full_m: float
    near: Waves
    mountains: Mountains | None
    dunes: Waves | None
    water: Water | None
    track: Track | None
    plants: Plants
    rocks: int
    houses: int
    has_fields: bool
    flower_fields: float
    snowline_m: float
    opening_azimuth: float

    @property
    def has_sea(self) -> bool:
        """Whether its water is the sea."""
        return isinstance(self.water, Coast)

    @property
    def is_overcast(self) -> bool:
        """Whether clouds hide the sun."""
        return self.light.sky == "overcast"
