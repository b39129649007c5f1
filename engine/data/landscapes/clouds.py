"""Clouds in the window of sky a camera sees: cumulus and stratus marched through noise, cirrus as warped streaks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.noise import Floats, fractal_noise, smoothstep

_SIDE = 128
_STEPS = 34
_LIGHT_STEPS = np.array([0.05, 0.13, 0.27, 0.5, 1.0], np.float32)


@dataclass(frozen=True)
class CloudLayer:
    """Cumulus, or stratus where ``flat``.

    Attributes:
        base_m: height of the flat undersides above the camera.
        thickness_m: from there to the highest tops.
        cover: from -0.9 (a few) to 0.6 (closed).
        scale_m: size of the billows.
        clump_m: size of the groups.
        density: extinction per metre.
        flat: a sheet without towers.
    """

    base_m: float
    thickness_m: float
    cover: float
    scale_m: float
    clump_m: float
    density: float = 0.03
    flat: bool = False


@dataclass(frozen=True)
class Cirrus:
    """High streaks of ice.

    Attributes:
        threshold: less is more of it.
        opacity: greatest coverage.
    """

    threshold: float
    opacity: float


@dataclass(frozen=True, eq=False)
class CloudLight:
    """What lights clouds.

    Attributes:
        towards_sun: (3,) unit vector.
        sun_rgb: (3,) irradiance.
        sky_rgb: (3,) irradiance.
    """

    towards_sun: Floats
    sun_rgb: Floats
    sky_rgb: Floats


def march_cumulus(
    layer: CloudLayer, azimuth: Floats, elevation: Floats, light: CloudLight, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return premultiplied radiance (H, W, 3) and coverage (H, W) in the directions given, (H, W) radians."""
    march = _March(layer, light, rng)
    shape = azimuth.shape
    inside = ((elevation > np.radians(0.35)) & (elevation < np.radians(60))).ravel()
    az, el = azimuth.ravel()[inside], elevation.ravel()[inside]
    directions = np.stack([np.sin(az) * np.cos(el), np.cos(az) * np.cos(el), np.sin(el)])
    radiance, coverage = march.run(directions)
    full_coverage = np.zeros(shape[0] * shape[1], np.float32)
    full_radiance = np.zeros((shape[0] * shape[1], 3), np.float32)
    full_coverage[inside], full_radiance[inside] = coverage, radiance
    return blur(full_radiance.reshape(*shape, 3), 2), blur(full_coverage.reshape(shape), 2)


