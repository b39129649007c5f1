"""The clear sky by multiple scattering, tabulated once by Cycles over air and the sun's height, and looked up since."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.landscapes.blender import load_blender, set_exr_output, wipe
from engine.data.landscapes.exr import read_exr
from engine.data.landscapes.noise import Floats, lerp
from engine.whole_file import write_whole

AEROSOLS = (0.4, 1.0, 2.0, 4.0)
SUN_ELEVATIONS_DEG = (1.5, 3.0, 5.0, 8.0, 12.0, 17.0, 23.0, 30.0, 38.0, 47.0, 57.0, 68.0)
_ROWS, _COLUMNS = 64, 128
_UNIT = np.float32(0.01)
"""Blender's sky is about a hundred times as bright as a scene that is to be exposed for."""
_MAX_TABLE_BYTES = 64 * 1024 * 1024


class SkyTableError(ValueError):
    """A table of clear skies that cannot be read; delete it, and it is made again."""


@dataclass(frozen=True, eq=False)
class ClearSky:
    """One clear sky.

    Attributes:
        panorama: (64, 128, 3) radiance of the upper half, row 0 at the zenith, the sun's azimuth in the middle.
        sun_rgb: (3,) irradiance of the sun on a surface that faces it.
        sky_rgb: (3,) irradiance of the sky on level ground.
    """

    panorama: Floats
    sun_rgb: Floats
    sky_rgb: Floats

    def radiance(self, azimuth: Any, elevation: Any, sun_azimuth: float) -> Floats:
        """Return (..., 3) radiance from directions in radians."""
        u = (((azimuth - sun_azimuth) / (2 * np.pi) + 0.5) % 1) * _COLUMNS - 0.5
        v = np.clip((np.pi / 2 - elevation) / (np.pi / 2) * _ROWS - 0.5, 0, _ROWS - 1.8)
        column, row = np.floor(u).astype(int), np.floor(v).astype(int)
        a, b = (u - column)[..., None].astype(np.float32), (v - row)[..., None].astype(np.float32)
        left, right = column % _COLUMNS, (column + 1) % _COLUMNS
        upper = lerp(self.panorama[row, left], self.panorama[row, right], a)
        return lerp(upper, lerp(self.panorama[row + 1, left], self.panorama[row + 1, right], a), b)


@dataclass(frozen=True, eq=False)
class SkyTable:
    """Clear skies over aerosol density and the sun's elevation.

    Attributes:
        panoramas: (4, 12, 64, 128, 3).
        suns: (4, 12, 3).
        skies: (4, 12, 3).
    """

    panoramas: Floats
    suns: Floats
    skies: Floats

    def at(self, aerosol: float, sun_elevation_deg: float) -> ClearSky:
        """Return the sky between the tabulated ones; beyond the table's edge it is that of the edge."""
        i = float(np.interp(math.log(aerosol), np.log(AEROSOLS), range(len(AEROSOLS))))
        j = float(np.interp(sun_elevation_deg, SUN_ELEVATIONS_DEG, range(len(SUN_ELEVATIONS_DEG))))
        i0, j0 = min(int(i), len(AEROSOLS) - 2), min(int(j), len(SUN_ELEVATIONS_DEG) - 2)
        a, b = np.float32(i - i0), np.float32(j - j0)

        def between(table: Floats) -> Floats:
            low, high = lerp(table[i0, j0], table[i0, j0 + 1], b), lerp(table[i0 + 1, j0], table[i0 + 1, j0 + 1], b)
            return (lerp(low, high, a) * _UNIT).astype(np.float32)

        return ClearSky(between(self.panoramas), np.maximum(between(self.suns), 0), between(self.skies))


def load_sky_table(path: Path, progress: Callable[[str], None]) -> SkyTable:
    """Read the table, or make it (about a minute) and keep it there.

    Raises:
        SkyTableError: if the file is broken.
        RendererMissingError: if it must be made and ``bpy`` is not installed.
    """
    shapes = {
        "panoramas": (len(AEROSOLS), len(SUN_ELEVATIONS_DEG), _ROWS, _COLUMNS, 3),
        "suns": (len(AEROSOLS), len(SUN_ELEVATIONS_DEG), 3),
        "skies": (len(AEROSOLS), len(SUN_ELEVATIONS_DEG), 3),
    }
    if path.is_file():
        try:
            if path.stat().st_size > _MAX_TABLE_BYTES:
                raise SkyTableError(f"{path}: too large for a table of skies")
            with np.load(path, allow_pickle=False) as stored:
                arrays = {name: np.asarray(stored[name], np.float32) for name in shapes}
        except (OSError, ValueError, KeyError) as error:
            raise SkyTableError(f"{path}: broken table of skies, delete it to have it made again: {error}") from None
        if any(arrays[name].shape != shape for name, shape in shapes.items()):
            raise SkyTableError(f"{path}: not this program's table of skies, delete it to have it made again")
        return SkyTable(**arrays)
    table = _build_sky_table(progress)
    stream = io.BytesIO()
    np.savez_compressed(stream, panoramas=table.panoramas.astype(np.float16), suns=table.suns, skies=table.skies)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, stream.getvalue())
    return table


