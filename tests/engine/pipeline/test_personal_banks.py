"""The painter's own photographs in the pipeline: at once among the candidates, and gone when switched off."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.bank.personal import PersonalBank
from engine.bank.schema import BankFormatError
from engine.classes import VOID, builtin_class_table
from engine.data.sample import Provenance, Sample
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.networks.features import FeatureConfig, FeatureNetwork
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.pipeline.suggestion import suggest_classes
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def pipeline(bank_path: Path, weights: Path) -> Pipeline:
    return Pipeline(weights, "cpu", [bank_path])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """A photograph that none of the banks has."""
    path = build_tiny_bank(tmp_path_factory.mktemp("own"), count=1, seed=9)
    with closing(Bank.open(path)) as bank:
        key = bank.sources()[0].key
        return Sample(
            "own", bank.photograph(key), bank.layout(key), Provenance("My photographs", "own.jpg"),
            bank.photograph_bytes(key),
        )  # fmt: skip


def sources_of(result: Result) -> set[str]:
    return {c.provenance.dataset for region in result.regions for c in region.candidates}


def run(pipeline: Pipeline, document: Document) -> Result:
    return pipeline.run(document.snapshot(Quality.FINAL))


def test_an_added_photograph_is_among_the_candidates_of_the_next_picture(pipeline, own, tmp_path):
    document = Document(own.layout, TABLE)
    assert sources_of(run(pipeline, document)) == {"Tiny"}
    path = tmp_path / "own.bank"
    changed = pipeline.change_bank(path, lambda bank: bank.add(own, TABLE), table=TABLE)
    assert (changed.summary.sources, changed.summary.is_living, changed.value.is_new) == (1, True, True)
    result = run(pipeline, document)
    assert sources_of(result) == {"Tiny", "My photographs"}
    sky = next(r for r in result.regions if r.class_key == "sky")
    assert sky.candidates[0].source_key == changed.value.source_key
    assert sky.candidates[0].mask_iou == 1.0


def test_a_bank_that_is_switched_off_stays_open_and_is_not_asked(pipeline, own, bank_path, tmp_path):
    document, path = Document(own.layout, TABLE), tmp_path / "own.bank"
    pipeline.change_bank(path, lambda bank: bank.add(own, TABLE), table=TABLE)
    pipeline.set_bank_on(path, False)
    off = run(pipeline, document)
    assert sources_of(off) == {"Tiny"}
    assert len(pipeline.banks) == 2
    pipeline.set_bank_on(path, True)
    assert sources_of(run(pipeline, document)) == {"Tiny", "My photographs"}
    pipeline.set_bank_on(bank_path, False)
    assert sources_of(run(pipeline, document)) == {"My photographs"}


def test_a_removed_photograph_is_no_candidate_any_more(pipeline, own, tmp_path):
    document, path = Document(own.layout, TABLE), tmp_path / "own.bank"
    added = pipeline.change_bank(path, lambda bank: bank.add(own, TABLE), table=TABLE).value
    run(pipeline, document)
    changed = pipeline.change_bank(path, partial(PersonalBank.remove_source, source_key=added.source_key))
    assert changed.summary.sources == 0
    assert sources_of(run(pipeline, document)) == {"Tiny"}


def test_what_another_program_adds_is_seen_by_the_next_run(pipeline, own, tmp_path):
    document, path = Document(own.layout, TABLE), tmp_path / "own.bank"
    with closing(PersonalBank.open(path, TABLE)) as bank:
        added = bank.add(own, TABLE)
    pipeline.open_bank(path)
    with closing(PersonalBank.open(path)) as bank:
        removed = bank.remove_source(added.source_key)
    assert sources_of(run(pipeline, document)) == {"Tiny"}
    with closing(PersonalBank.open(path)) as bank:
        bank.restore(removed)
    assert sources_of(run(pipeline, document)) == {"Tiny", "My photographs"}


def test_a_bundled_bank_takes_no_photograph(pipeline, own, bank_path):
    before = bank_path.read_bytes()
    with pytest.raises(BankFormatError, match="a finished bank"):
        pipeline.change_bank(bank_path, lambda bank: bank.add(own, TABLE))
    assert bank_path.read_bytes() == before


class BlueIsSky(FeatureNetwork):
    """A network that is sure of what it sees: blue is class 0, green is class 1, and grey it does not know."""

    def forward(self, rgb: torch.Tensor) -> torch.Tensor:
        return 30 * (rgb[:, [2, 1]] - rgb.mean(1, keepdim=True))


@pytest.fixture
def seer() -> FeatureNetwork:
    return BlueIsSky(FeatureConfig(2, width=8)).eval()


def test_a_suggestion_follows_the_edges_of_the_photograph(seer):
    rgb = np.zeros((600, 900, 3), np.uint8)
    rgb[:203] = (60, 90, 220)
    rgb[203:] = (50, 160, 40)
    lookup = np.full(256, VOID, np.uint8)
    lookup[:2] = (7, 4)
    suggested = suggest_classes(rgb, seer, lookup)
    assert (suggested[:200] == 7).all()
    assert (suggested[206:] == 4).all()


def test_what_the_network_does_not_know_or_the_table_lacks_stays_void(seer):
    rgb = np.full((64, 96, 3), 128, np.uint8)
    rgb[:, :32] = (60, 90, 220)
    rgb[:, 64:] = (50, 160, 40)
    lookup = np.full(256, VOID, np.uint8)
    lookup[0] = 7
    suggested = suggest_classes(rgb, seer, lookup)
    assert (suggested[:, :28] == 7).all()
    assert (suggested[:, 68:] == VOID).all()
