"""The painter in charge of regions, through the real pipeline: every decision shows in the canvas, and only there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.document.project_file import load_project, save_project
from engine.document.record import Mood, Settled
from engine.document.reveals import build_reveal, reveal_mask
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.pipeline.depth_order import OrderingError
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import RegionResult, Result
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("regions")
    write_tiny_weights(folder / "weights")
    build_tiny_bank(folder, count=14)
    return folder


@pytest.fixture
def pipeline(folder: Path) -> Pipeline:
    return Pipeline(folder / "weights", "cpu", [folder / "tiny.bank"])


@pytest.fixture
def document(folder: Path) -> Document:
    bank = Bank.open(folder / "tiny.bank")
    layout = bank.layout(bank.sources()[0].key)
    bank.close()
    return Document(Layout.from_classes(layout.class_ids.repeat(2, 0).repeat(2, 1)), TABLE)


def _final(pipeline: Pipeline, document: Document) -> Result:
    result = pipeline.run(document.snapshot(Quality.FINAL))
    assert result.records is not None
    document.annotate(document.generation, result.records, result.next_record_id, result.segments)
    return result


def _region(result: Result, class_key: str) -> RegionResult:
    return max((r for r in result.regions if r.class_key == class_key), key=lambda r: r.area_px)


def _others(region: RegionResult) -> list[str]:
    return [c.segment_key for c in region.candidates if c.segment_key != region.choice]


def _lab(result: Result, record_id: int) -> np.ndarray:
    shown = result.segment_index > 0
    own = np.isin(result.segment_index, [i + 1 for i, item in enumerate(result.items) if item.record_id == record_id])
    return cv2.cvtColor(result.canvas.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[shown & own]


def test_every_region_has_ten_candidates_or_more_and_offers_each_photograph_once_first(
    pipeline: Pipeline, document: Document
) -> None:
    result = _final(pipeline, document)
    for key in ("sky", "building", "road", "tree"):
        region = _region(result, key)
        assert len(region.candidates) >= 10
        assert sorted(region.offered) == list(range(len(region.candidates)))
        scores = [c.score for c in region.candidates]
        assert scores == sorted(scores, reverse=True)
        assert region.fit == scores[0]
        first = [region.candidates[i] for i in region.offered[:6]]
        assert len({c.source_key for c in first}) == 6
        assert max(sum(c.provenance.group == g for c in first) for g in ("north", "south")) == 3


def test_a_banned_photograph_is_neither_chosen_nor_retrieved(pipeline: Pipeline, document: Document) -> None:
    region = _region(_final(pipeline, document), "sky")
    source = next(c.source_key for c in region.candidates if c.segment_key == region.choice)
    document.ban_source(region.record_id, source)
    again = _region(_final(pipeline, document), "sky")
    assert source not in {c.source_key for c in again.candidates}
    assert again.choice is not None
    document.unban_source(region.record_id, source)
    assert source in {c.source_key for c in _region(_final(pipeline, document), "sky").candidates}


def test_what_the_network_shall_invent_is_missing_in_the_canvas(pipeline: Pipeline, document: Document) -> None:
    region = _region(_final(pipeline, document), "sky")
    document.invent(region.record_id)
    result = _final(pipeline, document)
    after = _region(result, "sky")
    assert (after.choice, after.chosen_by, after.placement) == (None, "painter", None)
    assert len(after.candidates) >= 10
    assert (result.presence[result.region_ids == region.record_id] != 2).mean() > 0.9
    assert all(item.record_id != region.record_id for item in result.items)


def test_a_shuffle_is_the_same_for_the_same_seed(pipeline: Pipeline, document: Document) -> None:
    first = _final(pipeline, document)
    document.shuffle(None, 3)
    once = _final(pipeline, document)
    assert [r.choice for r in once.regions] != [r.choice for r in first.regions]
    document.undo()
    document.shuffle(None, 3)
    again = _final(pipeline, document)
    assert [r.choice for r in again.regions] == [r.choice for r in once.regions]


def test_a_flip_by_hand_mirrors_the_segment_and_the_networks_own_stays_beside_it(
    pipeline: Pipeline, document: Document
) -> None:
    before = _final(pipeline, document)
    region = _region(before, "building")
    assert region.placement is not None
    a, b, c, d, e, f = region.placement.theta
    left, right = region.bounds.left, region.bounds.right
    middle = ((left + right) / 2 - document.size.width / 2) / document.size.height
    document.set_theta(region.record_id, (-a, b, c + 2 * a * middle, -d, e, f + 2 * d * middle))
    after = _final(pipeline, document)
    flipped = _region(after, "building").placement
    assert flipped is not None
    assert flipped.theta_network == region.placement.theta
    assert flipped.theta != flipped.theta_network
    box = region.bounds
    old, new = (r.canvas[box.slices].astype(int)[:, ::-1] if r is after else r.canvas[box.slices].astype(int)
                for r in (before, after))  # fmt: skip
    present = (before.presence[box.slices] == 2) & (after.presence[box.slices][:, ::-1] == 2)
    assert present.mean() > 0.3
    assert np.abs(old - new)[present].mean() < 6
    document.set_theta(region.record_id, None)
    assert np.array_equal(_final(pipeline, document).canvas, before.canvas)


def test_a_wider_spill_lets_the_photographs_outline_leave_the_region(pipeline: Pipeline, document: Document) -> None:
    region = _region(_final(pipeline, document), "tree")
    box, size = region.bounds, document.size
    u, v = ((box.left + box.right) / 2 - size.width / 2) / size.height, (box.top + box.bottom) / 2 / size.height - 0.5
    assert region.placement is not None
    a, _, c, _, e, f = region.placement.theta
    document.set_theta(region.record_id, (0.7 * a, 0.0, c + 0.3 * a * u, 0.0, 0.7 * e, f + 0.3 * e * v))  # larger
    sizes = []
    for spill in (0.0, 0.1):
        document.set_spill(region.record_id, spill)
        result = _final(pipeline, document)
        own = result.placed_mask(region.record_id)
        outside = own & (result.region_ids != region.record_id)
        sizes.append(int(outside.sum()))
        placement = _region(result, "tree").placement
        assert placement is not None
        assert placement.spill == spill
    assert sizes[0] == 0
    assert sizes[1] > 0


def test_the_painters_order_wins_persists_and_says_so(pipeline: Pipeline, document: Document, tmp_path: Path) -> None:
    before = _final(pipeline, document)
    tree = _region(before, "tree")
    contact = next(c for c in tree.contacts if c.in_front)
    other = next(r for r in before.regions if r.record_id == contact.record_id)
    mirrored = next(c for c in other.contacts if c.record_id == tree.record_id)
    assert (mirrored.in_front, mirrored.confidence) == (False, contact.confidence)
    document.put_in_front(other.record_id, tree.record_id)
    after = _final(pipeline, document)
    told = next(c for c in _region(after, "tree").contacts if c.record_id == other.record_id)
    assert (told.in_front, told.decided_by, told.confidence) == (False, "painter", 1.0)
    ranks = {r.record_id: r.depth_rank for r in after.regions}
    assert ranks[other.record_id] > ranks[tree.record_id]
    assert not np.array_equal(before.canvas, after.canvas)
    save_project(tmp_path / "a.tessera", document.snapshot(Quality.FINAL))
    reopened = load_project(tmp_path / "a.tessera").build_document()
    assert np.array_equal(_final(pipeline, reopened).canvas, after.canvas)
    document.release_order(other.record_id, tree.record_id)
    assert next(c for c in _region(_final(pipeline, document), "tree").contacts
                if c.record_id == other.record_id).decided_by != "painter"  # fmt: skip


def test_things_lie_in_front_of_the_ground_they_stand_on(pipeline: Pipeline, document: Document) -> None:
    result = _final(pipeline, document)
    car = _region(result, "car")
    road = next(c for c in car.contacts if c.record_id == _region(result, "road").record_id)
    assert (road.in_front, road.decided_by) == (True, "ground")


def test_a_candidate_painted_in_shows_only_where_stroked_and_inside_its_region(
    pipeline: Pipeline, document: Document, tmp_path: Path
) -> None:
    before = _final(pipeline, document)
    sky = _region(before, "sky")
    key = _others(sky)[0]
    document.begin_reveal(sky.record_id, key)
    document.reveal([(150.0, 10.0), (180.0, 120.0)], 14.0)
    preview = pipeline.run(document.snapshot(Quality.PREVIEW))
    assert any(item.is_reveal and (preview.segment_index == i + 1).any() for i, item in enumerate(preview.items))
    document.commit_reveal()
    after = _final(pipeline, document)
    place = next(i for i, item in enumerate(after.items) if item.is_reveal)
    assert (after.placed[place], after.items[place].record_id) == (key, sky.record_id)
    stroked = reveal_mask(document.records[sky.record_id - 1].reveals[0], document.size)
    shown = after.segment_index == place + 1
    assert shown.sum() > 200
    assert not (shown & ~stroked).any()
    assert not (shown & (after.region_ids != sky.record_id)).any()
    assert not np.array_equal(before.canvas[shown], after.canvas[shown])
    edge = (
        cv2.dilate(shown.view(np.uint8), cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))).view(np.bool_) & ~stroked
    )
    inner = edge & (after.region_ids == sky.record_id) & (before.presence == 2)
    assert inner.any()
    assert (after.presence[inner] == 1).all()  # elided: the network draws the transition
    far = ~cv2.dilate((stroked & (after.region_ids == sky.record_id)).view(np.uint8), np.ones((9, 9))).view(np.bool_)
    assert np.array_equal(before.canvas[far], after.canvas[far])
    path = tmp_path / "a.tessera"
    save_project(path, document.snapshot(Quality.FINAL))
    alone = load_project(path).build_document()
    without_bank = Pipeline(Path(pipeline.networks_for(TABLE).folder), "cpu").run(alone.snapshot(Quality.FINAL))
    assert np.array_equal(without_bank.canvas, after.canvas)


def test_a_mood_of_a_region_changes_its_colours_and_no_others(pipeline: Pipeline, document: Document) -> None:
    before = _final(pipeline, document)
    sky, road = _region(before, "sky"), _region(before, "road")
    document.set_mood(sky.record_id, Mood(warmth=0.8, brightness=-0.5))
    after = _final(pipeline, document)
    shift = _lab(after, sky.record_id).mean(0) - _lab(before, sky.record_id).mean(0)
    assert shift[0] < -8
    assert shift[2] > 8
    np.testing.assert_array_equal(_lab(after, road.record_id), _lab(before, road.record_id))
    assert [r.choice for r in after.regions] == [r.choice for r in before.regions]
    assert [r.depth_rank for r in after.regions] == [r.depth_rank for r in before.regions]


def test_a_region_like_another_segment_takes_on_its_colours(pipeline: Pipeline, document: Document) -> None:
    before = _final(pipeline, document)
    sky, road = _region(before, "sky"), _region(before, "road")
    assert road.choice is not None
    document.set_mood(sky.record_id, Mood(like=road.choice))
    after = _final(pipeline, document)
    crop = after.segments[road.choice]
    wanted = cv2.cvtColor(crop.rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[crop.mask].mean(0)
    np.testing.assert_allclose(_lab(after, sky.record_id).mean(0), wanted, atol=4)


def test_the_whole_picture_like_a_photograph_survives_without_its_bank(
    pipeline: Pipeline, document: Document, folder: Path, tmp_path: Path
) -> None:
    before = _final(pipeline, document)
    source = next(
        s for s in pipeline.banks[0].sources() if s.key not in {c.source_key for c in before.segments.values()}
    )
    document.change_settings(mood=Mood(like=source.key))
    after = _final(pipeline, document)
    assert source.key in after.segments
    assert not np.array_equal(before.canvas, after.canvas)
    save_project(tmp_path / "a.tessera", document.snapshot(Quality.FINAL))
    alone = load_project(tmp_path / "a.tessera").build_document()
    result = Pipeline(folder / "weights", "cpu").run(alone.snapshot(Quality.FINAL))
    assert np.array_equal(result.canvas, after.canvas)
    assert result.missing == ()


def test_a_likeness_nobody_has_is_named_as_missing(pipeline: Pipeline, document: Document) -> None:
    document.change_settings(mood=Mood(like="ffffffffffffffff"))
    assert _final(pipeline, document).missing == ("ffffffffffffffff",)


def test_a_strong_favour_for_one_scene_takes_from_no_more_photographs(pipeline: Pipeline, document: Document) -> None:
    counts = []
    for weight in (0.0, 1.0):
        fresh = Document(document.snapshot(Quality.FINAL).layout, TABLE)
        fresh.change_settings(scene_weight=weight)
        result = _final(pipeline, fresh)
        counts.append(len({crop.source_key for crop in result.segments.values()}))
    assert counts[1] <= counts[0]


def test_every_decision_survives_save_and_reopen_byte_for_byte_and_makes_the_same_picture(
    pipeline: Pipeline, document: Document, tmp_path: Path
) -> None:
    first = _final(pipeline, document)
    sky, building, road, tree = (_region(first, key) for key in ("sky", "building", "road", "tree"))
    document.pick(sky.record_id, _others(sky)[1])
    document.set_locked(sky.record_id, True)
    document.set_theta(sky.record_id, (-1.0, 0.0, 0.125, 0.0, 1.0, 0.0))
    document.ban(building.record_id, str(building.choice))
    document.ban_source(building.record_id, building.candidates[1].source_key)
    document.set_mood(building.record_id, Mood(like=str(tree.choice), warmth=0.25))
    document.invent(road.record_id)
    document.shuffle([tree.record_id], 11)
    document.set_spill(tree.record_id, 0.05)
    document.put_in_front(sky.record_id, tree.record_id)
    document.begin_reveal(building.record_id, building.candidates[2].segment_key)
    document.reveal([(20.0, 40.0), (60.0, 60.0)], 8.0)
    document.commit_reveal()
    document.change_settings(mood=Mood(brightness=0.25), scene_weight=0.75)
    result = _final(pipeline, document)
    save_project(tmp_path / "a.tessera", document.snapshot(Quality.FINAL))
    reopened = load_project(tmp_path / "a.tessera").build_document()
    assert reopened.records == document.records
    assert reopened.settings == document.settings
    again = _final(pipeline, reopened)
    assert again.records == result.records
    assert np.array_equal(again.canvas, result.canvas)
    assert np.array_equal(again.image, result.image)
    same_id = replace(reopened.snapshot(Quality.FINAL), document_id=document.document_id)
    save_project(tmp_path / "b.tessera", same_id)
    assert (tmp_path / "a.tessera").read_bytes() == (tmp_path / "b.tessera").read_bytes()


def test_records_that_make_no_sense_make_a_poor_picture_and_no_crash(pipeline: Pipeline, document: Document) -> None:
    result = _final(pipeline, document)
    snapshot = document.snapshot(Quality.FINAL)
    flat, gone = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0), "ffffffffffffffff"
    reveal = build_reveal(gone, np.ones((8, 8), np.bool_))
    own = build_reveal(str(result.regions[0].choice), np.ones((8, 8), np.bool_), flat)
    assert reveal is not None
    assert own is not None
    records = tuple(
        replace(
            record,
            theta=flat if record.id % 2 else (64.0,) * 6,
            mood=Mood(gone, 1.0, -1.0),
            reveals=(reveal, own),
            light=(-1e6, 1e6, 0.0, 0.0, -5.0, 1e6),
            settled=Settled(gone, (record.id, 999), (0.5, 1.0)),
            spill=1.0,
        )
        for record in snapshot.records
    )
    for quality in Quality:
        odd = pipeline.run(replace(snapshot, records=records, quality=quality))
        assert gone in odd.missing
        assert odd.image.shape[2] == 3


def test_wishes_of_a_file_that_contradict_one_another_are_refused_by_name(
    pipeline: Pipeline, document: Document
) -> None:
    first, second, *_ = _final(pipeline, document).regions
    snapshot = document.snapshot(Quality.FINAL)
    wishes = {first.record_id: (second.record_id,), second.record_id: (first.record_id,)}
    records = tuple(replace(r, in_front_of=wishes.get(r.id, ())) for r in snapshot.records)
    with pytest.raises(OrderingError, match=rf"\({first.record_id}\) in front of"):
        pipeline.run(replace(snapshot, records=records))


def test_a_preview_shows_what_the_final_will_show(pipeline: Pipeline, document: Document) -> None:
    final = _final(pipeline, document)
    document.change_settings(mood=Mood(warmth=0.5))
    final = _final(pipeline, document)
    preview = pipeline.run(document.snapshot(Quality.PREVIEW))
    height, width = preview.canvas.shape[:2]
    small = cv2.resize(final.canvas, (width, height), interpolation=cv2.INTER_AREA).astype(int)
    both = (preview.presence == 2) & (cv2.resize(final.presence, (width, height)) == 2)
    assert both.mean() > 0.4
    assert np.abs(preview.canvas.astype(int) - small)[both].mean() < 8


def test_more_like_this_leaves_the_segment_out_and_keeps_the_equations_scores(
    pipeline: Pipeline, document: Document
) -> None:
    region = _region(_final(pipeline, document), "building")
    assert region.choice is not None
    snapshot = document.snapshot(Quality.FINAL)
    alike = pipeline.find_candidates(snapshot, region.record_id, like=region.choice)
    assert len(alike) >= 10
    assert region.choice not in {c.segment_key for c in alike}
    known = {c.segment_key: c for c in region.candidates}
    assert all(known[c.segment_key] == c for c in alike if c.segment_key in known)
    source = region.candidates[2].source_key
    only = pipeline.find_candidates(snapshot, region.record_id, source_key=source)
    assert {c.source_key for c in only} == {source}
    with pytest.raises(KeyError):
        pipeline.find_candidates(snapshot, 999, source_key=source)
    with pytest.raises(ValueError, match="like a segment"):
        pipeline.find_candidates(snapshot, region.record_id)


def test_an_outline_that_would_fit_does_fit_once_it_is_painted(pipeline: Pipeline) -> None:
    ids = {key: TABLE.get(key).id for key in ("sky", "road", "car")}  # type: ignore[union-attr]
    class_ids = np.full((128, 192), ids["sky"], np.uint8)
    class_ids[70:] = ids["road"]
    class_ids[60:64, 20:180] = ids["car"]  # no car is as long and thin as this
    document = Document(Layout.from_classes(class_ids), TABLE)
    result = _final(pipeline, document)
    car = _region(result, "car")
    assert car.is_poor_fit
    assert not _region(result, "sky").is_poor_fit
    outlines = pipeline.fitting_outlines(document.snapshot(Quality.FINAL), car.record_id)
    assert 1 <= len(outlines) <= 3
    ring = np.array(outlines[0].polygons[0])
    painted = np.where(class_ids == ids["car"], np.uint8(ids["sky"]), class_ids)
    cv2.fillPoly(painted, [np.round(ring - 0.5).astype(np.int32)], ids["car"])
    better = _region(_final(pipeline, Document(Layout.from_classes(painted), TABLE)), "car")
    assert better.fit > car.fit + 0.1
