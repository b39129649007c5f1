"""The list of kept and rejected scenes, and scenes of another renderer."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine.data.image_file import encode_webp
from engine.data.importers.folder import FolderImporter
from engine.data.importers.reading import encode_depth
from engine.data.landscapes.labels import ID, TABLE
from engine.data.landscapes.scene_folder import RenderedScene, prepare_folder, save_scene, scene_name, split_of
from engine.data.landscapes.selection import (
    SceneList,
    SceneListError,
    adopt_scenes,
    load_scene_list,
    select_scenes,
)
from engine.data.png import write_gray16_png, write_indexed_png
from engine.geometry import Size
from engine.layout import Layout

_SIZE = Size(64, 32)


def _scene(seed: int) -> RenderedScene:
    ids = np.full((32, 64), ID["sky"], np.uint8)
    ids[16:] = ID["grass"]
    rgb = np.full((32, 64, 3), 20 + seed % 200, np.uint8)
    return RenderedScene(seed, "test", _SIZE, rgb, Layout.from_classes(ids), np.full((32, 64), 9.0, np.float32), {})


def _folder(root, seeds):
    prepare_folder(root)
    for seed in seeds:
        save_scene(root, _scene(seed))
    return root


def _names(root):
    return sorted(p.stem for p in root.glob("*/photographs/*.webp"))


def test_a_rejected_seed_inside_a_kept_range_is_left_out(tmp_path):
    path = tmp_path / "list.toml"
    path.write_text('kept = [[10, 13], 20]\n[rejected]\n"12" = "dull"\n')
    scenes = load_scene_list(path)
    assert scenes.kept == (10, 11, 13, 20)
    assert scenes.rejected == {12: "dull"}


@pytest.mark.parametrize(
    "text", ["", "kept = 3", 'kept = ["a"]', "kept = [[5, 2]]", "kept = [-1]", "\x00", "kept = [[1]]"]
)
def test_what_is_no_list_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "list.toml"
    path.write_text(text)
    with pytest.raises(SceneListError, match="no list of scenes") as caught:
        load_scene_list(path)
    assert "\n" not in str(caught.value)


def test_kept_scenes_of_two_folders_come_together_and_others_leave(tmp_path):
    one, two, out = _folder(tmp_path / "a", [1, 2, 3]), _folder(tmp_path / "b", [4, 5]), tmp_path / "out"
    assert select_scenes([one, two], SceneList((1, 2, 4), {}), out) == 3
    assert _names(out) == [scene_name(s) for s in (1, 2, 4)]
    assert select_scenes([one, two], SceneList((2, 5), {}), out) == 2
    assert _names(out) == [scene_name(s) for s in (2, 5)]
    assert (out / split_of(5) / "photographs" / f"{scene_name(5)}.webp").is_file()


def test_a_kept_scene_that_was_never_rendered_is_named(tmp_path):
    with pytest.raises(SceneListError, match="77"):
        select_scenes([_folder(tmp_path / "a", [1])], SceneList((1, 77), {}), tmp_path / "out")


def test_scenes_of_another_renderer_get_our_classes_and_simple_labels(tmp_path):
    root, out = tmp_path / "raw", tmp_path / "out"
    for part in ("photographs", "layouts", "instances", "depth"):
        (root / part).mkdir(parents=True)
    (root / "classes.toml").write_text(
        '[[class]]\nkey = "dirt"\nname = "Dirt"\ncolour = "#804020"\n'
        '[[class]]\nkey = "sky"\nname = "Sky"\ncolour = "#80c0ff"\n'
    )
    ids = np.zeros((64, 128), np.uint8)
    ids[:32] = 1
    ids[40, 50] = 1  # a speck
    (root / "layouts/0007.png").write_bytes(write_indexed_png(ids, TABLE.colours()))
    (root / "instances/0007.png").write_bytes(write_gray16_png(np.zeros((64, 128), np.uint16)))
    depth = np.where(ids == 1, 0.0, 12.0).astype(np.float32)
    (root / "depth/0007.png").write_bytes(write_gray16_png(encode_depth(depth)))
    (root / "photographs/0007.webp").write_bytes(encode_webp(np.full((64, 128, 3), 99, np.uint8), quality=90))

    assert adopt_scenes(root, out, 500, lambda *_: None) == 1

    sample = FolderImporter(out / split_of(500), None).load(scene_name(500))
    assert set(np.unique(sample.layout.class_ids)) == {ID["sky"], ID["earth"]}
    assert sample.layout.class_ids[40, 50] == ID["earth"]
    record = json.loads((out / split_of(500) / "scenes" / f"{scene_name(500)}.json").read_text())
    assert record["name"] == "0007"
