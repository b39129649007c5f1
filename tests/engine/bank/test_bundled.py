"""The memory bank that ships with the program: what it is, and that networks can be trained from it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

import engine.cli.train
from engine.bank.bank import Bank
from engine.bank.bundled import BUNDLED_BANK, bundled_banks
from engine.classes import builtin_class_table
from engine.cli import main
from engine.networks.checkpoint import load_checkpoint
from engine.training.ordering import build_ordered_scene
from engine.training.photographs import Photograph
from tests.support.learning import one_thread

pytestmark = pytest.mark.skipif(not BUNDLED_BANK.is_file(), reason=f"{BUNDLED_BANK.name} is not in this copy")
MAX_BYTES = 30_000_000
DEPTH_SAMPLE = 12


@pytest.fixture(scope="module")
def bank() -> Iterator[Bank]:
    with closing(Bank.open(BUNDLED_BANK)) as opened:
        yield opened


def test_it_serves_the_default_table_alone():
    assert bundled_banks() == bundled_banks("landscape") == (BUNDLED_BANK,)
    assert bundled_banks("street") == ()


def test_it_is_a_small_bank_of_landscapes_that_are_ours(bank: Bank):
    assert BUNDLED_BANK.stat().st_size <= MAX_BYTES
    assert bank.table.digest == builtin_class_table("landscape").digest
    assert bank.source_count >= 100 and bank.segment_count >= 1000
    assert {source.provenance.licence for source in bank.sources()} == {"MIT"}


def test_its_photographs_are_rendered_in_colour_with_whole_layouts_and_depth(bank: Bank):
    for source in bank.sources()[:: max(1, bank.source_count // DEPTH_SAMPLE)]:
        layout, depth_m = bank.layout(source.key), bank.depth_m(source.key)
        assert bank.photograph(source.key).shape[:2] == layout.class_ids.shape
        assert depth_m is not None and depth_m.shape == layout.class_ids.shape
        assert (depth_m > 0).mean() > 0.2 and np.isfinite(depth_m).all()
        assert float(np.percentile(depth_m[depth_m > 0], 95)) > 20


def test_the_order_of_regions_is_learnt_from_its_depth(bank: Bank):
    scenes = []
    for source in bank.sources()[:4]:
        rgb, layout, depth_m = bank.photograph(source.key), bank.layout(source.key), bank.depth_m(source.key)
        photograph = Photograph(source.key, "name", ("set", "group"), rgb, layout, depth_m)
        scenes.append(build_ordered_scene(photograph, bank.table))
    assert {scene.source for scene in scenes} == {"depth"}
    assert sum(len(scene.contacts) for scene in scenes) >= 10


def test_a_network_is_trained_straight_from_it(tmp_path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(engine.cli.train, "prepare_process", lambda: None)
    path = tmp_path / "features.safetensors"
    options = ["--steps", "1", "--batch-size", "1", "--width", "8", "--device", "cpu"]
    with one_thread():
        assert main(["train", "features", "--bank", str(BUNDLED_BANK), "-o", str(path), *options]) == 0
    checkpoint = load_checkpoint(path, kind="features", table=builtin_class_table("landscape"))
    assert checkpoint.training["steps"] == 1