def _build_sky_table(progress: Callable[[str], None]) -> SkyTable:
    shape = (len(AEROSOLS), len(SUN_ELEVATIONS_DEG))
    panoramas = np.zeros((*shape, _ROWS, _COLUMNS, 3), np.float32)
    suns, skies = np.zeros((*shape, 3), np.float32), np.zeros((*shape, 3), np.float32)
    with tempfile.TemporaryDirectory() as folder:
        studio = _SkyStudio(Path(folder) / "sky.exr")
        for i, aerosol in enumerate(AEROSOLS):
            for j, elevation_deg in enumerate(SUN_ELEVATIONS_DEG):
                progress(f"table of clear skies: {i * shape[1] + j + 1} of {shape[0] * shape[1]}")
                panoramas[i, j], suns[i, j], skies[i, j] = studio.shoot(aerosol, math.radians(elevation_deg))
    return SkyTable(panoramas, suns, skies)


class _SkyStudio:
    """A panoramic camera under Blender's sky, and one that looks down at a white plane."""

    def __init__(self, output: Path) -> None:
        self._bpy = bpy = load_blender()
        self._output = output
        wipe(bpy)
        scene = bpy.context.scene
        scene.render.engine = "CYCLES"
        scene.cycles.use_denoising = scene.cycles.use_adaptive_sampling = False
        scene.cycles.pixel_filter_type = "BOX"
        set_exr_output(bpy, output, layers=False)
        world = bpy.data.worlds.new("sky")
        scene.world = world
        world.cycles.sampling_method = "MANUAL"
        world.cycles.sample_map_resolution = 256
        self._sky = world.node_tree.nodes.new("ShaderNodeTexSky")
        self._sky.sky_type = "MULTIPLE_SCATTERING"
        self._sky.sun_size = math.radians(0.545)
        self._sky.sun_rotation = 0
        world.node_tree.links.new(self._sky.outputs[0], world.node_tree.nodes["Background"].inputs[0])
        self._panorama = self._camera("PANO", (0, 0, 50), (math.pi / 2, 0, 0))
        self._panorama.data.panorama_type = "EQUIRECTANGULAR"
        self._down = self._camera("ORTHO", (0, 0, 5), (0, 0, 0))
        self._down.data.ortho_scale = 1
        self._plane = self._white_plane()

    def shoot(self, aerosol: float, sun_elevation: float) -> tuple[Floats, Floats, Floats]:
        """Return the panorama's upper half, the sun's irradiance and the sky's."""
        self._sky.aerosol_density = aerosol
        self._sky.sun_elevation = sun_elevation
        self._sky.sun_disc = False
        self._plane.hide_render = True
        panorama = self._render(self._panorama, _COLUMNS, samples=2)[:_ROWS]
        self._plane.hide_render = False
        sky = self._render(self._down, 8, samples=256).mean((0, 1)) * math.pi
        self._sky.sun_disc = True
        both = self._render(self._down, 8, samples=256).mean((0, 1)) * math.pi
        return panorama, (both - sky) / math.sin(sun_elevation), sky

    def _render(self, camera: Any, side_px: int, *, samples: int) -> Floats:
        scene = self._bpy.context.scene
        scene.camera = camera
        scene.render.resolution_x = scene.render.resolution_y = side_px
        scene.render.resolution_percentage = 100
        scene.cycles.samples = samples
        self._bpy.ops.render.render(write_still=True)
        image = read_exr(self._output)
        return np.stack([image.channel(part) for part in "RGB"], -1)

    def _camera(self, kind: str, location: tuple[float, ...], rotation: tuple[float, ...]) -> Any:
        data = self._bpy.data.cameras.new(kind)
        data.type = kind
        camera = self._bpy.data.objects.new(kind, data)
        camera.location, camera.rotation_euler = location, rotation
        self._bpy.context.scene.collection.objects.link(camera)
        return camera

    def _white_plane(self) -> Any:
        bpy = self._bpy
        block = bpy.data.meshes.new("plane")
        block.from_pydata([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], [], [(0, 1, 2, 3)])
        material = bpy.data.materials.new("white")
        block.materials.append(material)
        nodes = material.node_tree
        diffuse = nodes.nodes.new("ShaderNodeBsdfDiffuse")
        diffuse.inputs[0].default_value = (1, 1, 1, 1)
        nodes.links.new(diffuse.outputs[0], nodes.nodes["Material Output"].inputs[0])
        plane = bpy.data.objects.new("plane", block)
        bpy.context.scene.collection.objects.link(plane)
        return plane
