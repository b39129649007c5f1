"""Tests of rendering into a folder: resuming, splitting, what the importer reads; one tiny scene where bpy is there."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from engine.data.importers.folder import FolderImporter
from engine.data.landscapes.clear_sky import AEROSOLS, SUN_ELEVATIONS_DEG, SkyTableError, load_sky_table
from engine.data.landscapes.clouds import Cirrus
from engine.data.landscapes.labels import ID
from engine.data.landscapes.render import render_range
from engine.data.landscapes.scene_folder import SPLITS, RenderedScene, is_finished, prepare_folder, split_of
from engine.data.landscapes.sky import build_sky
from engine.geometry import Size
from engine.layout import Layout

SIZE = Size(64, 32)
ROOT = Path(__file__).resolve().parents[4]


class StoppedError(Exception):
    pass


class FakeRenderer:
    """Returns a grey scene for every seed; stops at one, as a kill would."""

    def __init__(self, *, stop_at=None):
        self.seeds = []
        self._stop_at = stop_at

    def render(self, seed, size):
        if seed == self._stop_at:
            raise StoppedError
        self.seeds.append(seed)
        shape = (size.height, size.width)
        rgb = np.full((*shape, 3), 40 + seed % 100, np.uint8)
        layout = Layout(np.full(shape, ID["grass"], np.uint8), np.zeros(shape, np.uint16))
        return RenderedScene(seed, "meadow", size, rgb, layout, np.full(shape, 25.0, np.float32), {"samples": 1})


def run(root, renderer, seeds, size=SIZE):
    return render_range(root, seeds, size, renderer.render, lambda *_: None)


def test_a_stopped_run_goes_on_where_it_was(tmp_path):
    first, second = FakeRenderer(stop_at=5), FakeRenderer()
    with pytest.raises(StoppedError):
        run(tmp_path, first, range(8))
    report = run(tmp_path, second, range(8))
    assert (first.seeds, second.seeds) == ([0, 1, 2, 3, 4], [5, 6, 7])
    assert report.finished_before == (0, 1, 2, 3, 4)


def test_a_scene_without_its_record_is_rendered_again(tmp_path):
    run(tmp_path, FakeRenderer(), range(1))
    (record,) = tmp_path.glob("*/scenes/*.json")
    record.unlink()
    again = FakeRenderer()
    run(tmp_path, again, range(1))
    assert again.seeds == [0]


@pytest.mark.parametrize("text", ["", "[]", "{", '{"size": "8x8"}'])
def test_a_record_that_is_broken_or_of_another_size_does_not_count(tmp_path, text):
    run(tmp_path, FakeRenderer(), range(1))
    (record,) = tmp_path.glob("*/scenes/*.json")
    record.write_text(text)
    assert not is_finished(tmp_path, 0, SIZE)


def test_two_runs_share_a_folder_by_their_seeds(tmp_path):
    run(tmp_path, FakeRenderer(), range(4))
    run(tmp_path, FakeRenderer(), range(4, 8))
    names = [name for split in SPLITS for name in stems(tmp_path, split)]
    assert sorted(names) == [f"landscape_{seed:06d}" for seed in range(8)]


def stems(root, split):
    return [path.stem for path in (root / split / "photographs").iterdir()]


def test_progress_counts_what_was_there(tmp_path):
    run(tmp_path, FakeRenderer(), range(2))
    told = []
    render_range(tmp_path, range(4), SIZE, FakeRenderer().render, lambda *line: told.append(line))
    assert told == [(2, 4, "seed 2"), (3, 4, "seed 3"), (4, 4, "done")]


def test_every_seed_has_one_split_and_eight_tenths_are_for_training():
    splits = [split_of(seed) for seed in range(4000)]
    assert splits == [split_of(seed) for seed in range(4000)]
    assert 0.77 < splits.count("train") / 4000 < 0.83
    assert 0.08 < splits.count("val") / 4000 < 0.12
    assert 0.08 < splits.count("test") / 4000 < 0.12


def test_the_folder_importer_reads_what_was_rendered(tmp_path):
    run(tmp_path, FakeRenderer(), range(3))
    samples = []
    for split in SPLITS:
        if stems(tmp_path, split):
            importer = FolderImporter(tmp_path / split, None)
            assert importer.table.key == "landscape"
            samples += [importer.load(name) for name in importer.names()]
    assert sorted(sample.name for sample in samples) == [f"landscape_{seed:06d}" for seed in range(3)]
    for sample in samples:
        assert sample.rgb.shape == (32, 64, 3)
        assert np.all(sample.layout.class_ids == ID["grass"])
        assert sample.depth_m is not None
        assert np.allclose(sample.depth_m, 25.0, rtol=1e-3)
        origin = sample.provenance
        assert (origin.dataset, origin.group, origin.licence) == ("tessera-landscapes", sample.name, "MIT")
        assert origin.author == "The Tessera authors"


def test_an_empty_folder_is_prepared_for_every_split(tmp_path):
    prepare_folder(tmp_path)
    assert sorted(path.parent.name for path in tmp_path.glob("*/classes.toml")) == sorted(SPLITS)


def write_even_skies(path):
    """A table of skies of one colour: the real one takes a minute to make."""
    shape = (len(AEROSOLS), len(SUN_ELEVATIONS_DEG))
    panoramas = np.broadcast_to(np.array([8, 12, 20], np.float32), (*shape, 64, 128, 3))
    np.savez(path, panoramas=panoramas, suns=np.full((*shape, 3), 200.0), skies=np.full((*shape, 3), 40.0))
    return path


def no_progress(_line):
    pytest.fail("the table is there and must not be made again")


def test_a_table_of_skies_is_read_and_looked_up_between_its_entries(tmp_path):
    table = load_sky_table(write_even_skies(tmp_path / "sky.npz"), no_progress)
    clear = table.at(1.5, 20.0)
    assert clear.sun_rgb == pytest.approx([2, 2, 2])
    assert clear.radiance(np.zeros((2, 3)), np.full((2, 3), 0.3), 1.0)[0, 0] == pytest.approx([0.08, 0.12, 0.2])


def test_a_broken_table_of_skies_is_refused_in_one_line(tmp_path):
    path = tmp_path / "sky.npz"
    path.write_bytes(b"no table")
    with pytest.raises(SkyTableError, match=r"sky\.npz: broken table of skies, delete it"):
        load_sky_table(path, no_progress)
    np.savez(path, panoramas=np.zeros(3), suns=np.zeros(3), skies=np.zeros(3))
    with pytest.raises(SkyTableError, match="not this program's table of skies"):
        load_sky_table(path, no_progress)


def test_clouds_cover_part_of_the_sky_and_a_clear_one_has_none(tmp_path):
    table = load_sky_table(write_even_skies(tmp_path / "sky.npz"), no_progress)
    light = {"aerosol": 1.0, "sun_azimuth_deg": 60.0, "sun_elevation_deg": 30.0}
    clear = build_sky(table, (), **light, rng=np.random.default_rng(0))
    veiled = build_sky(table, (Cirrus(0.0, 0.8),), **light, rng=np.random.default_rng(0))
    assert clear.coverage.max() == 0
    assert 0.05 < veiled.coverage.mean() < 0.8
    assert np.isfinite(veiled.radiance).all()
    assert np.linalg.norm(clear.towards_sun) == pytest.approx(1)


@pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="the extra [render] is not installed: no bpy")
def test_one_tiny_scene_is_rendered_by_cycles(tmp_path):
    command = [sys.executable, "-m", "engine", "landscapes", "render", "--count", "1", "--seed", "2", "--size", "64x32"]
    skies = write_even_skies(tmp_path / "sky.npz")
    command += ["--samples", "1", "--threads", "1", "--skies", str(skies), "-o", str(tmp_path / "out")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{tmp_path / 'out'}: 1 scene rendered\n"
    (record,) = (tmp_path / "out").glob("*/scenes/*.json")
    assert json.loads(record.read_text())["family"] == "desert"
    importer = FolderImporter(record.parent.parent, None)
    sample = importer.load("landscape_000002")
    assert sample.rgb.shape == (32, 64, 3)
    assert sample.rgb.std() > 5
    assert {ID["sky"], ID["sand"]} <= set(np.unique(sample.layout.class_ids).tolist())
    assert sample.depth_m is not None
    assert sample.depth_m[-1].max() < 500 < sample.depth_m[0].min()
