from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.classes import VOID, builtin_class_table
from engine.data.encodings import encoding
from engine.data.foreign_layout import (
    MAX_GROUPS,
    ForeignLayout,
    build_layout,
    group_values,
    read_foreign,
    value_text,
)
from engine.data.layout_file import ForeignLayoutError, LayoutFileError, load_layout
from engine.data.png import write_gray16_png, write_gray_png, write_indexed_png, write_rgb_png, write_rgba_png

STREET = builtin_class_table("street")
SKY, ROAD, CAR = 0, 3, 8


def stripes(*values: object, width: int = 8, height: int = 16) -> np.ndarray:
    """Rows of equal height, one a value."""
    rows = np.repeat(np.array(values), height // len(values), axis=0)
    return np.repeat(rows[:, None], width, axis=1)


def read_one(folder: Path, data: bytes) -> ForeignLayout:
    path = folder / "foreign.png"
    path.write_bytes(data)
    return read_foreign(path)[0]


def test_ids_are_counted_and_keep_their_places(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(23, 7).astype(np.uint8)))
    assert foreign.kind == "ids"
    assert foreign.values.tolist() == [7, 23]
    assert foreign.counts.tolist() == [64, 64]
    assert foreign.values[foreign.index[0, 0]] == 23


def test_an_indexed_picture_may_be_colours_or_ids(tmp_path: Path):
    path = tmp_path / "foreign.png"
    path.write_bytes(write_indexed_png(stripes(0, 1).astype(np.uint8), np.array([[9, 8, 7], [1, 2, 3]], np.uint8)))
    colours, ids = read_foreign(path)
    assert colours.values.tolist() == [0x010203, 0x090807]
    assert ids.values.tolist() == [0, 1]


def test_transparent_pixels_have_no_value(tmp_path: Path):
    rgba = np.zeros((8, 8, 4), np.uint8)
    rgba[:4] = (10, 20, 30, 255)
    foreign = read_one(tmp_path, write_rgba_png(rgba))
    assert foreign.values.tolist() == [0x0A141E]
    assert (foreign.index[4:] == -1).all()
    layout, report = build_layout(foreign, group_values(foreign), [SKY])
    assert (layout.class_ids[4:] == VOID).all()
    assert report.transparent_px == 32


def test_a_jpeg_is_read_with_a_tolerance(tmp_path: Path):
    rgb = stripes((70, 130, 180), (128, 64, 128), width=64, height=64).astype(np.uint8)
    path = tmp_path / "foreign.jpg"
    cv2.imwrite(str(path), rgb[..., ::-1])
    (foreign,) = read_foreign(path)
    grouping = group_values(foreign, encoding("cityscapes_colours"), tolerance=24)
    assert {g.name for g in grouping.groups[:2]} == {"sky", "road"}
    assert sum(g.pixels for g in grouping.groups[:2]) > 0.98 * 64 * 64


def test_without_tolerance_near_colours_stay_apart(tmp_path: Path):
    foreign = read_one(tmp_path, write_rgb_png(stripes((70, 130, 180), (71, 130, 180)).astype(np.uint8)))
    assert len(group_values(foreign).groups) == 2
    assert [g.value for g in group_values(foreign, tolerance=1).groups] == [0x4682B4]


def test_a_colour_belongs_to_the_nearest_of_the_encoding_not_to_the_first(tmp_path: Path):
    # seat is #07ffe0 and swivel chair #0a00ff; cushion #ffc207 lies 23 from fence #ffb806
    foreign = read_one(tmp_path, write_rgb_png(stripes((255, 186, 6), (255, 192, 7)).astype(np.uint8)))
    grouping = group_values(foreign, encoding("ade20k_colours"), tolerance=30)
    assert sorted(g.name for g in grouping.groups) == ["cushion", "fence"]


def test_cityscapes_instances_become_objects_of_their_own(tmp_path: Path):
    values = stripes(7, 26001, 26002, 27001).astype(np.uint16)
    foreign = read_one(tmp_path, write_gray16_png(values))
    grouping = group_values(foreign, encoding("cityscapes_instances"))
    by_name = {g.name: i for i, g in enumerate(grouping.groups)}
    classes = [VOID] * len(grouping.groups)
    classes[by_name["road"]], classes[by_name["car"]], classes[by_name["truck"]] = ROAD, CAR, CAR
    layout, _ = build_layout(foreign, grouping, classes)
    assert layout.class_ids[:, 0].tolist() == [ROAD] * 4 + [CAR] * 12
    numbers = layout.instance_ids[::4, 0].tolist()
    assert numbers[0] == 0
    assert len({*numbers[1:]}) == 3


