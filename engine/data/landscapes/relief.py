"""The height of the land: hills, mountains, dunes, shores and the bed of a road, as functions of place."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.data.landscapes.noise import Floats, fractal_noise, lerp, mountain_relief, smoothstep
from engine.data.landscapes.parameters import Coast, Lake, Mountains, River, SceneParameters, Track, Waves

_FAR_M = np.float32(9e9)


@dataclass(frozen=True, eq=False)
class ReliefSample:
    """The land at some places; all arrays have the shape of the places.

    Attributes:
        height_m: of the ground above the water's level.
        mountain: share of the mountains' height there, in about [0, 1].
        land_m: distance from the water, negative in it; very large where a scene has none.
        track_m: distance from the middle of the track; very large where a scene has none.
    """

    height_m: Floats
    mountain: Floats
    land_m: Floats
    track_m: Floats


class Relief:
    """The land of one scene."""

    def __init__(self, scene: SceneParameters) -> None:
        """Take the scene's parameters; nothing is computed yet."""
        self._scene = scene

    def sample(self, x: Floats, y: Floats, detail_m: Floats) -> ReliefSample:
        """Return the land at places, without relief shorter than ``detail_m`` (same shape)."""
        bare = self._without_track(x, y, detail_m)
        track = self._scene.track
        if track is None:
            return bare
        distance = track_distance(track, self._scene.seed, x, y)
        bed = np.interp(y, *self._track_profile).astype(np.float32) - (0.0 if track.paved else 0.06)
        on_bed = smoothstep(track.half_width_m * 3.2, track.half_width_m * 1.15, distance) * smoothstep(1600, 900, y)
        return ReliefSample(lerp(bare.height_m, bed, on_bed), bare.mountain, bare.land_m, distance)

    @cached_property
    def _track_profile(self) -> tuple[Floats, Floats]:
        """Distances ahead and the smoothed heights of the track there."""
        track = self._scene.track
        assert track is not None
        ahead = np.linspace(0, 2500, 1500).astype(np.float32)
        course = _track_course(track, self._scene.seed, ahead).astype(np.float32)
        height = self._without_track(course, ahead, np.full_like(ahead, 6)).height_m
        window = np.hanning(25) / np.hanning(25).sum()
        return ahead, np.convolve(np.pad(height, 12, mode="edge"), window, "valid").astype(np.float32)

    def _without_track(self, x: Floats, y: Floats, detail_m: Floats) -> ReliefSample:
        scene, seed = self._scene, self._scene.seed * 31
        away = np.hypot(x, y)
        water = scene.water
        land_m = np.full(np.shape(x), _FAR_M, np.float32) if water is None else self._water_distance(x, y, detail_m)
        rise = away if water is None else np.minimum(np.maximum(land_m, 0) * 1.5, away * 2)
        hills = fractal_noise(x, y, scene.hills.wavelength_m, 7, 0.42, seed + 1, detail_m=detail_m) + 0.25
        height = scene.hills.height_m * hills * smoothstep(scene.hills_begin_m, scene.hills_full_m, rise)
        mountain = np.zeros(np.shape(x), np.float32)
        if scene.mountains is not None:
            mountain = self._mountain_share(scene.mountains, x, y, land_m, detail_m)
            height = height + mountain * scene.mountains.height_m
        if scene.dunes is not None:
            height = height + _dune_height(scene.dunes, x, y, seed + 61) * smoothstep(4, 90, away)
        height = height + self._near_relief(x, y, detail_m) * smoothstep(0, 20, away)
        if water is not None:
            height = _shore(water, land_m, height)
            # hollows behind the shore would fill with water
            height = np.where(land_m > 0, np.maximum(height, 0.3 * smoothstep(0, 6, land_m)), height)
        return ReliefSample(height.astype(np.float32), mountain, land_m, np.full_like(mountain, _FAR_M))

    def _near_relief(self, x: Floats, y: Floats, detail_m: Floats) -> Floats:
        scene, seed = self._scene, self._scene.seed * 31
        is_soft = scene.dunes is not None or scene.biome == "winter"
        near = scene.near
        fine = fractal_noise(x, y, near.wavelength_m, 3 if is_soft else 7, 0.5, seed + 71, detail_m=detail_m)
        broad = fractal_noise(x, y, near.wavelength_m * 6, 3, 0.5, seed + 72)
        return near.height_m * (0.45 if is_soft else 1.0) * (fine + 0.8 * broad)

    def _mountain_share(self, range_: Mountains, x: Floats, y: Floats, land_m: Floats, detail_m: Floats) -> Floats:
        seed, wavelength = self._scene.seed * 31, range_.wavelength_m
        away = np.hypot(x * 1.25, np.maximum(y, 0))
        away = away + wavelength * 0.12 * fractal_noise(x, y, wavelength * 0.7, 3, 0.5, seed + 21)
        if self._scene.has_sea:
            away = away * smoothstep(50, 2500, land_m)
        elif self._scene.water is not None:
            away = np.minimum(away, np.maximum(land_m, 0) * 3.2 + 100)
        weight = smoothstep(range_.begin_m, range_.full_m, away)
        share = np.zeros(np.shape(x), np.float32)
        on = weight > 1e-3
        if not on.any():
            return share
        x, y, detail_m = x[on], y[on], detail_m[on]
        relief = mountain_relief(x, y, wavelength, seed + 41, detail_m=detail_m)
        crags = fractal_noise(x, y, wavelength * 0.03, 5, 0.5, seed + 51, detail_m=detail_m)
        relief = relief + 0.02 * crags * smoothstep(0.1, 0.5, relief)
        if range_.terrace_m:
            step = range_.terrace_m / range_.height_m
            level = relief / step
            part = level - np.floor(level)
            relief = (np.floor(level) + smoothstep(0.55, 0.78, part) * 0.82 + part * 0.18) * step
            ledges = fractal_noise(x, y, 60, 4, 0.5, seed + 55, ridged=True, detail_m=detail_m)
            relief = relief + 0.02 * ledges * smoothstep(0, 0.2, relief)
        share[on] = relief * weight[on]
        return share

    def _water_distance(self, x: Floats, y: Floats, detail_m: Floats) -> Floats:
        """Return about the distance from the shore, positive on land, with a ragged edge."""
        water, seed = self._scene.water, self._scene.seed
        away = np.hypot(x, y)
        if isinstance(water, Lake):
            across = (x - (y - water.shore_m) * water.lean) / water.half_width_m
            along = (y - water.shore_m - water.half_length_m) / water.half_length_m
            least = min(water.half_width_m, water.half_length_m)
            bays = fractal_noise(x, y, least * 0.8, 6, 0.5, seed + 3, detail_m=detail_m) * least * 0.32
            ragged = fractal_noise(x, y, 14, 4, 0.5, seed + 4, detail_m=detail_m) * 2.0
            return (np.sqrt(across**2 + along**2) - 1) * least + bays * smoothstep(0, 120, away) + ragged
        if isinstance(water, River):
            wave = y / water.wavelength_m
            bend = (np.sin(wave + water.phase) - np.sin(water.phase)) * water.amplitude_m
            course = (
                water.offset_m * smoothstep(0, 40, y)
                + bend * smoothstep(10, 200, y)
                + np.sin(wave / 3.1) * water.amplitude_m * 2.2 * smoothstep(200, 900, y)
                + fractal_noise(np.full_like(y, 7), y, 300, 3, 0.5, seed) * 20 * smoothstep(50, 300, y)
            )
            slant = 1 + 0.5 * np.abs(np.cos(wave + water.phase)) * water.amplitude_m / water.wavelength_m
            swell = 1 + 0.25 * fractal_noise(np.zeros_like(y), y, 60, 3, 0.5, seed + 5)
            ragged = fractal_noise(x, y, 9, 4, 0.5, seed + 4, detail_m=detail_m) * 1.4
            return np.abs(x - course) / slant - water.width_m * 0.5 * swell + ragged
        assert isinstance(water, Coast)
        bays = fractal_noise(x * 0.3, y, 420, 5, 0.5, seed + 3, detail_m=detail_m) * 120 * smoothstep(15, 500, away)
        ragged = fractal_noise(x, y, 25, 3, 0.5, seed + 9, detail_m=detail_m) * 2.0
        return -water.side * (x + water.side * y * water.lean) + water.offset_m + bays + ragged


