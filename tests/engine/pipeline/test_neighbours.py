"""Between records and order: what was settled stays while nothing changes, wishes about absent regions sleep."""

from __future__ import annotations

from dataclasses import replace

from engine.document.record import Footprint, RegionRecord
from engine.pipeline.depth_order import DepthOrder, PairOrder
from engine.pipeline.neighbours import contacts_of, painter_constraints, settled_pairs, with_settled

RECORDS = [RegionRecord(i, "tree", Footprint(1, b"\0" * 16), choice=f"k{i}", basis=f"b{i}") for i in (3, 5, 8)]
ORDER = DepthOrder((1, 0, 2), (), pairs=(PairOrder(0, 1, 0.9, "network"), PairOrder(2, 0, 0.4, "network")))


def test_an_order_is_settled_until_a_region_its_segment_or_its_alignment_changes() -> None:
    records = with_settled(RECORDS, ORDER)
    assert settled_pairs(records, trusting=False) == {(0, 1): 0.9, (2, 0): 0.4}
    for change in ({"basis": "new"}, {"choice": "new"}, {"theta": (1, 0, 0, 0, 1, 0)}, {"in_front_of": (5,)}):
        changed = [records[0], replace(records[1], **change), records[2]]
        assert settled_pairs(changed, trusting=False) == {(2, 0): 0.4}
        assert settled_pairs(changed, trusting=True) == {(0, 1): 0.9, (2, 0): 0.4}


def test_a_region_that_is_gone_settles_nothing() -> None:
    records = with_settled(RECORDS, ORDER)
    assert settled_pairs(records[1:], trusting=True) == {}


def test_contacts_tell_both_sides_the_same() -> None:
    first, second, third = contacts_of(RECORDS, ORDER)
    assert [(c.record_id, c.in_front, c.confidence) for c in first] == [(5, True, 0.9), (8, False, 0.4)]
    assert [(c.record_id, c.in_front) for c in second] == [(3, False)]
    assert [(c.record_id, c.in_front) for c in third] == [(3, True)]


def test_wishes_about_regions_that_are_not_there_sleep() -> None:
    wishing = [replace(RECORDS[0], in_front_of=(8, 77)), *RECORDS[1:]]
    assert painter_constraints(wishing) == {(0, 2)}
