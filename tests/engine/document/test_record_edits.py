"""What a painter does to regions: each one step, undone exactly, refused where it contradicts itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.document.document import Document
from engine.document.record import Footprint, Mood, OrderCycleError, RegionRecord, Shuffle
from engine.document.reveals import reveal_mask
from engine.document.snapshot import Quality
from tests.support.crops import make_crop
from tests.support.layouts import parse_layout, small_table

FOOTPRINT = Footprint(171, b"\x0f" * 2736)
KEY, OTHER = "00ff00ff00ff00ff", "1234123412341234"


def _document() -> Document:
    records = [RegionRecord(i, key, FOOTPRINT) for i, key in ((1, "sky"), (2, "tree"), (3, "car"), (4, "car"))]
    layout = parse_layout("ssssssss/ssssbbbb/rrrrbbbb/rrrrcccc")
    return Document(layout, small_table(), records=records, next_record_id=9)


def _record(document: Document, record_id: int = 1) -> RegionRecord:
    return next(record for record in document.records if record.id == record_id)


EDITS = {
    "Swap segment": lambda d: d.pick(1, KEY),
    "Let the network invent": lambda d: d.invent(1),
    "Shuffle": lambda d: d.shuffle([1, 2], 7),
    "Lock segment": lambda d: d.toggle_lock(1),
    "Ban segment": lambda d: d.ban(1, KEY),
    "Ban photograph": lambda d: d.ban_source(1, "abcd"),
    "Align segment": lambda d: d.set_theta(1, (-1.0, 0.0, 0.25, 0.0, 1.0, 0.0)),
    "Change outline": lambda d: d.set_spill(1, 0.05),
    "Change mood": lambda d: d.set_mood(1, Mood(KEY, 0.5, -0.25)),
    "Change order": lambda d: d.put_in_front(1, 2),
}


@pytest.mark.parametrize("name", EDITS)
def test_every_decision_is_one_step_that_undo_and_redo_cross_exactly(name: str) -> None:
    document = _document()
    before = document.records
    EDITS[name](document)
    after = document.records
    assert after != before
    assert document.history.undo_names == (name,)
    document.undo()
    assert document.records == before
    document.redo()
    assert document.records == after


@pytest.mark.parametrize("name", EDITS)
def test_a_decision_about_a_region_that_is_not_there_is_refused(name: str) -> None:
    document = Document(parse_layout("ss/rr"), small_table())
    with pytest.raises(KeyError):
        EDITS[name](document)
    assert not document.is_modified


def test_inventing_is_the_painters_choice_and_given_up_by_choosing_automatically() -> None:
    document = _document()
    document.pick(1, KEY)
    document.invent(1)
    assert _record(document).is_invented
    document.clear_pick(1)
    assert not _record(document).is_invented


def test_a_shuffle_leaves_locked_regions_and_without_names_the_painters_own_choices() -> None:
    document = _document()
    document.pick(1, KEY)
    document.pick(2, KEY)
    document.set_locked(2, True)
    document.shuffle(None, 5)
    assert [r.shuffle is not None for r in document.records] == [False, False, True, True]
    document.shuffle([1, 2], 6)
    assert [r.choice for r in document.records[:2]] == [None, KEY]
    assert _record(document).shuffle == Shuffle(6, KEY)
    with pytest.raises(ValueError, match="seed"):
        document.shuffle(None, -1)


def test_banning_the_photograph_of_the_choice_leaves_the_choice_to_the_engine() -> None:
    document = _document()
    crop = make_crop(KEY)
    document.pick(1, KEY, crop)
    document.ban_source(1, crop.source_key)
    assert _record(document).choice is None
    document.unban_source(1, crop.source_key)
    assert _record(document).banned_sources == ()


def test_an_alignment_may_flip_and_is_rounded_but_never_flattens() -> None:
    document = _document()
    document.set_theta(1, (-1.00001, 0, 0, 0, 1, 0))
    assert _record(document).theta == (-1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    for theta in ((0, 0, 0, 0, 1, 0), (float("nan"), 0, 0, 0, 1, 0), (99, 0, 0, 0, 1, 0)):
        with pytest.raises(ValueError):
            document.set_theta(1, theta)  # type: ignore[arg-type]
    document.set_theta(1, None)
    assert _record(document).theta is None


def test_spill_and_mood_out_of_range_are_refused() -> None:
    document = _document()
    with pytest.raises(ValueError, match="spill"):
        document.set_spill(1, 0.2)
    with pytest.raises(ValueError, match="warmth"):
        document.set_mood(1, Mood(warmth=2))
    with pytest.raises(ValueError, match="brightness"):
        document.change_settings(mood=Mood(brightness=-1.5))
    with pytest.raises(ValueError, match="one scene"):
        document.change_settings(scene_weight=1.5)
    assert not document.is_modified


def test_a_cycle_in_the_order_is_refused_and_names_its_regions() -> None:
    document = _document()
    document.put_in_front(1, 2)
    document.put_in_front(2, 3)
    before = document.records
    with pytest.raises(OrderCycleError) as refusal:
        document.put_in_front(3, 1)
    for name in ("Sky (1)", "Tree (2)", "Car (3)"):
        assert name in str(refusal.value)
    assert document.records == before
    with pytest.raises(OrderCycleError, match="itself"):
        document.put_in_front(1, 1)


def test_the_opposite_wish_takes_the_place_of_the_first_and_a_wish_can_be_released() -> None:
    document = _document()
    document.put_in_front(1, 2)
    document.put_in_front(2, 1)
    assert (_record(document, 1).in_front_of, _record(document, 2).in_front_of) == ((), (1,))
    document.release_order(2, 1)
    assert _record(document, 2).in_front_of == ()


def test_a_dragged_handle_is_one_step_however_often_it_moved() -> None:
    document = _document()
    before = document.records
    generations = []
    document.begin_adjustment("Align segment")
    for step in range(1, 5):
        document.set_theta(1, (1.0, 0.0, step / 8, 0.0, 1.0, 0.0))
        generations.append(document.generation)
    assert generations == sorted(set(generations))
    assert document.is_modified
    assert document.commit_adjustment()
    assert document.history.undo_names == ("Align segment",)
    document.undo()
    assert document.records == before
    assert not document.is_modified


def test_an_aborted_gesture_never_was_and_undo_aborts_one() -> None:
    document = _document()
    for end in (document.abort_adjustment, document.undo):
        document.begin_adjustment("Change mood")
        document.change_settings(mood=Mood(warmth=0.5))
        document.set_spill(1, 0.01)
        end()
        assert not document.is_adjusting
        assert document.settings.mood == Mood()
        assert _record(document).spill is None
        assert not document.is_modified
        assert document.history.undo_names == ()


def test_a_gesture_that_changed_nothing_is_no_step() -> None:
    document = _document()
    document.begin_adjustment("Align segment")
    document.set_theta(1, (1.0, 0.0, 0.5, 0.0, 1.0, 0.0))
    document.set_theta(1, None)
    assert not document.commit_adjustment()
    assert not document.is_modified


def test_a_gesture_can_go_on_where_the_last_one_ended_and_both_are_one_step() -> None:
    document = _document()
    document.begin_adjustment("Change outline")
    document.set_spill(1, 0.01)
    document.commit_adjustment()
    size_bytes = document.history.size_bytes
    document.reopen_adjustment("Change outline")
    assert document.is_adjusting
    assert document.history.undo_names == ()
    document.set_spill(1, 0.02)
    assert document.commit_adjustment()
    assert document.history.undo_names == ("Change outline",)
    assert document.history.size_bytes == size_bytes
    document.undo()
    assert _record(document).spill is None
    assert not document.is_modified


def test_a_gesture_that_goes_on_back_to_the_beginning_leaves_no_step() -> None:
    document = _document()
    document.begin_adjustment("Change outline")
    document.set_spill(1, 0.01)
    document.commit_adjustment()
    document.reopen_adjustment("Change outline")
    document.set_spill(1, None)
    assert not document.commit_adjustment()
    assert document.history.undo_names == ()
    assert document.history.size_bytes == 0
    assert not document.is_modified


def test_a_gesture_does_not_go_on_from_a_step_of_another_name_or_before_undone_ones() -> None:
    document = _document()
    for spill, name in ((0.01, "Change outline"), (0.02, "Change outline"), (0.03, "Another")):
        document.begin_adjustment(name)
        document.set_spill(1, spill)
        document.commit_adjustment()
    document.reopen_adjustment("Change outline")
    document.abort_adjustment()
    assert document.history.undo_count == 3
    document.undo()
    document.reopen_adjustment("Change outline")
    document.abort_adjustment()
    assert (document.history.undo_count, document.history.redo_count) == (2, 1)


def test_a_stroke_that_begins_commits_an_open_gesture() -> None:
    document = _document()
    document.begin_adjustment("Change outline")
    document.set_spill(1, 0.01)
    document.begin_stroke(0)
    assert document.history.undo_names == ("Change outline",)
    document.commit_stroke()


def test_a_result_is_not_written_into_records_while_a_gesture_is_open() -> None:
    document = _document()
    document.begin_adjustment("Change outline")
    assert not document.annotate(document.generation, document.records, document.next_record_id, {})
    document.commit_adjustment()
    assert document.annotate(document.generation, document.records, document.next_record_id, {})


def test_a_reveal_is_in_snapshots_while_it_is_painted_and_one_step_afterwards() -> None:
    document = _document()
    before = document.records
    document.begin_reveal(1, KEY)
    document.reveal([(2.0, 1.0)], 1.5)
    document.reveal([(6.0, 1.0)], 1.5)
    live = document.snapshot(Quality.PREVIEW).records[0].reveals
    assert reveal_mask(live[0], document.size)[1, 1:7].all()
    assert not reveal_mask(live[0], document.size)[3].any()
    assert document.commit_reveal()
    assert document.history.undo_names == ("Paint with candidate",)
    document.undo()
    assert document.records == before


def test_the_candidate_painted_last_shows_and_erasing_shows_the_regions_own() -> None:
    document = _document()
    for key, x in ((KEY, 2.0), (OTHER, 4.0)):
        document.begin_reveal(1, key)
        document.reveal([(x, 1.0)], 2.0)
        document.commit_reveal()
    masks = [reveal_mask(reveal, document.size) for reveal in _record(document).reveals]
    assert not (masks[0] & masks[1]).any()
    assert masks[1][1, 3]
    document.begin_reveal(1, OTHER)
    document.reveal([(4.0, 1.0), (2.0, 1.0)], 9.0, erase=True)
    document.commit_reveal()
    assert _record(document).reveals == ()


def test_a_reveal_without_a_beginning_or_with_endless_numbers_is_refused() -> None:
    document = _document()
    with pytest.raises(RuntimeError):
        document.reveal([(1, 1)], 1)
    document.begin_reveal(1, KEY)
    with pytest.raises(ValueError):
        document.reveal([(float("inf"), 1)], 1)
    assert not document.abort_reveal()
    assert not document.is_modified


def test_crops_of_revealed_and_likened_segments_stay_with_the_document() -> None:
    document = _document()
    crops = {key: make_crop(key) for key in (KEY, OTHER, "aaaa", "bbbb", "cccc")}
    document.annotate(document.generation, document.records, document.next_record_id, crops)
    document.begin_reveal(1, KEY)
    document.reveal([(2.0, 1.0)], 1.0)
    document.commit_reveal()
    document.set_mood(2, Mood(OTHER))
    document.change_settings(mood=Mood("aaaa"))
    document.change_settings(mood=Mood("bbbb"))
    document.mark_saved(document.generation)
    assert set(document.segments) == {KEY, OTHER, "aaaa", "bbbb"}


def test_a_reveal_can_be_aligned_by_hand_and_taken_away() -> None:
    document = _document()
    document.begin_reveal(1, KEY)
    document.reveal([(2.0, 1.0)], 1.0)
    document.commit_reveal()
    document.set_reveal_theta(1, KEY, (1.0, 0.0, 0.5, 0.0, 1.0, 0.0))
    assert _record(document).reveals[0].theta is not None
    document.remove_reveal(1, KEY)
    assert _record(document).reveals == ()
    with pytest.raises(KeyError):
        document.remove_reveal(1, KEY)


def test_renewing_the_light_leaves_locked_regions_alone() -> None:
    document = _document()
    light = (50.0, 0.0, 0.0, 10.0, 5.0, 5.0)
    lit = [replace(record, light=light, locked=record.id == 2) for record in document.records]
    document.annotate(document.generation, lit, document.next_record_id, {})
    document.renew_light()
    assert [record.light for record in document.records] == [None, light, None, None]


def test_a_reveal_counts_in_the_memory_of_the_history() -> None:
    document = Document(
        parse_layout("s" * 64), small_table(), records=[RegionRecord(1, "sky", FOOTPRINT)], next_record_id=2
    )
    document.ban(1, KEY)
    small = document.history.size_bytes
    document.begin_reveal(1, KEY)
    document.reveal([(100.0, 4.0)], 2000.0)
    document.commit_reveal()
    mask = reveal_mask(_record(document).reveals[0], document.size)
    assert document.history.size_bytes - small > np.packbits(mask).nbytes


def test_an_alignment_by_hand_makes_the_segment_the_painters_and_leaves_with_it() -> None:
    document = _document()
    document.annotate(0, [replace(_record(document), choice=KEY, chosen_by="auto")], 9, {})
    document.set_theta(1, (1.0, 0.0, 0.5, 0.0, 1.0, 0.0))
    assert _record(document).chosen_by == "painter"
    document.pick(1, KEY)
    assert _record(document).theta is not None
    document.pick(1, OTHER)
    assert _record(document).theta is None


def test_a_layout_with_a_pick_is_one_step() -> None:
    document = _document()
    layout = parse_layout("ssssssss/ssssssss/rrrrbbbb/rrrrcccc")
    assert document.replace_layout(layout, "Take outline", picking=(1, KEY))
    assert _record(document).choice == KEY and document.history.undo_names == ("Take outline",)
    document.undo()
    assert _record(document).choice is None
    assert (document.class_ids == _document().class_ids).all()
    with pytest.raises(KeyError):
        document.replace_layout(layout, "Take outline", picking=(77, KEY))