def track_distance(track: Track, seed: int, x: Floats, y: Floats) -> Floats:
    """Return the distance of places from the middle of a track, metres."""
    ahead = np.maximum(y, 0)
    course = _track_course(track, seed, ahead)
    slope = np.abs(_track_course(track, seed, ahead + 1) - course)
    return (np.abs(x - course) / np.sqrt(1 + slope * slope)).astype(np.float32)


def track_points(track: Track, seed: int, ahead_m: Floats, aside_m: float) -> tuple[Floats, Floats]:
    """Return x and y of points beside a track, metres ahead of the camera and to the right of its middle."""
    return _track_course(track, seed, ahead_m) + aside_m, ahead_m


def _track_course(track: Track, seed: int, ahead_m: Floats) -> Floats:
    wander = fractal_noise(np.full_like(ahead_m, 3.3), ahead_m, track.wavelength_m * 2.2, 3, 0.4, seed + 17)
    return (
        track.offset_m * (1 - smoothstep(0, 60, ahead_m))
        + track.amplitude_m * np.sin(ahead_m / track.wavelength_m + seed) * smoothstep(4, 110, ahead_m)
        + wander * track.amplitude_m * 0.8 * smoothstep(10, 150, ahead_m)
    )


def _dune_height(dunes: Waves, x: Floats, y: Floats, seed: int) -> Floats:
    """Return dunes of two sizes, gentle to windward and steep to leeward."""
    wavelength = dunes.wavelength_m
    warped_x = x + 0.55 * wavelength * fractal_noise(x, y, wavelength * 2.3, 3, 0.45, seed)
    warped_y = y + 0.6 * wavelength * fractal_noise(x, y, wavelength * 1.9, 3, 0.45, seed + 1)
    height = np.zeros(np.shape(x), np.float32)
    for number, scale in enumerate((1.0, 0.31)):
        own = wavelength * scale
        phase = warped_x * np.cos(0.5 + number) / own + warped_y * np.sin(0.5 + number) / own
        part = phase - np.floor(phase)
        profile = np.where(
            part < 0.72,
            np.sin(np.minimum(part, 0.72) / 0.72 * np.pi / 2) ** 1.6,
            np.maximum(0, 1 - (part - 0.72) / 0.28),
        )
        strength = smoothstep(-0.7, 0.5, fractal_noise(x, y, own * 2.6, 2, 0.5, seed + 4 + number))
        height += dunes.height_m * (1.0, 0.22)[number] * profile * strength
    return height


def _shore(water: Lake | River | Coast, land_m: Floats, height: Floats) -> Floats:
    """Return heights that fall to the water and below it."""
    if isinstance(water, Coast):
        beach = water.beach_m
        sand = np.minimum(land_m, beach) * 0.055 + smoothstep(beach * 0.8, beach * 1.6, land_m) * 1.2
        return np.where(land_m < 0, np.maximum(land_m * 0.05, -12), sand) + height * smoothstep(
            beach * 0.7, beach * 2.2, land_m
        )
    bank = 0.09 * np.minimum(land_m, 8) + 0.03 * np.clip(land_m - 8, 0, 150) + 0.55 * smoothstep(0, 2.2, land_m)
    edge = np.where(land_m < 0, np.maximum(land_m * 0.22, -8), bank)
    return edge + height * smoothstep(0, 45 if isinstance(water, Lake) else 22, land_m)
