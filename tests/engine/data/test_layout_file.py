from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from engine.classes import VOID, builtin_class_table
from engine.data.layout_file import (
    LayoutFileError,
    choose_table,
    load_layout,
    save_layout_coloured,
    save_layout_index,
    save_rgb,
)
from engine.data.png import read_png, write_gray16_png, write_gray_png, write_indexed_png, write_rgb_png
from engine.layout import Layout

TABLE = builtin_class_table("street")


def painted() -> Layout:
    """A layout with every class of the table, and void."""
    class_ids = np.full((12, 24), VOID, np.uint8)
    class_ids[:, : len(TABLE)] = np.arange(len(TABLE), dtype=np.uint8)
    return Layout.from_classes(class_ids)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "layout.png"
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("save", [save_layout_index, save_layout_coloured])
def test_a_saved_layout_is_read_back_equal(tmp_path, save):
    save(tmp_path / "layout.png", painted(), TABLE)
    assert load_layout(tmp_path / "layout.png", TABLE) == painted()


def test_the_index_png_has_class_ids_and_the_class_colours_as_its_palette(tmp_path):
    save_layout_index(tmp_path / "layout.png", painted(), TABLE)
    indices, info = read_png((tmp_path / "layout.png").read_bytes())
    assert np.array_equal(indices, painted().class_ids)
    assert info.palette is not None
    assert np.array_equal(info.palette, TABLE.colours())


def test_a_grey_png_holds_ids(tmp_path):
    path = written(tmp_path, write_gray_png(painted().class_ids))
    assert load_layout(path, TABLE) == painted()


def test_an_indexed_png_with_a_foreign_palette_holds_ids(tmp_path):
    palette = np.arange(256 * 3, dtype=np.uint32).reshape(256, 3).astype(np.uint8) | np.uint8(1)
    path = written(tmp_path, write_indexed_png(painted().class_ids, palette))
    assert load_layout(path, TABLE) == painted()


def test_an_indexed_png_whose_colours_were_renumbered_is_read_by_colour(tmp_path):
    palette = TABLE.colours()[[VOID, 3, 1]]
    indices = np.tile(np.array([0, 1, 2, 1], np.uint8), (8, 2))
    path = written(tmp_path, write_indexed_png(indices, palette))
    assert load_layout(path, TABLE).class_ids[0, :4].tolist() == [VOID, 3, 1, 3]


def test_ids_outside_the_table_are_named_and_counted(tmp_path):
    class_ids = np.zeros((8, 8), np.uint8)
    class_ids[0, :3], class_ids[1, 0] = 200, 99
    path = written(tmp_path, write_gray_png(class_ids))
    message = r"layout\.png: ids outside .*'street'.*: 200 \(3 pixels\), 99 \(1 pixels\)$"
    with pytest.raises(LayoutFileError, match=message):
        load_layout(path, TABLE)


def test_colours_outside_the_table_are_named_and_counted(tmp_path):
    rgb = np.broadcast_to(np.array(TABLE[0].colour, np.uint8), (8, 8, 3)).copy()
    rgb[0, 0] = (1, 2, 3)
    path = written(tmp_path, write_rgb_png(rgb))
    with pytest.raises(LayoutFileError, match=r"colours outside .*#010203 \(1 pixels\)$"):
        load_layout(path, TABLE)


def test_many_foreign_colours_are_summed_up(tmp_path):
    rgb = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    with pytest.raises(LayoutFileError, match=r"and \d+ more$") as caught:
        load_layout(written(tmp_path, write_rgb_png(rgb)), TABLE)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"GIF89a", "not a PNG"),
        (b"", "not a PNG"),
        (write_gray_png(np.zeros((16, 16), np.uint8))[:60], "broken PNG"),
        (write_gray16_png(np.zeros((16, 16), np.uint16)), "16-bit"),
        (write_gray_png(np.zeros((4, 4), np.uint8)), "8 to 8192"),
    ],
)
def test_what_is_no_layout_is_refused_in_one_line(tmp_path, data, reason):
    with pytest.raises(LayoutFileError, match=reason) as caught:
        load_layout(written(tmp_path, data), TABLE)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    with pytest.raises(LayoutFileError, match=r"none\.png: no such file"):
        load_layout(tmp_path / "none.png", TABLE)
    with pytest.raises(LayoutFileError, match="is a directory"):
        load_layout(tmp_path, TABLE)


def test_the_same_picture_and_text_give_the_same_bytes(tmp_path):
    rgb = np.random.default_rng(1).integers(0, 256, (9, 17, 3), dtype=np.uint8)
    for name in ("a.png", "b.png"):
        save_rgb(tmp_path / name, rgb, {"Tessera": '{"seed":0}'})
    data = (tmp_path / "a.png").read_bytes()
    assert data == (tmp_path / "b.png").read_bytes()
    array, info = read_png(data)
    assert np.array_equal(array, rgb)
    assert info.text == {"Tessera": '{"seed":0}'}


def test_a_full_disk_leaves_the_old_picture_whole(tmp_path, monkeypatch):
    path = tmp_path / "image.png"
    save_rgb(path, np.zeros((8, 8, 3), np.uint8))
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_rgb(path, np.ones((8, 8, 3), np.uint8))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["image.png"]


LANDSCAPE = builtin_class_table("landscape")


@pytest.mark.parametrize("save", [save_layout_index, save_layout_coloured])
@pytest.mark.parametrize("table", [TABLE, LANDSCAPE], ids=lambda table: table.key)
def test_a_layout_is_read_in_the_table_whose_colours_it_has(tmp_path, save, table):
    layout = Layout.from_classes(np.arange(len(TABLE), dtype=np.uint8).repeat(64).reshape(-1, 64))
    save(tmp_path / "layout.png", layout, table)
    assert choose_table(tmp_path / "layout.png", [LANDSCAPE, TABLE]).key == table.key
    assert choose_table(tmp_path / "layout.png", [TABLE, LANDSCAPE]).key == table.key


def test_a_layout_of_nobodys_colours_is_read_in_the_first_table(tmp_path):
    ids = np.zeros((16, 16), np.uint8)
    grey = written(tmp_path, write_gray_png(ids))
    assert choose_table(grey, [LANDSCAPE, TABLE]) is LANDSCAPE
    foreign = written(tmp_path, write_indexed_png(ids, np.full((256, 3), 77, np.uint8)))
    assert choose_table(foreign, [TABLE, LANDSCAPE]) is TABLE
    with pytest.raises(LayoutFileError, match="no such file"):
        choose_table(tmp_path / "none.png", [TABLE, LANDSCAPE])
