"""The sky of a scene: the clear sky, the sun and the clouds in one picture that also lights the land.

The picture covers azimuths of ±72° and all elevations; rows grow upwards, linear to 42° over 86 % of the height and
to the zenith over the rest. Behind the camera it repeats as in a mirror.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.data.landscapes.clear_sky import ClearSky, SkyTable
from engine.data.landscapes.clouds import Cirrus, CloudLayer, CloudLight, march_cumulus, streak_cirrus
from engine.data.landscapes.noise import Floats

WIDTH, HEIGHT = 960, 330
AZIMUTH_LIMIT_DEG = 72.0
LINEAR_LIMIT_DEG = 42.0
LINEAR_SHARE = 0.86


@dataclass(frozen=True, eq=False)
class Sky:
    """What hangs over a scene.

    Attributes:
        radiance: (330, 960, 3), rows upwards.
        coverage: (330, 960) by clouds, in [0, 1].
        clear: the sky without clouds.
        towards_sun: (3,) unit vector.
        sun_azimuth: radians.
    """

    radiance: Floats
    coverage: Floats
    clear: ClearSky
    towards_sun: Floats
    sun_azimuth: float


def build_sky(
    table: SkyTable,
    clouds: tuple[CloudLayer | Cirrus, ...],
    *,
    aerosol: float,
    sun_azimuth_deg: float,
    sun_elevation_deg: float,
    rng: np.random.Generator,
) -> Sky:
    """Return the sky for a sun and clouds."""
    elevation, azimuth = math.radians(sun_elevation_deg), math.radians(sun_azimuth_deg)
    clear = table.at(aerosol, sun_elevation_deg)
    towards_sun = np.array(
        [math.sin(azimuth) * math.cos(elevation), math.cos(azimuth) * math.cos(elevation), math.sin(elevation)],
        np.float32,
    )
    light = CloudLight(towards_sun, clear.sun_rgb, clear.sky_rgb)
    az, el = _window_directions()
    radiance = clear.radiance(az, el, azimuth)
    cosine = np.sin(az) * np.cos(el) * towards_sun[0] + np.cos(az) * np.cos(el) * towards_sun[1]
    away_deg = np.degrees(np.arccos(np.clip(cosine + np.sin(el) * towards_sun[2], -1, 1)))[..., None]
    glow = 40 * np.exp(-((away_deg / 0.28) ** 2)) + 0.25 * np.exp(-away_deg / 1.6) + 0.03 * np.exp(-away_deg / 7)
    radiance = radiance + clear.sun_rgb * glow
    coverage = np.zeros((HEIGHT, WIDTH), np.float32)
    for cloud in clouds:
        if isinstance(cloud, Cirrus):
            own_radiance, own_coverage = streak_cirrus(cloud, az, el, light, rng)
        else:
            own_radiance, own_coverage = march_cumulus(cloud, az, el, light, rng)
        radiance = radiance * (1 - own_coverage[..., None]) + own_radiance
        coverage = 1 - (1 - coverage) * (1 - own_coverage)
    return Sky(np.ascontiguousarray(radiance, np.float32), coverage, clear, towards_sun, azimuth)


def coverage_towards(sky: Sky, azimuth: Any, elevation: Any) -> Floats:
    """Return the coverage by clouds in directions, radians."""
    degrees = np.degrees(elevation)
    high = LINEAR_SHARE + (degrees - LINEAR_LIMIT_DEG) / (90 - LINEAR_LIMIT_DEG) * (1 - LINEAR_SHARE)
    v = np.where(degrees < LINEAR_LIMIT_DEG, degrees / LINEAR_LIMIT_DEG * LINEAR_SHARE, high) * HEIGHT - 0.5
    u = (np.degrees(azimuth) / (2 * AZIMUTH_LIMIT_DEG) + 0.5) * WIDTH - 0.5
    rows = np.clip(np.round(v).astype(int), 0, HEIGHT - 1)
    return sky.coverage[rows, np.clip(np.round(u).astype(int), 0, WIDTH - 1)]


def _window_directions() -> tuple[Floats, Floats]:
    """Return (330, 960) azimuths and elevations of the picture's pixels, radians."""
    azimuth = np.radians(((np.arange(WIDTH) + 0.5) / WIDTH * 2 - 1) * AZIMUTH_LIMIT_DEG).astype(np.float32)
    v = (np.arange(HEIGHT) + 0.5) / HEIGHT
    high = LINEAR_LIMIT_DEG + (v - LINEAR_SHARE) / (1 - LINEAR_SHARE) * (90 - LINEAR_LIMIT_DEG)
    degrees = np.where(v < LINEAR_SHARE, v / LINEAR_SHARE * LINEAR_LIMIT_DEG, high)
    grid_azimuth, grid_elevation = np.meshgrid(azimuth, np.radians(degrees).astype(np.float32))
    return grid_azimuth, grid_elevation