def streak_cirrus(
    cirrus: Cirrus, azimuth: Floats, elevation: Floats, light: CloudLight, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Return premultiplied radiance (H, W, 3) and coverage (H, W) in the directions given, (H, W) radians."""
    distance = 8000 / np.maximum(np.sin(elevation), 0.012)
    east = np.sin(azimuth) * np.cos(elevation)
    north = np.cos(azimuth) * np.cos(elevation)
    seed, turn = int(rng.integers(1 << 30)), rng.uniform(0, np.pi)
    x = (east * np.cos(turn) - north * np.sin(turn)) * distance
    y = (east * np.sin(turn) + north * np.cos(turn)) * distance
    detail = distance * 0.004
    warped_x = x + 9000 * fractal_noise(x, y, 26000, 4, seed=seed, detail_m=detail)
    warped_y = y + 5000 * fractal_noise(x, y, 18000, 4, seed=seed + 3, detail_m=detail)
    streaks = fractal_noise(warped_x, warped_y * 4.5, 30000, 7, 0.58, seed=seed + 5, detail_m=detail * 2)
    streaks = streaks + 0.45 * fractal_noise(x, y, 40000, 3, seed=seed + 9)
    coverage = np.clip((streaks - cirrus.threshold) * 1.1, 0, cirrus.opacity)
    coverage = coverage * np.exp(-np.maximum(distance - 20000, 0) / 60000) * smoothstep(0.4, 3, np.degrees(elevation))
    sun = light.towards_sun
    cosine = east * sun[0] + north * sun[1] + np.sin(elevation) * sun[2]
    phase = 0.09 + 0.25 * np.clip(cosine, 0, 1) ** 6
    radiance = light.sun_rgb * phase[..., None] * 1.6 + light.sky_rgb * 0.22
    return (coverage[..., None] * radiance).astype(np.float32), coverage.astype(np.float32)


def blur(values: Floats, passes: int = 1) -> Floats:
    """Blur (H, W, ...) by a binomial filter: it removes the noise of a stochastic march."""
    for _ in range(passes):
        for axis in (0, 1):
            padding = [(1, 1) if i == axis else (0, 0) for i in range(values.ndim)]
            padded = np.pad(values, padding, mode="edge")
            before, middle, after = ([slice(None)] * values.ndim for _ in range(3))
            before[axis], middle[axis], after[axis] = slice(0, -2), slice(1, -1), slice(2, None)
            values = (padded[tuple(before)] + 2 * padded[tuple(middle)] + padded[tuple(after)]) * np.float32(0.25)
    return values


class _March:
    """Marches rays through one layer of clouds."""

    def __init__(self, layer: CloudLayer, light: CloudLight, rng: np.random.Generator) -> None:
        self._layer, self._light, self._rng = layer, light, rng
        self._offset = rng.uniform(0, 5e4, 2).astype(np.float32)
        grid = np.arange(512, dtype=np.float32) * 200
        self._map = fractal_noise(*np.meshgrid(grid, grid), layer.clump_m, 4, seed=int(rng.integers(1 << 30)))
        self._coarse = np.float32(_SIDE / layer.scale_m)
        self._fine = np.float32(_SIDE / (layer.scale_m * 0.31))

    def run(self, directions: Floats) -> tuple[Floats, Floats]:
        """Return premultiplied radiance (n, 3) and coverage (n,) of rays (3, n) from the ground."""
        layer, light = self._layer, self._light
        dx, dy, dz = directions
        count = dz.size
        start = layer.base_m / dz
        step = ((np.minimum((layer.base_m + layer.thickness_m) / dz, start + 9000) - start) / _STEPS).astype(np.float32)
        at = start + step * self._rng.random(count, dtype=np.float32)
        passing = np.ones(count, np.float32)
        radiance = np.zeros((count, 3), np.float32)
        depth = np.zeros(count, np.float32)
        phases = _phases(dx * light.towards_sun[0] + dy * light.towards_sun[1] + dz * light.towards_sun[2])
        alive = np.arange(count)
        for number in range(_STEPS):
            x = dx[alive] * at[alive] + self._offset[0]
            y = dy[alive] * at[alive] + self._offset[1]
            z = dz[alive] * at[alive]
            maybe = self._density(x, y, z, fine=False) > 0.01
            rays, x, y, z = alive[maybe], x[maybe], y[maybe], z[maybe]
            density = self._density(x, y, z, fine=True)
            hit = density > 0.01
            if hit.any():
                rays = rays[hit]
                source = self._scattered(x[hit], y[hit], z[hit], density[hit], phases, rays)
                opacity = 1 - np.exp(-density[hit] * layer.density * step[rays])
                weight = passing[rays] * opacity
                radiance[rays] += weight[:, None] * source
                depth[rays] += weight * at[rays]
                passing[rays] *= 1 - opacity
            at += step
            if number % 4 == 3:
                alive = alive[passing[alive] > 0.02]
        coverage = 1 - passing
        far = depth / np.maximum(coverage, 1e-4)
        fade = np.exp(-np.maximum(far - 2000, 0) / 30000).astype(np.float32)
        return radiance * fade[:, None], coverage * fade

    def _scattered(
        self, x: Floats, y: Floats, z: Floats, density: Floats, phases: tuple[Floats, Floats], rays: npt.NDArray[Any]
    ) -> Floats:
        """Return the light scattered towards the camera: once, and an estimate of many times."""
        layer, light = self._layer, self._light
        extinction = density * np.float32(layer.density)
        reaches = _LIGHT_STEPS * np.float32(min(layer.thickness_m, 900) * 0.75)
        depth, before = extinction * reaches[0] * 0.5, np.float32(0)
        sun = light.towards_sun
        for number, reach in enumerate(reaches):
            there = self._density(x + sun[0] * reach, y + sun[1] * reach, z + sun[2] * reach, fine=number < 2)
            depth = depth + there * np.float32(layer.density) * (reach - before)
            before = reach
        height = np.clip((z - layer.base_m) / layer.thickness_m, 0, 1)
        once = phases[0][rays] * np.exp(-depth) * (1 - 0.5 * np.exp(-extinction * 60))
        often = phases[1][rays] * (0.8 * np.exp(-depth * 0.3) + 0.42 * np.exp(-depth * 0.09))
        ambient = light.sky_rgb * np.float32(0.34) * (0.38 + 0.62 * height)[:, None]
        return (once + often)[:, None] * light.sun_rgb * np.float32(1.55) + ambient

    def _density(self, x: Floats, y: Floats, z: Floats, *, fine: bool) -> Floats:
        layer = self._layer
        height = (z - layer.base_m) / layer.thickness_m
        column = (x * np.float32(0.005)).astype(np.int32) & 511
        cover = self._map[(y * np.float32(0.005)).astype(np.int32) & 511, column]
        if layer.flat:
            profile = smoothstep(0, 0.2, height) * (1 - smoothstep(0.5, 1, height))
        else:
            top = 0.35 + 0.65 * smoothstep(-0.5, 0.8, cover)  # every group has its own height
            t = np.clip((height - top * 0.45) / (top * 0.55), 0, 1)
            profile = smoothstep(0, 0.07, height) * (1 - t * t * (3 - 2 * t))
        billows = self._sample(0, x * self._coarse, y * self._coarse, z * self._coarse * np.float32(1.15))
        density = billows * np.float32(0.42) + cover + np.float32(layer.cover) - (1 - profile) * np.float32(1.7)
        if fine:
            wisps = self._sample(1, x * self._fine, y * self._fine, z * self._fine)
            erode = 1 - np.clip(density, 0, 1) * 0.6
            density = density - np.float32(0.5) * erode * (np.float32(0.55) - np.float32(0.5) * wisps)
        return np.clip(density * np.float32(1.6), 0, 1)

    def _sample(self, volume: int, x: Floats, y: Floats, z: Floats) -> Floats:
        """Look up the voxel nearest to a jittered place; the march averages the jitter away."""
        jitter = self._rng.random((3, x.size), dtype=np.float32)
        ix, iy, iz = (np.floor(value + jitter[i]).astype(np.int32) & (_SIDE - 1) for i, value in enumerate((x, y, z)))
        return _volumes()[volume].reshape(-1)[(ix * _SIDE + iy) * _SIDE + iz]


def _phases(cosine: Floats) -> tuple[Floats, Floats]:
    """Return the phase of light scattered once and of light scattered often (Henyey-Greenstein)."""

    def lobe(g: float) -> Floats:
        return (1 - g * g) / (4 * np.pi * (1 + g * g - 2 * g * cosine) ** 1.5)

    once = 0.65 * lobe(0.72) + 0.35 * lobe(-0.25)
    often = 0.6 * lobe(0.3) + 0.4 * lobe(-0.1)
    return once.astype(np.float32), often.astype(np.float32)


@cache
def _volumes() -> Floats:
    """Return (2, 128, 128, 128) tileable noise: billows and wisps."""
    rng = np.random.default_rng(5)
    k = np.fft.fftfreq(_SIDE) * _SIDE
    wave = np.sqrt(k[:, None, None] ** 2 + k[None, :, None] ** 2 + k[None, None, : _SIDE // 2 + 1] ** 2)
    spectrum = np.fft.rfftn(rng.standard_normal((_SIDE,) * 3)) * np.where(wave < 2, 0, np.maximum(wave, 1) ** -2.3)
    soft = np.fft.irfftn(spectrum, (_SIDE,) * 3)
    cells = [_cellular(count, rng) for count in (5, 11, 23, 7, 15, 31)]
    billows = cells[0] * 0.55 + cells[1] * 0.28 + cells[2] * 0.17
    billows = np.clip(0.5 + 0.17 * soft / soft.std(), 0, 1) * 0.55 + billows * 0.75
    wisps = cells[3] * 0.5 + cells[4] * 0.3 + cells[5] * 0.2
    return np.stack([((v - v.mean()) / v.std()).astype(np.float32) for v in (billows, wisps)])


def _cellular(cells: int, rng: np.random.Generator) -> Floats:
    points = rng.random((cells, cells, cells, 3)).astype(np.float32)
    place = np.arange(_SIDE, dtype=np.float32) / (_SIDE / cells)
    own = np.floor(place).astype(int)
    nearest = np.full((_SIDE,) * 3, 9, np.float32)
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            for k in (-1, 0, 1):
                point = points[np.ix_((own + i) % cells, (own + j) % cells, (own + k) % cells)]
                distance = (
                    ((own + i)[:, None, None] + point[..., 0] - place[:, None, None]) ** 2
                    + ((own + j)[None, :, None] + point[..., 1] - place[None, :, None]) ** 2
                    + ((own + k)[None, None, :] + point[..., 2] - place[None, None, :]) ** 2
                )
                np.minimum(nearest, distance, out=nearest)
    return 1 - np.clip(np.sqrt(nearest), 0, 1)
