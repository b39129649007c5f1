"""Training of the completion network: how layouts become coarse, and that the loss falls as it always did."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.classes import VOID
from engine.networks.completion import load_completion
from engine.regions import find_regions
from engine.training.completion import (
    FRAME_COLUMNS,
    CoarseningConfig,
    CompletionTask,
    coarsen_layout,
    drop_regions,
    make_completion_task,
)
from engine.training.config import TrainingConfig
from engine.training.photographs import load_photographs
from engine.training.trainer import train_network
from tests.support.layouts import parse_layout, small_table
from tests.support.learning import overfit
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = small_table()
UNTOUCHED = CoarseningConfig(drop=(0, 0), blank=0, erode=0, simplify=0, cut=0)
GOLDEN = (2.4684, 2.3613, 1.8849, 1.7271, 1.8873, 1.7667)
"""Every fourth loss of twenty steps, and the last."""


@pytest.fixture(scope="module")
def bank(tmp_path_factory):
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=4))
    yield opened
    opened.close()


@pytest.fixture
def task(bank):
    return CompletionTask(load_photographs(bank, rows=64), seed=0, width=8)


def test_the_task_of_a_bank_records_how_layouts_were_made_coarse(bank):
    task = make_completion_task(bank)
    assert task.kind == "completion"
    assert task.data_record["coarsening"]["blank"] == CoarseningConfig().blank
    assert task.network_config == {"classes": 11, "width": 32}


def test_without_coarsening_a_layout_stays_as_it_is():
    layout = parse_layout("ssb/sbb/rrr")
    regions = find_regions(layout, TABLE)
    assert np.array_equal(
        coarsen_layout(layout.class_ids, regions, np.random.default_rng(0), UNTOUCHED), layout.class_ids
    )


def test_erosion_and_polygons_and_cuts_only_lose_pixels_or_move_an_outline():
    layout = parse_layout("ssbb/sbbb/rrrr")
    regions = find_regions(layout, TABLE)
    rng = np.random.default_rng(0)
    config = CoarseningConfig(drop=(0, 0), blank=0, erode=1, simplify=0, cut=1)
    for _ in range(10):
        coarse = coarsen_layout(layout.class_ids, regions, rng, config)
        painted = coarse != VOID
        assert painted.any()
        assert not painted.all()
        assert np.array_equal(coarse[painted], layout.class_ids[painted])


def test_a_blank_draw_leaves_nothing():
    layout = parse_layout("ss/rr")
    config = CoarseningConfig(blank=1)
    coarse = coarsen_layout(layout.class_ids, find_regions(layout, TABLE), np.random.default_rng(0), config)
    assert (coarse == VOID).all()


def test_dropped_regions_become_void_and_others_stay():
    layout = parse_layout("ss/rr")
    kept = drop_regions(layout.class_ids, find_regions(layout, TABLE), [True, False])
    assert (kept[:8] == VOID).all()
    assert (kept[8:] == 2).all()


def test_a_batch_holds_shares_that_sum_to_one(task):
    batch = task.make_batch(np.random.default_rng(0), 3)
    for name in ("painted", "wanted"):
        assert batch[name].shape == (3, 12, 64, FRAME_COLUMNS)
        assert torch.allclose(batch[name].sum(dim=1), torch.ones(()), atol=1e-4)


def test_it_overfits_one_batch(task):
    first, last = overfit(task, task.make_batch(np.random.default_rng(0), 2), steps=30)
    assert last < 0.4 * first


def test_the_first_steps_are_as_they_always_were(task, tmp_path):
    path = tmp_path / "completion.safetensors"
    config = TrainingConfig(steps=20, batch_size=2, learning_rate=2e-3, warmup_steps=2, bfloat16=False, seed=0)
    report = train_network(task, config, path)
    assert (*report.losses[::4], report.losses[-1]) == pytest.approx(GOLDEN, rel=0.03)
    assert load_completion(path, task.table).config == task.network.config
