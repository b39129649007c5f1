"""Retrieval agrees with brute force on every score, and on the order."""

from __future__ import annotations

from contextlib import closing
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import engine.bank.index as index_module
from engine.bank.bank import Bank
from engine.bank.builder import build_bank
from engine.bank.descriptors import Descriptor, context_grid, describe_region
from engine.bank.index import IndexColumns, SegmentIndex
from engine.bank.verify import verify_bank
from engine.classes import VOID, ClassInfo, ClassTable, builtin_class_table
from engine.data.importers.camvid import CamVidImporter
from engine.data.importers.folder import FolderImporter
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.retrieval import retrieve_candidates
from engine.regions import Region, find_regions
from tests.support.tiny_bank import build_tiny_bank, draw_scene, draw_tiny_dataset

CAMVID = Path(__file__).resolve().parents[4] / "shared/data/camvid"


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    with closing(Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=8))) as opened:
        yield opened


def descriptors_of(layout: Layout, table: ClassTable) -> list[tuple[Region, Descriptor]]:
    grid = context_grid(layout.class_ids, table)
    return [(r, describe_region(r, layout.size, grid)) for r in find_regions(layout, table)]


def scores_by_brute_force(
    query: Descriptor, class_key: str, bank: Bank, table: ClassTable
) -> list[tuple[float, str, float, float]]:
    """Return (-score, key, mask IoU, context IoU) of every segment of a class, best first, from bools and one-hots."""
    class_id = next(c.id for c in bank.table if c.key == class_key)
    query_mask = np.unpackbits(query.mask_bits, bitorder="little").astype(bool)
    query_hot = one_hot(query.context, table)
    rows = []
    for segment_key, own_class, mask, hot in grids_of(bank):
        if own_class == class_id:
            mask_iou = float((mask & query_mask).sum() / (mask | query_mask).sum())
            union = int((hot | query_hot).sum())
            context_iou = int((hot & query_hot).sum()) / union if union else 0.0
            rows.append((-(mask_iou + context_iou), segment_key, mask_iou, context_iou))
    return sorted(rows)


ALL_KEYS = (*(c.key for c in builtin_class_table("street")), "dragon")


def one_hot(context: np.ndarray, table: ClassTable) -> np.ndarray:
    """Return (classes, 32, 64) bool over `ALL_KEYS`; void is nowhere set."""
    ids = {c.key: c.id for c in table}
    return np.stack([context == ids[key] if key in ids else np.zeros_like(context, bool) for key in ALL_KEYS])


@cache
def grids_of(bank: Bank) -> list[tuple[str, int, np.ndarray, np.ndarray]]:
    """Return key, class, mask cells and one-hot context of every segment."""
    rows = []
    for source in bank.sources():
        found = descriptors_of(bank.layout(source.key), bank.table)
        for segment, (_, own) in zip(bank.segments_of(source.key), found, strict=True):
            mask = np.unpackbits(own.mask_bits, bitorder="little").astype(bool)
            rows.append((segment.key, segment.class_id, mask, one_hot(own.context, bank.table)))
    return rows


def random_layout(seed: int) -> Layout:
    rng = np.random.default_rng(seed)
    size = (int(rng.integers(40, 140)), int(rng.integers(32, 72)))
    ids = draw_scene(rng, size)
    if seed % 3 == 0:
        ids[: size[1] // 3, : size[0] // 4] = VOID
    return Layout.from_classes(ids)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), top_k=st.sampled_from([1, 2, 5, 50]))
def test_retrieval_agrees_with_brute_force_on_every_score_and_the_order(bank, seed, top_k):
    table = builtin_class_table("street")
    for region, query in descriptors_of(random_layout(seed), table):
        class_key = table[region.class_id].key
        expected = scores_by_brute_force(query, class_key, bank, table)[:top_k]
        found = retrieve_candidates(query, class_key, [bank], table, top_k=top_k)
        assert [(-c.score, c.segment_key, c.mask_iou, c.context_iou) for c in found] == expected


