"""The weights that ship with Tessera, on photographs of a drive they were not trained on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.classes import RESOURCES, builtin_class_table
from engine.data.importers import IMPORTERS
from engine.data.sample import Sample
from engine.evaluation.alignment import evaluate_layers
from engine.evaluation.ordering import evaluate_scenes
from engine.pipeline.alignment import load_alignment
from engine.pipeline.ordering import load_ordering
from engine.pipeline.sampling import Layer, build_layer
from engine.regions import find_regions
from engine.training.ordering import build_ordered_scene
from engine.training.photographs import Photograph

pytestmark = pytest.mark.usefixtures("one_thread")

CAMVID = Path(__file__).resolve().parents[4] / "shared" / "data" / "camvid"
WEIGHTS = RESOURCES / "weights" / "street"

pytestmark = pytest.mark.skipif(not CAMVID.is_dir(), reason="the CamVid photographs are not here")


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    """Read a few photographs of the held-out drive."""
    importer = IMPORTERS["camvid"](CAMVID, "dev")
    return [importer.load(name) for name in importer.names()[10::25]]


def test_t_beats_the_box_fit(samples: list[Sample]) -> None:
    table = builtin_class_table("street")
    layers = [
        Layer(build_layer(s.rgb[r.bounds.slices], r.mask, max_side_px=96).rgba, np.eye(2, 3))
        for s in samples
        for r in find_regions(s.layout, table)
        if r.area_px >= 200 and min(r.bounds.width, r.bounds.height) >= 8
    ]
    report = evaluate_layers(load_alignment(WEIGHTS / "alignment.safetensors", table), layers[:50])
    assert report.beats_bbox_fit
    assert report.cases[0].mask_iou["kept"] > report.cases[0].mask_iou["bbox fit"]


def test_the_ordering_network_beats_a_fixed_order_of_classes(samples: list[Sample]) -> None:
    table = builtin_class_table("street")
    scenes = [
        build_ordered_scene(Photograph(s.name, s.name, ("CamVid", "0006R0"), s.rgb, s.layout, None), table)
        for s in samples
    ]
    report = evaluate_scenes(load_ordering(WEIGHTS / "ordering.safetensors", table), scenes, table)
    assert report.truth == "contact-point rule"
    assert report.beats_fixed_order
