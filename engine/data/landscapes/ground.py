"""What covers the land, cell by cell: its class, its colour, how wet it is and where forest grows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.data.landscapes.colours import Colours, linear
from engine.data.landscapes.labels import ID
from engine.data.landscapes.noise import Floats, crowns, fractal_noise, gradient_noise, mix_colours, smoothstep
from engine.data.landscapes.parameters import NEVER_M, Coast, SceneParameters
from engine.data.landscapes.relief import ReliefSample

CANOPY_BEGIN_M = 820.0
"""Nearer forest is made of trees, farther forest of a canopy raised from the ground."""
_FLOWER_COLOUR_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Ground:
    """The ground of a grid (R, A).

    Attributes:
        class_ids: int8 ids of the landscape table.
        colours: (R, A, 3).
        wetness: in [0, 1].
        forest: how densely trees stand, in [0, 1].
        flowers: how densely flowers stand, in [0, 1].
        canopy_m: what far forest adds to the height.
    """

    class_ids: npt.NDArray[np.int8]
    colours: Floats
    wetness: Floats
    forest: Floats
    flowers: Floats
    canopy_m: Floats


@dataclass(frozen=True, eq=False)
class GroundGrid:
    """Where the ground is asked for, arrays (R, A).

    Attributes:
        x: metres.
        y: metres.
        away_m: distance from the camera.
        slope: rise over run.
        detail_m: smallest useful wavelength.
        relief: the land there.
    """

    x: Floats
    y: Floats
    away_m: Floats
    slope: Floats
    detail_m: Floats
    relief: ReliefSample


def cover_ground(scene: SceneParameters, colours: Colours, grid: GroundGrid) -> Ground:
    """Return what covers the land."""
    return _Cover(scene, colours, grid).run()


class _Cover:
    """Paints layer over layer: ground, flowers, rock, shore, forest, snow, road."""

    def __init__(self, scene: SceneParameters, colours: Colours, grid: GroundGrid) -> None:
        self._scene, self._colours, self._grid = scene, colours, grid
        self._seed = scene.seed * 17
        self._middle = self._noise(60, 8, 0.55, 1)
        self._broad = self._noise(700, 8, 0.6, 2)
        self._fine = self._noise(3.0, 5, 0.6, 3)
        self._class_ids = np.full(grid.x.shape, ID[scene.ground], np.int8)
        self._colour = self._base_colour()
        self._wet = np.zeros(grid.x.shape, np.float32)
        self._flowers = np.zeros(grid.x.shape, np.float32)

    def run(self) -> Ground:
        scene, grid = self._scene, self._grid
        if scene.has_fields:
            self._add_fields()
        self._add_patches()
        if scene.flower_fields:
            self._add_flowers()
        forest = self._forest_density()
        rock = self._add_rock()
        self._add_shore(rock)
        is_canopy = (forest > 0.5) & (grid.away_m > CANOPY_BEGIN_M) & (grid.relief.height_m > 0.5)
        canopy_m = self._add_forest(forest, is_canopy, rock)
        if scene.snowline_m < NEVER_M:
            self._add_snow(is_canopy)
        self._add_track()
        self._name_mountains()
        colour = np.clip(self._colour, 0.004, 0.9).astype(np.float32)
        return Ground(self._class_ids, colour, self._wet, forest, self._flowers, canopy_m)

    def _noise(self, wavelength_m: float, octaves: int, gain: float, number: int) -> Floats:
        grid = self._grid
        return fractal_noise(grid.x, grid.y, wavelength_m, octaves, gain, self._seed + number, detail_m=grid.detail_m)

    def _base_colour(self) -> Floats:
        colours = self._colours
        if self._scene.ground == "grass":
            tone = 0.45 + 0.5 * self._middle + 0.45 * self._broad
            return mix_colours(colours.grass, colours.dry_grass, tone) * 0.8
        if self._scene.ground == "sand":
            return mix_colours(colours.sand, colours.sand * 0.9, 0.5 + self._broad)
        if self._scene.ground == "earth":
            return mix_colours(colours.earth, colours.sand, 0.5 + 0.6 * self._middle + 0.4 * self._fine)
        drifts = 0.5 + 0.6 * self._middle + 0.25 * self._fine
        return mix_colours(colours.snow * 0.9, colours.snow, drifts)

    def _paint(self, colour: Floats, weight: Floats) -> None:
        self._colour = mix_colours(self._colour, colour, weight)

    def _add_fields(self) -> None:
        grid, colours = self._grid, self._colours
        x = grid.x + 40 * fractal_noise(grid.x, grid.y, 300, 2, 0.5, self._seed + 4)
        y = grid.y + 40 * fractal_noise(grid.x, grid.y, 300, 2, 0.5, self._seed + 5)
        cell = np.floor(x / 130).astype(np.int64) * 7 + np.floor(y / 190).astype(np.int64) * 13
        tone = ((cell * 2654435761) % 97) / 97.0
        crop = mix_colours(colours.grass * 1.15, linear(172, 152, 86), tone**2)
        rows = 1 + 0.06 * np.sin(x * 2.1) * smoothstep(400, 60, grid.away_m)
        self._paint(crop * rows[..., None], smoothstep(60, 140, grid.away_m) * 0.75)

    def _add_patches(self) -> None:
        grid, colours = self._grid, self._colours
        if self._scene.ground == "grass":
            far = smoothstep(700, 1500, grid.away_m)
            bare = smoothstep(0.25, 0.6, self._middle + 0.5 * self._fine - 0.25 + 0.25 * (grid.slope > 0.5))
            bare = bare * (1 - far * 0.5)
            self._paint(colours.earth, bare * 0.8)
            self._class_ids[bare > 0.62] = ID["earth"]
        if self._scene.ground == "earth":
            growth = smoothstep(0.0, 0.7, self._middle + 0.5 * self._fine + 0.4 * self._broad)
            self._paint(mix_colours(colours.grass, colours.dry_grass, 0.5 + self._fine), growth * 0.45)
            self._class_ids[smoothstep(0.0, 0.7, self._middle + 0.8 * self._broad) > 0.75] = ID["grass"]

    def _add_flowers(self) -> None:
        grid, colours, share = self._grid, self._colours, self._scene.flower_fields
        carpet = fractal_noise(grid.x, grid.y, 90, 4, 0.5, self._seed + 21, detail_m=grid.detail_m)
        weight = smoothstep(0.35 - share, 0.6 - share, carpet) * smoothstep(900, 300, grid.away_m) * (grid.slope < 0.8)
        is_grass = self._class_ids == ID["grass"]
        self._flowers = (weight * is_grass).astype(np.float32)
        speckle = 0.5 + 0.5 * self._fine + 0.4 * self._middle
        speckle = speckle * (1 - 0.5 * smoothstep(40, 160, grid.away_m))  # seen flat, leaves hide most of the bloom
        self._paint(colours.flowers, self._flowers * np.clip(speckle, 0, 1) * _FLOWER_COLOUR_SHARE)
        self._class_ids[self._flowers > 0.5] = ID["flowers"]

    def _forest_density(self) -> Floats:
        scene, grid = self._scene, self._grid
        share = scene.plants.forest
        if share <= 0:
            return np.zeros(grid.x.shape, np.float32)
        density = smoothstep(-0.25, 0.35, self._broad * 1.1 + 0.35 * self._middle + share * 1.5 - 0.75)
        density = density * (grid.relief.height_m < scene.plants.treeline_m * (1 + 0.15 * self._broad))
        density = density * (grid.slope < 1.15) * smoothstep(2, 14, grid.relief.land_m)
        return (density * smoothstep(4, 12, grid.relief.track_m)).astype(np.float32)

    def _add_rock(self) -> Floats:
        scene, grid, colours = self._scene, self._grid, self._colours
        if scene.ground == "sand":
            rock = smoothstep(0.9, 1.3, grid.slope) * (grid.relief.mountain > 0.02)
        else:
            rock = smoothstep(0.62, 0.95, grid.slope + 0.25 * self._middle + 0.18 * self._fine)
        if scene.biome in ("alpine", "winter") and scene.mountains is not None:
            line = scene.plants.treeline_m
            rock = np.maximum(rock, smoothstep(line, line * 1.5, grid.relief.height_m + 200 * self._broad) * 0.9)
        if scene.biome == "desert":
            rock = np.maximum(rock, smoothstep(0.06, 0.14, grid.relief.mountain))
        if scene.biome == "canyon":
            rock = np.maximum(rock, smoothstep(0.5, 0.8, grid.slope))
        rock = np.clip(rock, 0, 1)
        stone = mix_colours(colours.dark_rock, colours.rock, 0.55 + 0.5 * self._middle + 0.35 * self._fine)
        if scene.biome in ("canyon", "desert"):
            height = grid.relief.height_m
            flat = np.zeros_like(height)
            strata = gradient_noise(height / 17.0 + 0.5 * self._middle, flat + 3.3, self._seed + 9) * 0.6
            strata = strata + gradient_noise(height / 5.0 + 0.8 * self._middle, flat + 1.1, self._seed + 10) * 0.4
            stone = mix_colours(stone * 0.72, stone * 1.22 + 0.015, 0.5 + 0.75 * strata)
        self._paint(stone, rock)
        self._class_ids[rock > 0.5] = ID["rock"]
        return rock

    def _add_shore(self, rock: Floats) -> None:
        scene, grid, colours = self._scene, self._grid, self._colours
        land_m, height_m = grid.relief.land_m, grid.relief.height_m
        if isinstance(scene.water, Coast):
            beach = scene.water.beach_m
            sand = (1 - smoothstep(beach * 0.9, beach * 1.5, land_m + 6 * self._middle)) * (1 - rock)
            self._paint(mix_colours(colours.sand, colours.sand * 0.85, 0.5 + self._fine), sand)
            self._class_ids[sand > 0.5] = ID["sand"]
            self._wet = (1 - smoothstep(0.22, 0.75, height_m + 0.12 * self._middle)) * sand
        elif scene.water is not None:
            gravel = 1 - smoothstep(1.2, 4.5, land_m + 1.5 * self._fine)
            self._paint(mix_colours(colours.dark_rock, colours.sand, 0.45 + 0.8 * self._fine), gravel)
            self._class_ids[(gravel > 0.5) & (land_m < 5)] = ID["earth"]
            self._wet = 1 - smoothstep(0.1, 0.3, height_m)
        self._colour = self._colour * (1 - 0.5 * self._wet[..., None])

    def _add_forest(self, forest: Floats, is_canopy: npt.NDArray[np.bool_], rock: Floats) -> Floats:
        scene, grid, colours = self._scene, self._grid, self._colours
        if scene.biome != "winter":
            self._paint(colours.forest * 0.8, forest * (1 - rock) * (grid.away_m > 25) * 0.8)
        height, tone = np.zeros(grid.x.shape, np.float32), np.zeros(grid.x.shape, np.float32)
        cell_m = 7.5
        height[is_canopy], tone[is_canopy] = crowns(grid.x[is_canopy], grid.y[is_canopy], cell_m, self._seed + 15)
        # crowns smaller than a pixel shimmer: far ones fade to their mean
        fade = smoothstep(cell_m * 0.45, cell_m * 1.1, grid.detail_m)
        height, tone = height + (0.55 - height) * fade, tone + (0.5 - tone) * fade
        stands = fractal_noise(grid.x, grid.y, 40, 4, 0.6, self._seed + 12, detail_m=grid.detail_m)
        shade = mix_colours(
            colours.forest, colours.light_forest, 0.4 + 0.5 * stands + 0.3 * self._broad + 0.8 * (tone - 0.5)
        )
        canopy = shade * (0.5 + 0.75 * height)[..., None]
        self._colour = np.where(is_canopy[..., None], canopy, self._colour)
        self._class_ids[is_canopy] = ID["forest"]
        lift = (3 + height * (7 + 7 * tone)) * smoothstep(CANOPY_BEGIN_M, CANOPY_BEGIN_M + 80, grid.away_m)
        return np.where(is_canopy, lift, 0).astype(np.float32)

    def _add_snow(self, is_canopy: npt.NDArray[np.bool_]) -> None:
        scene, grid = self._scene, self._grid
        is_everywhere = scene.snowline_m <= 0
        above = grid.relief.height_m - scene.snowline_m + 240 * self._broad + 40 * self._middle
        snow = np.ones_like(above) if is_everywhere else smoothstep(-120, 200, above)
        # one soft measure of steepness: fine noise here makes the slopes look mottled
        gaps = self._noise(420, 4, 0.5, 14)
        steepness = grid.slope + 0.10 * self._middle + (0.22 if is_everywhere else 0.3) * gaps
        snow = snow * (1 - smoothstep(0.8, 1.25, steepness))
        if scene.track is not None:
            snow = snow * (1 - (grid.relief.track_m < scene.track.half_width_m) * (0.35 if is_everywhere else 0.9))
        snow = np.where(is_canopy, snow * (0.1 + 0.12 * np.clip(0.5 + self._middle, 0, 1)), snow)
        self._paint(self._colours.snow, snow)
        self._class_ids[snow > 0.5] = ID["snow"]

    def _add_track(self) -> None:
        track, grid, colours = self._scene.track, self._grid, self._colours
        if track is None:
            return
        distance, width = grid.relief.track_m, track.half_width_m
        ragged = 0.0 if track.paved else 0.35 * width * self._fine
        on = (1 - smoothstep(width * 0.92, width * 1.12, distance + ragged)) * (grid.y < 1500)
        if track.paved:
            colour = mix_colours(colours.road, colours.road * 0.7, 0.5 + 0.5 * self._fine)
            is_line = (distance < 0.055) & (grid.away_m < 160) & ((grid.y % 9) < 4)
            colour = np.where(is_line[..., None], colour * 0.4 + 0.26, colour)
            colour = colour * (1 + 0.12 * np.exp(-(((distance - width * 0.45) / (width * 0.18)) ** 2)))[..., None]
        else:
            in_rut = np.abs(distance - width * 0.5) < width * 0.25
            colour = mix_colours(colours.earth * 1.15, colours.sand * 0.8, 0.4 + 0.6 * self._fine + 0.3 * in_rut)
            if self._scene.biome == "winter":
                colour = mix_colours(colour, colours.snow * 0.8, 0.65 + 0.3 * self._fine)
        self._paint(colour, on)
        self._class_ids[on > 0.5] = ID["road"]
        self._flowers = self._flowers * (on < 0.3)

    def _name_mountains(self) -> None:
        scene, grid = self._scene, self._grid
        if scene.mountains is None:
            return
        is_relief = (grid.away_m > 1200) & (grid.relief.mountain * scene.mountains.height_m > 60)
        is_bare = np.isin(self._class_ids, [ID[key] for key in ("rock", "grass", "earth", "sand")])
        self._class_ids[is_relief & is_bare] = ID["mountain"]
