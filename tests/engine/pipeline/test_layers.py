"""Segments as layers: what lies visibly in the canvas is what the layers show, farthest first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.classes import builtin_class_table
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.pipeline.canvas import ELIDED, PHOTO
from engine.pipeline.layers import segment_layers
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from tests.support.tiny_bank import build_tiny_bank
from tests.support.tiny_weights import write_tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    bank_path = build_tiny_bank(tmp_path_factory.mktemp("bank"))
    weights = tmp_path_factory.mktemp("weights")
    write_tiny_weights(weights)
    return Pipeline(weights, "cpu", [Path(bank_path)])


@pytest.fixture(scope="module")
def document(pipeline: Pipeline) -> Document:
    (bank,) = pipeline.banks
    return Document(bank.layout(bank.sources()[1].key), builtin_class_table("street"))


@pytest.fixture(scope="module")
def result(pipeline: Pipeline, document: Document) -> Result:
    return pipeline.run(document.snapshot(Quality.FINAL))


def pasted(result: Result) -> tuple[np.ndarray, np.ndarray]:
    """Return colours and coverage of all layers, laid over one another in their order."""
    shown = np.zeros_like(result.canvas)
    covered = np.zeros(result.canvas.shape[:2], np.bool_)
    for layer in segment_layers(result):
        inside = layer.rgba[..., 3] == 255
        shown[layer.bounds.slices][inside] = layer.rgba[..., :3][inside]
        covered[layer.bounds.slices][inside] = True
    return shown, covered


def test_layers_pasted_in_their_order_are_the_canvas(result: Result):
    shown, covered = pasted(result)
    photo = result.presence == PHOTO
    assert np.array_equal(shown[photo], result.canvas[photo])
    assert np.array_equal(covered, photo | (result.presence == ELIDED))


def test_what_spills_over_an_invented_region_is_in_the_layers_too(pipeline: Pipeline, document: Document):
    first = pipeline.run(document.snapshot(Quality.FINAL))
    assert first.records is not None
    other = Document(document.snapshot(Quality.FINAL).layout, document.table, records=first.records, next_record_id=99)
    other.annotate(0, first.records, 99, first.segments)
    for region in first.regions:
        if region.class_key in ("sky", "road"):
            other.invent(region.record_id)
    result = pipeline.run(other.snapshot(Quality.FINAL))
    assert len(result.items) < len(first.items)
    photo = result.presence == PHOTO
    shown, covered = pasted(result)
    assert np.array_equal(shown[photo], result.canvas[photo])
    assert covered[photo].all()


def test_a_reveal_is_a_layer_of_its_own_in_front_of_its_segment(pipeline: Pipeline, document: Document):
    first = pipeline.run(document.snapshot(Quality.FINAL))
    assert first.records is not None
    other = Document(document.snapshot(Quality.FINAL).layout, document.table, records=first.records, next_record_id=99)
    other.annotate(0, first.records, 99, first.segments)
    region = max((r for r in first.regions if len(r.candidates) > 2), key=lambda r: r.area_px)
    candidate = next(c for c in region.candidates if c.segment_key != region.choice)
    middle = ((region.bounds.left + region.bounds.right) / 2, (region.bounds.top + region.bounds.bottom) / 2)
    other.begin_reveal(region.record_id, candidate.segment_key)
    other.reveal([middle], 9.0)
    other.commit_reveal()
    result = pipeline.run(other.snapshot(Quality.FINAL))
    layers = [layer for layer in segment_layers(result) if layer.record_id == region.record_id]
    assert [layer.is_reveal for layer in layers] == [False, True]
    assert layers[1].segment_key == candidate.segment_key
    shown, covered = pasted(result)
    photo = result.presence == PHOTO
    assert np.array_equal(shown[photo], result.canvas[photo])
    assert covered[photo].all()


def test_there_is_a_layer_for_every_segment_that_covers_anything(result: Result):
    layers = segment_layers(result)
    assert len(layers) > 3
    assert [layer.segment_key for layer in layers] == [item.segment_key for item in result.items]


def test_a_layer_is_as_small_as_its_pixels_and_has_hard_edges(result: Result):
    for layer in segment_layers(result):
        alpha = layer.rgba[..., 3]
        assert set(np.unique(alpha)) <= {0, 255}
        assert alpha[0].any() and alpha[-1].any() and alpha[:, 0].any() and alpha[:, -1].any()
        assert not layer.rgba[alpha == 0].any()


def test_a_layer_also_shows_what_lies_behind_another(result: Result):
    hidden = 0
    for place, layer in enumerate(segment_layers(result), start=1):
        inside = layer.rgba[..., 3] == 255
        seen = result.segment_index[layer.bounds.slices] == place
        assert not (seen & ~inside).any()
        hidden += int((inside & ~seen).sum())
    assert hidden


def test_layers_can_be_abandoned(result: Result):
    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        segment_layers(result, check=stop)
