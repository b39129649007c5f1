"""Tests of edits of the document as a whole: size, class table, import."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.classes import VOID, ClassInfo, ClassTable
from engine.document.document import Change, Document
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.reveals import build_reveal, reveal_mask
from engine.document.snapshot import Quality
from engine.geometry import Bounds, Size, pixel_affine
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
SKY, BUILDING, ROAD, TREE, CAR = range(5)


def _matched(document: Document) -> tuple[tuple[RegionRecord, ...], dict[str, int]]:
    """Match as a FINAL does; return all records, and the record id by class key."""
    snapshot = document.snapshot(Quality.FINAL)
    regions = find_regions(snapshot.layout, snapshot.table, min_share=0.0)
    found = match_regions(snapshot.records, regions, snapshot.table, snapshot.layout.size, snapshot.next_record_id)
    assert document.annotate(snapshot.generation, found.records, found.next_record_id, {})
    keys = [snapshot.table[region.class_id].key for region in regions]
    return found.records, dict(zip(keys, found.record_ids, strict=True))


@pytest.fixture
def document() -> Document:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    _matched(document)
    return document


def _heard(document: Document) -> list[Change]:
    heard: list[Change] = []
    document.subscribe(heard.append)
    return heard


def test_scaling_is_one_step_and_every_pixel_is_the_nearest(document: Document) -> None:
    before, heard = document.snapshot(Quality.FINAL).layout, _heard(document)
    assert document.resize(Size(64, 48), mode="scale") == Bounds(0, 0, 64, 48)
    np.testing.assert_array_equal(document.class_ids, np.kron(before.class_ids, np.ones((2, 2), np.uint8)))
    assert [c.kind for c in heard] == ["size", "layout", "history"]
    assert document.history.undo_names == ("Scale to 64x48",)
    assert document.undo() == Bounds(0, 0, 32, 24)
    assert document.snapshot(Quality.FINAL).layout == before
    assert document.redo() == Bounds(0, 0, 64, 48)
    document.resize(Size(32, 24), mode="scale")
    assert document.snapshot(Quality.FINAL).layout == before


def test_cropping_keeps_a_window_and_growing_adds_void(document: Document) -> None:
    before = document.class_ids.copy()
    document.resize(Size(40, 20), mode="crop", offset=(-4, 8))
    np.testing.assert_array_equal(document.class_ids[:16, 4:36], before[8:])
    assert (document.class_ids[16:] == VOID).all()
    assert (document.class_ids[:, :4] == VOID).all()
    assert (document.class_ids[:, 36:] == VOID).all()
    document.undo()
    np.testing.assert_array_equal(document.class_ids, before)


def test_painting_goes_on_at_the_new_size(document: Document) -> None:
    document.resize(Size(64, 48), mode="scale")
    document.begin_stroke(CAR)
    document.paint([(60, 44)], 3)
    document.commit_stroke()
    assert document.class_at(60, 44) == (CAR, 0)
    document.undo()
    document.undo()
    document.redo()
    document.redo()
    assert document.class_at(60, 44) == (CAR, 0)


def test_a_size_that_changes_nothing_is_no_step_and_an_impossible_one_is_refused(document: Document) -> None:
    assert not document.resize(Size(32, 24), mode="scale")
    assert not document.resize(Size(32, 24), mode="crop")
    with pytest.raises(ValueError, match="8 to 8192"):
        document.resize(Size(4, 24), mode="scale")
    with pytest.raises(ValueError, match="at most"):
        document.resize(Size(8192, 8192), mode="scale")
    with pytest.raises(ValueError, match="nothing of the layout"):
        document.resize(Size(16, 16), mode="crop", offset=(32, 0))
    assert document.history.undo_names == ()


@pytest.mark.parametrize(
    ("size", "mode", "offset"),
    [
        (Size(64, 48), "scale", (0, 0)),
        (Size(64, 24), "scale", (0, 0)),
        (Size(28, 20), "crop", (2, 2)),
        (Size(64, 64), "crop", (-16, -20)),
    ],
)
def test_regions_keep_their_records_at_another_size(document, size, mode, offset) -> None:
    _, before = _matched(document)
    for index, key in enumerate(("sky", "building", "road")):
        document.pick(before[key], f"feed{index}")
    document.resize(size, mode=mode, offset=offset)
    _, after = _matched(document)
    assert after == before


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(["scale", "crop"]),
    width=st.integers(8, 80),
    height=st.integers(8, 80),
    x=st.integers(-20, 20),
    y=st.integers(-20, 16),
)
def test_an_alignment_keeps_photograph_and_layout_together(mode, width, height, x, y) -> None:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    records, _ = _matched(document)
    theta = (1.25, 0.0, 0.125, 0.0, 0.75, -0.25)
    document.set_theta(records[0].id, theta)
    old, new, source = document.size, Size(width, height), Size(320, 240)
    if mode == "crop" and not Bounds(0, 0, width, height).shifted(x, y).clipped(old):
        return
    document.resize(new, mode=mode, offset=(x, y))
    carried = document.records[0].theta
    assert carried is not None
    before, after = pixel_affine(theta, old, source), pixel_affine(carried, document.size, source)
    for at in ((0.0, 0.0), (width - 1.0, height - 1.0)):
        if mode == "crop":
            there = (at[0] + x, at[1] + y)
        else:
            there = ((at[0] + 0.5) * old.width / width - 0.5, (at[1] + 0.5) * old.height / height - 0.5)
        np.testing.assert_allclose(after @ (*at, 1), before @ (*there, 1), atol=1.5)  # theta is rounded
    document.undo()
    assert document.records[0].theta == theta


def test_spill_and_reveals_stay_on_the_same_pixels() -> None:
    document = Document(parse_layout("ssss/sbbs/rrrr"), TABLE)
    records, _ = _matched(document)
    mask = np.zeros((24, 32), np.bool_)
    mask[10:14, 10:20] = True
    reveal = build_reveal("feed", mask)
    assert reveal is not None
    changed = (replace(records[0], spill=0.05, reveals=(reveal,)), *records[1:])
    assert document.annotate(document.generation, changed, document.next_record_id, {})
    document.resize(Size(32, 48), mode="crop", offset=(0, -12))
    record = document.records[0]
    assert record.spill == pytest.approx(0.025)
    np.testing.assert_array_equal(reveal_mask(record.reveals[0], document.size), np.pad(mask, ((12, 12), (0, 0))))
    document.resize(Size(64, 96), mode="scale")
    record = document.records[0]
    assert record.spill == pytest.approx(0.025)
    doubled = np.kron(np.pad(mask, ((12, 12), (0, 0))), np.ones((2, 2), np.bool_))
    np.testing.assert_array_equal(reveal_mask(record.reveals[0], document.size), doubled)
    document.resize(Size(8, 8), mode="crop")
    assert document.records[0].reveals == ()


# --- Import ------------------------------------------------------------------------------------------------------


def test_importing_a_layout_of_another_size_is_one_step(document: Document) -> None:
    other, heard = parse_layout("tt/cc"), _heard(document)
    assert document.import_layout(other, "Import street.png") == Bounds(0, 0, 16, 16)
    assert document.snapshot(Quality.FINAL).layout == other
    assert [c.kind for c in heard] == ["size", "layout", "history"]
    assert document.history.undo_names == ("Import street.png",)
    document.undo()
    assert document.snapshot(Quality.FINAL).layout == parse_layout("ssss/sbbs/rrrr")


def test_importing_a_layout_of_the_same_size_changes_pixels_only(document: Document) -> None:
    heard = _heard(document)
    assert document.import_layout(parse_layout("ssss/sbbs/rrrt"), "Import") == Bounds(24, 16, 32, 24)
    assert [c.kind for c in heard] == ["history", "layout"]
    with pytest.raises(ValueError, match="not in the table"):
        document.import_layout(Layout.blank(Size(9, 9), 77), "Import")


# --- The class table ---------------------------------------------------------------------------------------------


def _table(*keys: str) -> ClassTable:
    known = {info.key: info for info in TABLE}
    infos = (
        replace(known[key], id=index)
        if key in known
        else ClassInfo(index, key, key.title(), (index + 1, 2, 3), looks_like="tree")
        for index, key in enumerate(keys)
    )
    return ClassTable(TABLE.key, TABLE.name, tuple(infos))


KEYS = tuple(info.key for info in TABLE)


def test_a_class_is_added_renamed_and_recoloured_without_touching_pixels(document: Document) -> None:
    heard = _heard(document)
    assert not document.replace_table(_table(*KEYS, "palm"))
    assert [c.kind for c in heard] == ["table", "history"]
    assert document.history.undo_names == ("Edit classes",)
    document.fill(0, 0, len(KEYS))
    assert document.history.undo_names[0] == "Fill palm"
    document.undo()
    document.undo()
    assert document.table == TABLE
    assert heard[-2].kind == "table"
    document.redo()
    assert document.table.get("palm") is not None
    assert not document.replace_table(document.table)
    assert len(document.history.undo_names) == 1


def test_ids_are_mapped_and_records_follow_their_classes(document: Document) -> None:
    records, _ = _matched(document)
    before = document.class_ids.copy()
    swapped = _table("building", "sky", *KEYS[2:])
    bounds = document.replace_table(swapped, {SKY: 0 + 1, BUILDING: 0})
    assert bounds == Bounds(0, 0, 32, 16)
    np.testing.assert_array_equal(document.class_ids == 1, before == SKY)
    np.testing.assert_array_equal(document.class_ids == 0, before == BUILDING)
    assert document.records == records
    renamed = ClassTable(
        TABLE.key, TABLE.name, tuple(replace(i, key="tower" if i.key == "building" else i.key) for i in swapped)
    )
    document.replace_table(renamed)
    assert [r.class_key for r in document.records] == [r.class_key.replace("building", "tower") for r in records]
    document.undo()
    document.undo()
    np.testing.assert_array_equal(document.class_ids, before)
    assert document.table == TABLE
    assert document.records == records


def test_a_class_that_is_taken_away_becomes_another_or_void() -> None:
    document = Document(parse_layout("tc/cr", instances="01/20"), TABLE)
    document.replace_table(_table("sky", "building", "road", "tree", *KEYS[5:]), {CAR: VOID})
    assert document.class_at(8, 0) == (VOID, 0)
    assert document.class_at(0, 0) == (TREE, 0)
    document.undo()
    assert document.class_at(8, 0) == (CAR, 1)


def test_a_table_that_lacks_a_class_in_use_is_refused(document: Document) -> None:
    with pytest.raises(ValueError, match="not in the table"):
        document.replace_table(_table("sky", "building"))
    with pytest.raises(ValueError, match="class ids lie"):
        document.replace_table(TABLE, {300: 1})
    with pytest.raises(ValueError, match="class ids lie"):
        document.replace_table(TABLE, {VOID: 1})
    assert document.history.undo_names == ()
    assert document.table == TABLE


def test_a_step_shows_its_own_tables_colours_after_ids_were_mapped(document: Document) -> None:
    document.replace_table(_table("building", "sky", *KEYS[2:]), {SKY: 1, BUILDING: 0})
    first, last = document.history.steps
    np.testing.assert_array_equal(first.rgb(), last.rgb())
