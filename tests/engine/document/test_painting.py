"""Tests of painting: options of strokes, shapes, moved regions."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from engine.classes import VOID
from engine.document.document import Change, Document
from engine.document.matching import footprint_of, match_regions
from engine.document.reveals import build_reveal, reveal_mask
from engine.document.shapes import Ellipse, Line, Polygon, Rectangle
from engine.document.snapshot import Quality
from engine.document.strokes import StrokeOptions
from engine.geometry import Bounds, Size
from engine.layout import Layout
from engine.regions import find_regions
from tests.support.layouts import parse_layout, small_table

TABLE = small_table()
SKY, BUILDING, ROAD, TREE, CAR = range(5)


def _document(picture: str = "ssss/sbbs/rrrr", instances: str | None = None) -> Document:
    layout = parse_layout(picture) if instances is None else parse_layout(picture, instances=instances)
    document = Document(layout, TABLE)
    snapshot = document.snapshot(Quality.FINAL)
    matching = match_regions((), find_regions(snapshot.layout, TABLE, min_share=0.0), TABLE, document.size, 1)
    assert document.annotate(snapshot.generation, matching.records, matching.next_record_id, {})
    return document


def _paint(document: Document, class_id: int, *points: tuple[float, float], radius_px: float = 3, **options) -> None:
    document.begin_stroke(class_id, options=StrokeOptions(**options))
    document.paint(points, radius_px)
    document.commit_stroke()


def test_a_protected_class_is_left_alone_by_strokes_fills_and_shapes() -> None:
    options = StrokeOptions(protected=frozenset({BUILDING, VOID}))
    for paint in (
        lambda d: _paint(d, TREE, (0, 12), (32, 12), radius_px=30, protected=options.protected),
        lambda d: _paint(d, TREE, (0, 0), (32, 24), radius_px=1, protected=options.protected),
        lambda d: d.fill(9, 9, TREE, options=options),
        lambda d: d.draw_shape(Rectangle((0, 0), (32, 24)), TREE, options=options),
    ):
        document = _document()
        before = document.class_ids == BUILDING
        paint(document)
        np.testing.assert_array_equal(document.class_ids == BUILDING, before)


def test_painting_only_over_a_class_changes_no_other() -> None:
    document = _document()
    road = document.class_ids == ROAD
    _paint(document, TREE, (0, 12), (32, 12), radius_px=30, only_over=ROAD)
    np.testing.assert_array_equal(document.class_ids == TREE, road)
    document.draw_shape(Ellipse((0, 0), (32, 24)), CAR, 3, options=StrokeOptions(only_over=SKY))
    assert not (document.class_ids[road] == CAR).any()
    assert (document.instance_ids[document.class_ids == CAR] == 3).all()
    _paint(document, VOID, (16, 12), radius_px=40, only_over=CAR)
    assert CAR not in document.class_ids
    _paint(document, SKY, (16, 12), radius_px=40, only_over=VOID)
    assert VOID not in document.class_ids


def test_a_stroke_over_nothing_that_may_be_painted_is_no_step() -> None:
    document = _document()
    _paint(document, TREE, (4, 4), only_over=CAR)
    assert document.history.undo_names == ()


def test_a_mirrored_stroke_is_symmetric_and_one_step() -> None:
    document = Document(Layout.blank(Size(40, 24), SKY), TABLE)
    changes: list[Change] = []
    document.subscribe(changes.append)
    document.begin_stroke(TREE, options=StrokeOptions(mirror_x_px=20, mirror_y_px=12))
    written = document.paint([(3.5, 3.5), (9.5, 6.5)], 2)
    assert [c.bounds for c in changes] == [
        Bounds(1, 1, 12, 9),
        Bounds(28, 1, 39, 9),
        Bounds(1, 15, 12, 23),
        Bounds(28, 15, 39, 23),
    ]
    assert written == Bounds(1, 1, 39, 23)
    document.commit_stroke()
    tree = document.class_ids == TREE
    assert tree.any()
    np.testing.assert_array_equal(tree, tree[:, ::-1])
    np.testing.assert_array_equal(tree, tree[::-1])
    document.undo()
    assert (document.class_ids == SKY).all()


def test_mirrored_fills_and_shapes_change_both_sides() -> None:
    document = Document(parse_layout("bsssb/sssss"), TABLE)
    document.fill(0, 0, TREE, options=StrokeOptions(mirror_x_px=20))
    assert document.class_at(39, 0) == (TREE, 0)
    document.draw_shape(Line((10, 10), (14, 10), 2), CAR, options=StrokeOptions(mirror_x_px=20))
    assert document.class_at(11, 10) == document.class_at(28, 10) == (CAR, 0)
    assert document.history.undo_names == ("Draw car", "Fill tree")
    document.fill(0, 0, ROAD, options=StrokeOptions(mirror_x_px=100))  # the mirror image lies outside
    assert document.class_at(39, 0) == (TREE, 0)


def test_pressure_changes_the_width_evenly_from_point_to_point() -> None:
    document = Document(Layout.blank(Size(64, 32), SKY), TABLE)
    document.begin_stroke(TREE)
    document.paint([(8, 16)], 2)
    document.paint([(56, 16)], [10])
    document.commit_stroke()
    widths = (document.class_ids == TREE).sum(axis=0)
    assert widths[8] == 4
    assert widths[55] == 20
    assert 10 <= widths[32] <= 14
    assert (np.diff(widths[8:56].astype(int)) >= 0).all()
    with pytest.raises(ValueError, match="as many radii"):
        document.begin_stroke(TREE)
        document.paint([(1, 1), (2, 2)], [1])


def test_a_square_brush_is_square() -> None:
    document = Document(Layout.blank(Size(32, 32), SKY), TABLE)
    _paint(document, TREE, (16, 16), radius_px=5, shape="square")
    assert (document.class_ids[11:21, 11:21] == TREE).all()
    assert (document.class_ids == TREE).sum() == 100


def test_a_shape_is_one_step_named_after_its_class() -> None:
    document = _document()
    assert document.draw_shape(Polygon(((0, 0), (8, 0), (8, 8), (0, 8))), TREE, 2) == Bounds(0, 0, 8, 8)
    assert document.class_at(3, 3) == (TREE, 2)
    assert document.draw_shape(Rectangle((2, 2), (4, 4)), VOID) == Bounds(2, 2, 4, 4)
    assert document.history.undo_names == ("Erase", "Draw tree")
    with pytest.raises(ValueError, match="not in the table"):
        document.draw_shape(Rectangle((2, 2), (4, 4)), 77)
    with pytest.raises(ValueError, match="finite"):
        document.draw_shape(Rectangle((2, 2), (4, float("nan"))), TREE)
    assert len(document.history.undo_names) == 2


def test_a_fill_closes_gaps() -> None:
    document = Document(Layout.blank(Size(64, 32), SKY), TABLE)
    _paint(document, BUILDING, (32, 0), (32, 12), radius_px=1)
    _paint(document, BUILDING, (32, 16), (32, 32), radius_px=1)
    assert document.fill(5, 5, TREE, close_gaps_px=4).right <= 33
    assert document.class_at(50, 5) == (SKY, 0)
    document.undo()
    assert document.fill(5, 5, TREE) == Bounds(0, 0, 64, 32)
    with pytest.raises(ValueError, match="can be closed"):
        document.fill(5, 5, TREE, close_gaps_px=-1)


# --- Moving regions ----------------------------------------------------------------------------------------------


def test_a_moved_region_leaves_void_and_takes_its_pixels_and_instance_along() -> None:
    document = _document("ssss/sccs/rrrr", instances="0000/0550/0000")
    assert document.move_region(10, 10, 4, -8) == Bounds(8, 0, 28, 16)
    assert document.class_at(12, 0) == document.class_at(27, 7) == (CAR, 5)
    assert document.class_at(8, 8) == (VOID, 0)
    assert document.class_at(28, 0) == (SKY, 0)
    assert document.history.undo_names == ("Move car",)
    document.undo()
    assert document.snapshot(Quality.FINAL).layout == parse_layout("ssss/sccs/rrrr", instances="0000/0550/0000")


def test_a_region_moved_over_itself_or_past_the_edge_keeps_what_is_inside() -> None:
    document = _document()
    document.move_region(10, 10, 1, 0)
    assert (document.class_ids == BUILDING).sum() == 128
    assert (document.class_ids == VOID).sum() == 8
    document.move_region(10, 10, -12, 0)
    assert (document.class_ids == BUILDING).sum() == 13 * 8
    document.move_region(0, 10, -100, 0)
    assert BUILDING not in document.class_ids


def test_void_and_a_move_of_no_pixel_move_nothing() -> None:
    document = _document(".s/ss")
    assert not document.move_region(0, 0, 3, 3)
    assert not document.move_region(12, 4, 0, 0)
    assert not document.region_mask_at(0, 0).any()
    assert document.history.undo_names == ()
    with pytest.raises(ValueError, match="outside"):
        document.move_region(-1, 0, 1, 1)
    with pytest.raises(ValueError, match="outside"):
        document.region_mask_at(16, 0)


def test_the_record_of_a_moved_region_goes_along_with_alignment_and_reveals() -> None:
    document = _document("sssss/sbbss/rrrrr/rrrrr")
    record = next(r for r in document.records if r.class_key == "building")
    mask = np.zeros((32, 40), np.bool_)
    mask[10:14, 10:16] = True
    reveal = build_reveal("feed", mask)
    assert reveal is not None
    document.set_theta(record.id, (1.0, 0.0, 0.25, 0.0, 1.0, 0.5))
    book = document.snapshot(Quality.FINAL).records
    revealed = tuple(replace(r, reveals=(reveal,)) if r.id == record.id else r for r in book)
    assert document.annotate(document.generation, revealed, document.next_record_id, {})
    before = document.records

    document.move_region(10, 10, 16, 8)
    moved = next(r for r in document.records if r.id == record.id)
    region = next(r for r in find_regions(document.snapshot(Quality.FINAL).layout, TABLE) if r.class_id == BUILDING)
    assert moved.footprint == footprint_of(region, document.size)
    # The same photograph pixel lies under a region pixel as before: 16 / 32 to the right and 8 / 32 down of it.
    assert moved.theta == (1.0, 0.0, -0.25, 0.0, 1.0, 0.25)
    np.testing.assert_array_equal(reveal_mask(moved.reveals[0], document.size), np.roll(mask, (8, 16), (0, 1)))
    assert [r for r in document.records if r.id != record.id] == [r for r in before if r.id != record.id]
    assert len(document.history.undo_names) == 2
    document.undo()
    assert document.records == before
    document.redo()
    assert moved in document.records


def test_the_next_final_finds_the_record_where_the_region_went() -> None:
    document = _document("sssssss/sbbssss/rrrrrrr")
    record = next(r for r in document.records if r.class_key == "building")
    document.pick(record.id, "feed")
    document.move_region(10, 10, 24, 0)  # so far that old and new place have nothing in common
    snapshot = document.snapshot(Quality.FINAL)
    regions = find_regions(snapshot.layout, TABLE)
    matching = match_regions(snapshot.records, regions, TABLE, document.size, snapshot.next_record_id)
    index = next(i for i, region in enumerate(regions) if region.class_id == BUILDING)
    assert matching.record_ids[index] == record.id
    assert matching.records[record.id - 1].choice == "feed"


def test_a_moved_region_keeps_its_photograph_although_its_surroundings_are_others() -> None:
    document = _document("sssssss/sbbssss/rrrrrrr")
    chosen = tuple(replace(r, choice="feed", chosen_by="auto", basis="here") for r in document.records)
    assert document.annotate(document.generation, chosen, document.next_record_id, {})
    document.move_region(10, 10, 24, 0)
    moved = next(r for r in document.records if r.class_key == "building")
    assert moved.choice == "feed"
    assert moved.chosen_by == "painter"
    assert {r.chosen_by for r in document.records if r.id != moved.id} == {"auto"}
    document.undo()
    assert {r.chosen_by for r in document.records} == {"auto"}


def test_a_component_too_small_to_be_a_region_can_be_moved() -> None:
    document = Document(Layout.blank(Size(256, 256), SKY), TABLE)
    _paint(document, CAR, (40.5, 40.5), radius_px=1)
    assert not any(r.class_id == CAR for r in find_regions(document.snapshot(Quality.FINAL).layout, TABLE))
    assert document.region_mask_at(40, 40).sum() == (document.class_ids == CAR).sum()
    document.move_region(40, 40, 100, 0)
    assert document.class_at(140, 40) == (CAR, 0)


@pytest.mark.parametrize("options", [StrokeOptions(), StrokeOptions(protected=frozenset({TREE}), mirror_x_px=1024)])
def test_painting_takes_a_millisecond_on_a_large_layout(options: StrokeOptions) -> None:
    document = Document(Layout.blank(Size(4096, 2048), SKY), TABLE)
    document.begin_stroke(CAR, options=options)
    took_s = []
    for step in range(60):
        began = time.perf_counter()
        document.paint([(300.0 + 9 * step, 500.0 + 3 * step)], 60)
        took_s.append(time.perf_counter() - began)
    assert sorted(took_s)[30] < 0.002
