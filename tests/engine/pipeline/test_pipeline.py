"""The pipeline end to end on a tiny bank with untrained weights: same bytes, locality, records, refusals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.cancellation import CancellationToken, Cancelled
from engine.classes import VOID, builtin_class_table
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.networks.checkpoint import CheckpointError
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = builtin_class_table("street")


@pytest.fixture(scope="module")
def bank_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    write_tiny_weights(folder)
    return folder


@pytest.fixture
def pipeline(bank_path: Path, weights: Path) -> Pipeline:
    return Pipeline(weights, "cpu", [bank_path])


@pytest.fixture
def document(bank_path: Path) -> Document:
    bank = Bank.open(bank_path)
    layout = bank.layout(bank.sources()[0].key)
    bank.close()
    return Document(layout, TABLE)


def _final(pipeline: Pipeline, document: Document) -> Result:
    result = pipeline.run(document.snapshot(Quality.FINAL))
    assert result.records is not None
    document.annotate(document.generation, result.records, result.next_record_id, result.segments)
    return result


def test_a_layout_of_the_bank_finds_its_own_photograph(pipeline: Pipeline, document: Document) -> None:
    result = _final(pipeline, document)
    sky = next(r for r in result.regions if r.class_key == "sky")
    assert sky.candidates[0].mask_iou == 1.0
    assert sky.choice == sky.candidates[0].segment_key
    assert result.image.shape == (*document.class_ids.shape, 3)
    assert (result.presence == 2).mean() > 0.5
    assert not result.parametric


def test_the_same_snapshot_gives_the_same_bytes_in_a_fresh_pipeline(
    pipeline: Pipeline, document: Document, bank_path: Path, weights: Path
) -> None:
    snapshot = document.snapshot(Quality.FINAL)
    one, again = pipeline.run(snapshot), pipeline.run(snapshot)
    fresh = Pipeline(weights, "cpu", [bank_path]).run(snapshot)
    for other in (again, fresh):
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.canvas, other.canvas)
        assert one.records == other.records


def test_a_preview_is_smaller_and_writes_no_records(pipeline: Pipeline, bank_path: Path) -> None:
    layout = Document(_grown(bank_path), TABLE)
    result = pipeline.run(layout.snapshot(Quality.PREVIEW))
    assert result.records is None
    assert result.image.shape == (128, 192, 3)
    assert result.region_ids.shape == (128, 192)


def _grown(bank_path: Path):
    from engine.layout import Layout

    bank = Bank.open(bank_path)
    ids = bank.layout(bank.sources()[0].key).class_ids
    bank.close()
    return Layout.from_classes(ids.repeat(4, 0).repeat(4, 1))


def test_the_painters_pick_is_placed_and_its_crop_survives_without_the_bank(
    pipeline: Pipeline, document: Document, bank_path: Path
) -> None:
    first = _final(pipeline, document)
    region = next(r for r in first.regions if len(r.candidates) > 1)
    other = next(c.segment_key for c in region.candidates if c.segment_key != region.choice)
    document.pick(region.record_id, other)
    second = _final(pipeline, document)
    assert next(r for r in second.regions if r.record_id == region.record_id).choice == other
    assert other in second.segments
    assert not np.array_equal(first.canvas, second.canvas)
    pipeline.close_bank(bank_path)
    alone = pipeline.run(document.snapshot(Quality.FINAL))
    assert np.array_equal(alone.canvas, second.canvas)


def test_a_stroke_leaves_the_canvas_far_away_alone(pipeline: Pipeline, bank_path: Path) -> None:
    document = Document(_grown(bank_path), TABLE)
    first = _final(pipeline, document)
    document.begin_stroke(TABLE.get("tree").id)  # type: ignore[union-attr]
    document.paint([(12.0, 245.0)], 5.0)
    assert document.commit_stroke()
    second = _final(pipeline, document)
    kept = {r.record_id: r.choice for r in first.regions}
    same = [r for r in second.regions if r.class_key == "sky"]
    assert all(kept[r.record_id] == r.choice for r in same)
    assert np.array_equal(first.canvas[:60, 200:], second.canvas[:60, 200:])


def test_without_a_bank_everything_is_invented_and_the_result_says_so(weights: Path, document: Document) -> None:
    result = Pipeline(weights, "cpu").run(document.snapshot(Quality.FINAL))
    assert result.parametric
    assert not result.presence.any()
    assert not result.copy_share.any()
    assert all(r.choice is None and r.depth_rank == -1 for r in result.regions)


def test_parametric_keeps_the_records_choices_for_later(pipeline: Pipeline, document: Document) -> None:
    first = _final(pipeline, document)
    document.change_settings(parametric=True)
    second = _final(pipeline, document)
    assert second.parametric
    assert [r.choice for r in document.records] == [r.choice for r in first.records or ()]


def test_an_unpainted_document_is_synthesised(pipeline: Pipeline) -> None:
    from engine.geometry import Size
    from engine.layout import Layout

    result = pipeline.run(Document(Layout.blank(Size(96, 64)), TABLE).snapshot(Quality.FINAL))
    assert result.regions == ()
    assert result.image.shape == (64, 96, 3)


def test_completion_fills_what_is_unpainted_and_nothing_else(pipeline: Pipeline, document: Document) -> None:
    document.begin_stroke(VOID)
    document.paint([(48.0, 32.0)], 12.0)
    document.commit_stroke()
    document.change_settings(complete=True)
    result = pipeline.run(document.snapshot(Quality.FINAL))
    painted = document.class_ids != VOID
    assert (result.effective_class_ids != VOID).all()
    assert np.array_equal(result.effective_class_ids[painted], document.class_ids[painted])


def test_an_abandoned_run_stops_and_the_next_one_is_whole(pipeline: Pipeline, document: Document) -> None:
    calls = 0

    def after_three() -> bool:
        nonlocal calls
        calls += 1
        return calls > 3

    snapshot = document.snapshot(Quality.FINAL)
    with pytest.raises(Cancelled):
        pipeline.run(snapshot, check=CancellationToken(after_three).check)
    assert pipeline.run(snapshot).image.shape == (64, 96, 3)


def test_progress_names_the_stages_in_order(pipeline: Pipeline, document: Document) -> None:
    seen: list[tuple[str, float]] = []
    result = pipeline.run(document.snapshot(Quality.FINAL), report=lambda stage, share: seen.append((stage, share)))
    names = [stage for stage, _ in seen]
    assert names == ["regions", "retrieval", "alignment", "ordering", "canvas", "synthesis", "done"]
    assert [share for _, share in seen] == sorted(share for _, share in seen)
    assert set(result.stage_ms) == set(names[:-1])


def test_weights_of_another_table_are_refused(pipeline: Pipeline, document: Document) -> None:
    odd = replace(TABLE[0], id=len(TABLE), key="ufo", name="Flying saucer", colour=(1, 2, 3), synonyms=())
    other = replace(TABLE, classes=(*TABLE.classes, odd))
    with pytest.raises(CheckpointError, match="know nothing like Flying saucer"):
        pipeline.run(Document(document.snapshot(Quality.FINAL).layout, other).snapshot(Quality.FINAL))


def test_a_table_without_weights_is_refused_by_name(document: Document) -> None:
    other = replace(TABLE, key="nowhere")
    with pytest.raises(CheckpointError, match="'nowhere'"):
        Pipeline(None, "cpu").run(Document(document.snapshot(Quality.FINAL).layout, other).snapshot(Quality.FINAL))