def random_columns(rng: np.random.Generator, count: int) -> IndexColumns:
    bits = np.zeros((count, 128), np.uint64)
    rects = np.empty((4, count), np.int32)
    sources = max(1, count // 4)
    contexts = rng.choice(np.array([0, 1, 2, 9, VOID], np.uint8), (sources, 32, 64))
    source_rows = rng.integers(0, sources, count).astype(np.int32)
    valid = np.empty(count, np.int32)
    for row in range(count):
        top, left = int(rng.integers(0, 31)), int(rng.integers(0, 63))
        bottom, right = int(rng.integers(top + 1, 33)), int(rng.integers(left + 1, 65))
        grid = np.zeros((64, 128), np.bool_)
        grid[2 * top : 2 * bottom, 2 * left : 2 * right] = rng.random((2 * (bottom - top), 2 * (right - left))) < 0.7
        grid[2 * top, 2 * left] = True
        bits[row] = np.packbits(grid, bitorder="little").view(np.uint64)
        rects[:, row] = top, bottom, left, right
        valid[row] = (contexts[source_rows[row], top:bottom, left:right] != VOID).sum()
    cells = np.bitwise_count(bits).sum(1, dtype=np.int32)
    keys = np.array([f"{row:016x}" for row in range(count)], "S16")
    return IndexColumns(keys, source_rows, cells, valid, rects, bits, contexts)


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(1, 300),
    top_k=st.integers(1, 12),
    chunk=st.sampled_from([7, 8192]),
    repeat=st.booleans(),
)
def test_the_bounds_of_the_index_leave_nothing_out(seed, count, top_k, chunk, repeat):
    rng = np.random.default_rng(seed)
    columns = random_columns(rng, count)
    if repeat:  # equal scores, so that ties decide
        picked = np.sort(rng.integers(0, max(1, count // 5), count))
        columns = IndexColumns(
            columns.keys, columns.source_rows[picked], columns.cells[picked], columns.valid[picked],
            np.ascontiguousarray(columns.rects[:, picked]), columns.bits[picked], columns.contexts,
        )  # fmt: skip
    query = random_columns(rng, 1)
    top, bottom, left, right = query.rects[:, 0]
    context = np.full((32, 64), VOID, np.uint8)
    context[top:bottom, left:right] = query.contexts[0, top:bottom, left:right]
    valid = int((context != VOID).sum()) + int(rng.integers(0, 3))  # some cells of a class the bank lacks
    allowed = rng.random(len(columns.contexts)) < 0.8

    expected = []
    for row in range(count):
        if not allowed[columns.source_rows[row]]:
            continue
        common = int(np.bitwise_count(columns.bits[row] & query.bits[0]).sum())
        mask_iou = common / (int(columns.cells[row]) + int(query.cells[0]) - common)
        t, b, le, r = columns.rects[:, row]
        own = columns.contexts[columns.source_rows[row], t:b, le:r]
        matches = int(((own == context[t:b, le:r]) & (own != VOID)).sum())
        union = int(columns.valid[row]) + valid - matches
        context_iou = matches / union if union else 0.0
        expected.append((-(mask_iou + context_iou), row, mask_iou, context_iou))

    before = index_module._CHUNK
    index_module._CHUNK = chunk
    try:
        hits = SegmentIndex(columns).search(
            query.bits[0].view(np.uint8), context, valid, top_k=top_k, allowed_sources=allowed
        )
    finally:
        index_module._CHUNK = before
    assert [(-h.score, h.row, h.mask_iou, h.context_iou) for h in hits] == sorted(expected)[:top_k]


def test_a_segment_finds_itself_with_both_scores_one(bank):
    source = bank.sources()[3]
    for segment, (_, query) in zip(
        bank.segments_of(source.key), descriptors_of(bank.layout(source.key), bank.table), strict=True
    ):
        best = retrieve_candidates(query, bank.table[segment.class_id].key, [bank], bank.table)[0]
        assert (best.segment_key, best.mask_iou, best.context_iou) == (segment.key, 1.0, 1.0)
        assert best.source_key == source.key
        assert best.provenance == source.provenance


def test_leave_one_out_excludes_whole_groups(bank):
    source = bank.sources()[0]
    (region, query), *_ = descriptors_of(bank.layout(source.key), bank.table)
    excluded = frozenset({("Tiny", source.provenance.group)})
    found = retrieve_candidates(query, bank.table[region.class_id].key, [bank], bank.table, excluded_groups=excluded)
    assert len(found) == 4
    assert {c.provenance.group for c in found} == {"south"}


def test_banned_segments_make_room_for_the_next(bank):
    (region, query), *_ = descriptors_of(bank.layout(bank.sources()[0].key), bank.table)
    class_key = bank.table[region.class_id].key
    everything = retrieve_candidates(query, class_key, [bank], bank.table)
    banned = frozenset({everything[0].segment_key, everything[2].segment_key, "f" * 16})
    found = retrieve_candidates(query, class_key, [bank], bank.table, top_k=3, banned=banned)
    assert found == (everything[1], everything[3], everything[4])


def test_a_segment_in_two_banks_appears_once_and_banks_are_ranked_together(bank, tmp_path):
    root = draw_tiny_dataset(tmp_path / "set", count=3, seed=4)
    build_bank(FolderImporter(root, None), tmp_path / "other.bank")
    (region, query), *_ = descriptors_of(random_layout(1), bank.table)
    class_key = bank.table[region.class_id].key
    with closing(Bank.open(tmp_path / "other.bank")) as other, closing(Bank.open(bank.path)) as twin:
        merged = retrieve_candidates(query, class_key, [bank, other, twin], bank.table)
        apart = [
            *retrieve_candidates(query, class_key, [bank], bank.table),
            *retrieve_candidates(query, class_key, [other], bank.table),
        ]
    assert list(merged) == sorted(apart, key=lambda c: (-c.score, c.segment_key))


def test_a_document_of_another_table_retrieves_by_key_and_synonym(bank):
    table = ClassTable(
        "mine",
        "Mine",
        (ClassInfo(0, "sidewalk", "Walk", (9, 9, 9)), ClassInfo(1, "sky", "Sky", (1, 1, 1)),
         ClassInfo(2, "dragon", "Dragon", (2, 2, 2)), ClassInfo(3, "road", "Road", (3, 3, 3))),
    )  # fmt: skip
    layout = bank.layout(bank.sources()[0].key)
    lookup = bank.table.mapping_to(table)
    lookup[[info.id for info in bank.table if info.key == "car"]] = 2
    mine = Layout.from_classes(lookup[layout.class_ids])
    for region, query in descriptors_of(mine, table):
        class_key = table[region.class_id].key
        found = retrieve_candidates(query, class_key, [bank], table)
        if class_key == "dragon":
            assert found == ()
            continue
        bank_key = {"sidewalk": "pavement"}.get(class_key, class_key)
        renamed = ClassTable("r", "R", tuple(_renamed(c, {"sidewalk": "pavement"}) for c in table))
        expected = scores_by_brute_force(query, bank_key, bank, renamed)
        assert [(-c.score, c.segment_key, c.mask_iou, c.context_iou) for c in found] == expected


def _renamed(info: ClassInfo, names: dict[str, str]) -> ClassInfo:
    return ClassInfo(info.id, names.get(info.key, info.key), info.name, info.colour)


def test_a_class_the_table_lacks_is_a_key_error(bank):
    (_, query), *_ = descriptors_of(random_layout(1), bank.table)
    with pytest.raises(KeyError):
        retrieve_candidates(query, "dragon", [bank], bank.table)


def test_no_bank_and_no_segment_of_the_class_give_no_candidates(bank):
    (_, query), *_ = descriptors_of(random_layout(1), bank.table)
    assert retrieve_candidates(query, "sky", [], bank.table) == ()
    assert retrieve_candidates(query, "bicyclist", [bank], bank.table) == ()


def test_a_region_far_from_every_segment_still_gets_candidates_by_key(bank):
    layout = Layout.blank(Size(512, 64))
    ids = layout.class_ids.copy()
    ids[:8, :8] = 10  # a cyclist at the far left, outside the window; there is none in the bank
    ids[56:, :8] = 0  # sky where no sky ever is
    for region, query in descriptors_of(Layout.from_classes(ids), bank.table):
        key = bank.table[region.class_id].key
        found = retrieve_candidates(query, key, [bank], bank.table, top_k=3)
        assert [(-c.score, c.segment_key) for c in found] == [
            row[:2] for row in scores_by_brute_force(query, key, bank, bank.table)[:3]
        ]


class _SomeFrames(CamVidImporter):
    """Every fortieth frame."""

    def names(self) -> list[str]:
        return super().names()[::40]


@pytest.mark.skipif(not CAMVID.is_dir(), reason="CamVid is not at ../shared/data/camvid")
def test_retrieval_among_real_segments_agrees_with_brute_force(tmp_path):
    build_bank(_SomeFrames(CAMVID, "train"), tmp_path / "a.bank")
    assert verify_bank(tmp_path / "a.bank") == []
    sample = CamVidImporter(CAMVID, "val").load("0016E5_07961")
    with closing(Bank.open(tmp_path / "a.bank")) as bank:
        for region, query in descriptors_of(sample.layout, bank.table)[::4]:
            class_key = bank.table[region.class_id].key
            found = retrieve_candidates(query, class_key, [bank], bank.table, top_k=10)
            expected = scores_by_brute_force(query, class_key, bank, bank.table)[:10]
            assert [(-c.score, c.segment_key, c.mask_iou, c.context_iou) for c in found] == expected