def test_what_matches_nothing_becomes_void_and_is_reported(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(7, 7, 23, 99).astype(np.uint8)))
    grouping = group_values(foreign, encoding("cityscapes"))
    classes = {"road": ROAD, "sky": SKY}
    layout, report = build_layout(foreign, grouping, [classes.get(g.name, VOID) for g in grouping.groups])
    assert report.lost_px == 32
    assert [(row.value, row.pixels) for row in report.lost] == [(99, 32)]
    assert report.total_px == 128
    assert (layout.class_ids[12:] == VOID).all()


def test_unmatched_pixels_can_take_the_class_beside_them(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(7, 7, 99, 23).astype(np.uint8)))
    grouping = group_values(foreign, encoding("cityscapes"))
    classes = {"road": ROAD, "sky": SKY}
    layout, report = build_layout(foreign, grouping, [classes.get(g.name, VOID) for g in grouping.groups], grow=True)
    assert report.grown
    assert layout.class_ids[:, 0].tolist() == [ROAD] * 10 + [SKY] * 6


def test_what_means_void_stays_void_and_grows_into_what_is_lost(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(7, 0, 99, 0).astype(np.uint8)))
    grouping = group_values(foreign, encoding("cityscapes"))
    layout, report = build_layout(
        foreign, grouping, [ROAD if g.name == "road" else VOID for g in grouping.groups], grow=True
    )
    assert report.grown
    assert layout.class_ids[:, 0].tolist() == [ROAD] * 4 + [VOID] * 12
    assert [row.value for row in report.lost] == [99]


def test_growing_into_a_picture_without_any_class_changes_nothing(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(99, 98).astype(np.uint8)))
    layout, report = build_layout(foreign, group_values(foreign), [VOID, VOID], grow=True)
    assert not report.grown
    assert (layout.class_ids == VOID).all()


def test_only_the_most_frequent_colours_are_listed_and_the_rest_is_counted(tmp_path: Path):
    rgb = np.zeros((32, 32, 3), np.uint8)
    rgb[..., 0], rgb[..., 1] = np.arange(32)[:, None] * 8, np.arange(32) * 8
    foreign = read_one(tmp_path, write_rgb_png(rgb))
    grouping = group_values(foreign)
    assert len(grouping.groups) == MAX_GROUPS
    assert grouping.lost_values == grouping.lost_pixels == 1024 - MAX_GROUPS
    _, report = build_layout(foreign, grouping, [SKY] * MAX_GROUPS)
    assert report.lost[0].name == "768 rarer colours"


def test_a_mapping_of_another_length_is_refused(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(1, 2).astype(np.uint8)))
    with pytest.raises(ValueError, match="one class a group"):
        build_layout(foreign, group_values(foreign), [SKY])


def test_an_encoding_of_the_other_kind_is_refused(tmp_path: Path):
    foreign = read_one(tmp_path, write_gray_png(stripes(1, 2).astype(np.uint8)))
    with pytest.raises(ValueError, match="not of ids"):
        group_values(foreign, encoding("ade20k_colours"))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not a JPEG"),
        (b"\x89PNG\r\n\x1a\n", "broken PNG"),
        (b"GIF89a" + bytes(40), "not a JPEG, PNG or WebP"),
        (b"\xff\xd8\xff\xe0", "truncated JPEG"),
        (write_gray_png(np.zeros((4, 9), np.uint8)), "8 to 8192"),
    ],
)
def test_hostile_and_unfit_files_are_refused_in_one_line(tmp_path: Path, data: bytes, reason: str):
    path = tmp_path / "foreign.png"
    path.write_bytes(data)
    with pytest.raises(LayoutFileError, match=reason) as caught:
        read_foreign(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(LayoutFileError, match="no such file"):
        read_foreign(tmp_path / "nowhere.png")


@pytest.mark.parametrize(
    "data",
    [
        write_gray_png(stripes(23, 7).astype(np.uint8)),
        write_gray16_png(stripes(1, 2).astype(np.uint16)),
        write_rgb_png(stripes((1, 2, 3), (4, 5, 6)).astype(np.uint8)),
    ],
)
def test_a_sound_layout_of_another_table_says_so(tmp_path: Path, data: bytes):
    path = tmp_path / "foreign.png"
    path.write_bytes(data)
    with pytest.raises(ForeignLayoutError):
        load_layout(path, STREET)


def test_values_are_written_as_people_write_them():
    assert value_text(26, "ids") == "26"
    assert value_text(0x0A0B0C, "colours") == "#0a0b0c"
