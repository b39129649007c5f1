"""Every ablation leaves out its part of the pipeline, and that part alone."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.networks.checkpoint import CheckpointError
from engine.pipeline.ablation import WHOLE, Ablation
from engine.pipeline.canvas import ELIDED, MISSING
from engine.pipeline.ordering import fixed_depth_ranks
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.regions import find_regions
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"), count=20)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_weights(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def document(bank_path: Path) -> Document:
    bank = Bank.open(bank_path)
    layout = bank.layout(bank.sources()[0].key)
    bank.close()
    return Document(layout, TABLE)


def _run(document: Document, weights: Path, bank_path: Path, ablation: Ablation = WHOLE) -> Result:
    pipeline = Pipeline(weights, "cpu", [bank_path], ablation=ablation)
    excluded = frozenset({("Tiny", "north")})  # that of the layout: nothing fits it exactly
    return pipeline.run(document.snapshot(Quality.FINAL), excluded_groups=excluded)


@pytest.fixture(scope="module")
def whole(document: Document, weights: Path, bank_path: Path) -> Result:
    return _run(document, weights, bank_path)


def test_nothing_is_left_out_by_default() -> None:
    assert all(getattr(WHOLE, field.name) is True for field in fields(WHOLE))


def test_without_context_the_mask_alone_ranks(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(context=False))
    assert any(candidate.context_iou > 0 for region in whole.regions for candidate in region.candidates)
    for region, before in zip(result.regions, whole.regions, strict=True):
        assert all(candidate.context_iou == 0 for candidate in region.candidates)
        ranked = sorted(before.candidates, key=lambda c: (-c.mask_iou, c.segment_key))
        assert [(c.segment_key, c.mask_iou) for c in region.candidates] == [(c.segment_key, c.mask_iou) for c in ranked]


def test_without_prior_colours_and_outlines_the_first_of_the_ranking_is_chosen(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    alone = Ablation(scene_prior=False, colour_agreement=False, outline_agreement=False, scale_agreement=False)
    result = _run(document, weights, bank_path, alone)
    assert all(r.choice == r.candidates[0].segment_key for r in result.regions if r.candidates)
    assert any(r.choice != r.candidates[0].segment_key for r in whole.regions if r.candidates)
    assert [r.candidates for r in result.regions] == [r.candidates for r in whole.regions]


@pytest.mark.parametrize("part", ["scene_prior", "colour_agreement", "outline_agreement", "scale_agreement"])
def test_a_part_of_the_choice_leaves_the_ranking_as_it_is(
    part: str, document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(**{part: False}))
    assert [r.candidates for r in result.regions] == [r.candidates for r in whole.regions]


@pytest.mark.parametrize(
    ("file", "ablation"), [("alignment", Ablation(transformation=False)), ("ordering", Ablation(ordering=False))]
)
def test_a_network_that_is_left_out_is_not_asked(
    file: str, ablation: Ablation, document: Document, bank_path: Path, whole: Result, tmp_path: Path
) -> None:
    folder = write_tiny_weights(tmp_path)
    (folder / f"{file}.safetensors").unlink()
    with pytest.raises(CheckpointError):
        _run(document, folder, bank_path)
    result = _run(document, folder, bank_path, ablation)
    assert [r.choice for r in result.regions] == [r.choice for r in whole.regions]
    assert result.image.shape == whole.image.shape


def test_without_the_ordering_network_the_classes_order(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(ordering=False))
    ranks = fixed_depth_ranks(find_regions(document.snapshot(Quality.FINAL).layout, TABLE), TABLE)
    shown = [(r.depth_rank, rank) for r, rank in zip(result.regions, ranks, strict=True) if r.depth_rank >= 0]
    assert shown
    assert all(found == wanted for found, wanted in shown)
    thetas = [r.theta for r in result.regions]
    assert thetas == [r.theta for r in whole.regions]


def test_without_filling_the_same_segments_leave_holes_in_their_regions(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(filling=False))
    assert result.placed == whole.placed
    covered = np.isin(whole.region_ids, [item.record_id for item in whole.items])
    assert not (whole.presence[covered] == MISSING).any()
    assert (result.presence[covered] == MISSING).any()


def test_without_elision_no_pixel_is_elided_and_the_same_segments_lie_there(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(elision=False))
    assert (whole.presence == ELIDED).any()
    assert not (result.presence == ELIDED).any()
    assert np.array_equal(result.presence == MISSING, whole.presence == MISSING)
    kept = whole.segment_index > 0
    assert np.array_equal(result.segment_index[kept], whole.segment_index[kept])
    assert np.array_equal(result.canvas[kept], whole.canvas[kept])


def test_without_harmonising_every_segment_keeps_its_own_light(
    document: Document, weights: Path, bank_path: Path, whole: Result
) -> None:
    result = _run(document, weights, bank_path, Ablation(harmonise=False))
    assert any(item.colour_map is not None for item in whole.items)
    assert all(item.colour_map is None for item in result.items)
    assert np.array_equal(result.presence, whole.presence)
    assert not np.array_equal(result.canvas, whole.canvas)
