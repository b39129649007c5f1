"""Simulated canvases: the photograph's own pixels, where another photograph's segment covers them."""

from dataclasses import replace

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.classes import builtin_class_table
from engine.geometry import Bounds, Size
from engine.layout import Layout
from engine.pipeline.canvas import ELIDED, MISSING, PHOTO
from engine.pipeline.ordering import fixed_depth_ranks
from engine.regions import find_regions
from engine.training import simulation
from engine.training.photographs import Photographs, load_photographs
from engine.training.simulation import (
    CanvasSimulator,
    SimulationConfig,
    paint_roughly,
    transfer_colours,
)
from tests.support.tiny_bank import build_tiny_bank

EXACT = SimulationConfig(colour_transfer=0, missing=0, mismatched=0, continued=0, label_noise=0, misalignment=0)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank")))


@pytest.fixture(scope="module")
def photographs(bank: Bank) -> Photographs:
    return load_photographs(bank, rows=64)


def test_photographs_are_scaled_to_the_rows_asked_for(bank: Bank) -> None:
    items = load_photographs(bank, rows=32).items
    assert {item.rgb.shape for item in items} == {(32, 48, 3)}
    assert all(item.layout.size == Size(48, 32) for item in items)
    assert all(item.depth_m is not None and item.depth_m.shape == (32, 48) for item in items)


def test_present_pixels_are_the_photographs_own(bank: Bank, photographs: Photographs) -> None:
    simulator = CanvasSimulator(bank, photographs, EXACT)
    simulated = simulator.simulate(0, np.random.default_rng(0))
    photo = simulated.canvas.presence == PHOTO
    assert photo.mean() > 0.2
    assert np.array_equal(simulated.canvas.rgb[photo], simulated.rgb[photo])
    assert {MISSING, ELIDED, PHOTO} == set(np.unique(simulated.canvas.presence).tolist())


def test_mismatched_regions_show_something_else(bank: Bank, photographs: Photographs) -> None:
    simulated = CanvasSimulator(bank, photographs, replace(EXACT, mismatched=1.0)).simulate(0, np.random.default_rng(0))
    photo = simulated.canvas.presence == PHOTO
    assert photo.mean() > 0.2
    assert (simulated.canvas.rgb[photo] != simulated.rgb[photo]).any(-1).mean() > 0.9


def test_a_segment_is_not_laid_where_it_would_be_stretched_beyond_reason(bank: Bank, photographs: Photographs) -> None:
    segment = bank.crop(CanvasSimulator(bank, photographs, EXACT)._scenes[0].stencils[0][0])
    size = segment.source_size
    sliver = Bounds(0, 0, segment.bounds.width, 1)
    assert simulation._is_similar(segment.bounds, size, segment)
    assert not simulation._is_similar(sliver, Size(size.width, 100 * size.height), segment)


def test_continued_segments_leave_no_hole_in_their_regions(bank: Bank, photographs: Photographs) -> None:
    holes, continued = (
        CanvasSimulator(bank, photographs, replace(EXACT, continued=share)).simulate(0, np.random.default_rng(0))
        for share in (0.0, 1.0)
    )
    assert (holes.canvas.presence == MISSING).mean() > 0.02
    assert (continued.canvas.presence == MISSING).sum() < 0.5 * (holes.canvas.presence == MISSING).sum()


def test_the_same_draw_gives_the_same_canvas(bank: Bank, photographs: Photographs) -> None:
    simulator = CanvasSimulator(bank, photographs, SimulationConfig())
    one, other, third = (simulator.simulate(1, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert np.array_equal(one.canvas.rgb, other.canvas.rgb)
    assert not np.array_equal(one.canvas.rgb, third.canvas.rgb)


def test_stencils_never_come_from_the_photographs_own_group(bank: Bank, photographs: Photographs) -> None:
    simulator = CanvasSimulator(bank, photographs, EXACT)
    for scene in simulator._scenes:
        for keys in scene.stencils:
            for key in keys:
                source = bank.source(bank.segment(key).source_key)
                assert (source.provenance.dataset, source.provenance.group) != scene.photograph.group


def test_colour_transfer_gives_the_mean_and_deviation_of_the_other() -> None:
    rng = np.random.default_rng(0)
    own = np.clip(rng.normal(80, 10, (40, 40, 3)), 0, 255).astype(np.uint8)
    like = np.clip(rng.normal((150, 120, 90), 20, (30, 30, 3)), 0, 255).astype(np.uint8)
    mapped = transfer_colours(own, np.ones((40, 40), np.bool_), like, np.ones((30, 30), np.bool_))
    assert np.abs(mapped.reshape(-1, 3).mean(0) - like.reshape(-1, 3).mean(0)).max() < 1
    assert np.abs(mapped.reshape(-1, 3).std(0) - like.reshape(-1, 3).std(0)).max() < 1


def test_no_strength_and_too_few_pixels_leave_colours_alone() -> None:
    rng = np.random.default_rng(0)
    own, like = (rng.integers(0, 255, (6, 6, 3)).astype(np.uint8) for _ in range(2))
    whole, few = np.ones((6, 6), np.bool_), np.zeros((6, 6), np.bool_)
    assert np.array_equal(transfer_colours(own, whole, like, whole, strength=0), own)
    assert np.array_equal(transfer_colours(own, few, like, whole), own)


def test_rough_painting_moves_outlines_and_keeps_the_classes() -> None:
    ids = np.zeros((64, 128), np.uint8)
    ids[:, 64:] = 3
    layout = Layout.from_classes(ids)
    painted = paint_roughly(layout, 0.02, np.random.default_rng(0))
    changed = painted.class_ids != ids
    assert 0 < changed.mean() < 0.1
    assert set(np.unique(painted.class_ids).tolist()) == {0, 3}


def test_fixed_ranks_put_the_sky_behind_and_every_rank_once() -> None:
    table = builtin_class_table("street")
    ids = np.full((32, 64), 3, np.uint8)
    ids[:10] = 0
    ids[20:28, 10:30] = 8
    regions = find_regions(Layout.from_classes(ids), table)
    ranks = fixed_depth_ranks(regions, table)
    by_class = {table[r.class_id].key: rank for r, rank in zip(regions, ranks, strict=True)}
    assert by_class == {"sky": 0, "road": 1, "car": 2}
