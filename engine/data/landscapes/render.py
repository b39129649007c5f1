"""Rendering scenes: one, or a range of seeds into a folder, going on where an earlier run was stopped."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.data.landscapes.assembly import Assembly
from engine.data.landscapes.blender import load_blender, set_up_render
from engine.data.landscapes.camera import Camera
from engine.data.landscapes.clear_sky import SkyTable, load_sky_table
from engine.data.landscapes.colours import draw_colours
from engine.data.landscapes.composition import choose_composition
from engine.data.landscapes.development import develop
from engine.data.landscapes.exr import read_exr
from engine.data.landscapes.passes import ExactLabels, read_labels, read_radiance
from engine.data.landscapes.scene_folder import RenderedScene, is_finished, list_sources, prepare_folder, save_scene
from engine.data.landscapes.simplify import simplify_layout
from engine.data.landscapes.sky import build_sky
from engine.data.landscapes.terrain import Terrain
from engine.geometry import Size

RenderScene = Callable[[int, Size], RenderedScene]


@dataclass(frozen=True)
class RunReport:
    """What a run did: seeds rendered now, and those it found finished."""

    rendered: tuple[int, ...]
    finished_before: tuple[int, ...]


def render_range(
    root: Path, seeds: range, size: Size, render: RenderScene, progress: Callable[[int, int, str], None]
) -> RunReport:
    """Render the seeds that are not there yet; stopped at any moment, it goes on when called again.

    Args:
        root: the folder.
        seeds: which scenes.
        size: of the pictures.
        render: makes one scene.
        progress: called with (done, total, what is done now).

    Raises:
        OSError: if the folder cannot be written.
    """
    prepare_folder(root)
    before = tuple(seed for seed in seeds if is_finished(root, seed, size))
    rendered: list[int] = []
    try:
        for seed in seeds:
            if seed in before:
                continue
            progress(len(before) + len(rendered), len(seeds), f"seed {seed}")
            save_scene(root, render(seed, size))
            rendered.append(seed)
    finally:
        list_sources(root)
    progress(len(seeds), len(seeds), "done")
    return RunReport(tuple(rendered), before)


class Renderer:
    """Renders scenes with Cycles on this machine's processors."""

    def __init__(self, sky_table: Path, *, samples: int, threads: int, progress: Callable[[str], None]) -> None:
        """Load Blender and the table of skies, which is made where it is missing.

        Args:
            sky_table: the table's file.
            samples: rays a pixel.
            threads: processors to use.
            progress: told about the table.

        Raises:
            RendererMissingError: if ``bpy`` is not installed.
            SkyTableError: if the table is broken.
        """
        with _quiet(1, 2):  # Blender's sound module complains about NumPy 2 and is not used
            self._bpy = load_blender()
        with _quiet(1):
            self._table: SkyTable = load_sky_table(sky_table, progress)
        self._samples, self._threads = samples, threads

    def render(self, seed: int, size: Size) -> RenderedScene:
        """Return the scene of a seed."""
        started_s = time.perf_counter()
        rng = np.random.default_rng((seed, 1 << 20))
        scene = choose_composition(seed)
        colours = draw_colours(scene.biome, np.random.default_rng(scene.seed))
        terrain = Terrain(scene, colours)
        light = scene.light
        sky = build_sky(
            self._table,
            light.clouds,
            aerosol=light.aerosol,
            sun_azimuth_deg=light.sun_azimuth_deg,
            sun_elevation_deg=light.sun_elevation_deg,
            rng=rng,
        )
        camera = Camera.aimed(scene.camera, size)
        built_s = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, _quiet(1):
            output = Path(folder) / "scene.exr"
            set_up_render(self._bpy, size, samples=self._samples, threads=self._threads, output=output)
            self._bpy.context.scene.cycles.seed = seed % (1 << 31)
            Assembly(self._bpy, scene, terrain, sky, colours, rng).run(camera)
            self._bpy.ops.render.render(write_still=True)
            image = read_exr(output)
        exact: ExactLabels = read_labels(image, camera, sky)
        layout = simplify_layout(exact.class_ids, exact.instance_ids, exact.depth_m)
        notes = {
            "biome": scene.biome,
            "sky": light.sky,
            "sun_elevation_deg": round(light.sun_elevation_deg, 1),
            "sun_azimuth_deg": round(light.sun_azimuth_deg, 1),
            "camera_height_m": round(scene.camera.height_m, 1),
            "fov_deg": round(scene.camera.fov_deg, 1),
            "samples": self._samples,
            "preparation_s": round(built_s - started_s, 1),
            "total_s": round(time.perf_counter() - started_s, 1),
        }
        rgb = develop(read_radiance(image), scene, sky, np.random.default_rng((seed, 1 << 21)))
        return RenderedScene(seed, scene.family, size, rgb, layout, exact.depth_m, notes)


@contextlib.contextmanager
def _quiet(*descriptors: int) -> Iterator[None]:
    """Send what is written to stdout (1) or stderr (2), also from C, to nowhere: Blender prints much."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(descriptor) for descriptor in descriptors]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for descriptor in descriptors:
            os.dup2(nowhere, descriptor)
        yield
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        for descriptor, copy in zip(descriptors, kept, strict=True):
            os.dup2(copy, descriptor)
            os.close(copy)
        os.close(nowhere)
