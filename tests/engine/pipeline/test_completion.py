"""The completion stage: what is painted stays, what is not is filled."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.classes import VOID, ClassInfo, ClassTable
from engine.geometry import Size
from engine.layout import Layout
from engine.networks.checkpoint import CheckpointError
from engine.networks.completion import CompletionConfig, CompletionNetwork
from engine.pipeline.completion import complete_layout, frame_columns, frame_shares, pad_columns
from tests.support.layouts import parse_layout, small_table

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = small_table()


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return CompletionNetwork(CompletionConfig(len(TABLE), width=8), TABLE).eval().requires_grad_(False)


layouts = hnp.array_shapes(min_dims=2, max_dims=2, min_side=8, max_side=90).flatmap(
    lambda shape: st.tuples(
        hnp.arrays(np.uint8, shape, elements=st.sampled_from([0, 1, 2, 3, 4, 5, VOID])),
        hnp.arrays(np.uint16, shape, elements=st.integers(0, 3)),
    )
)


@given(layouts)
@settings(max_examples=25, deadline=None)
def test_painted_pixels_never_change_and_no_void_is_left(network, arrays):
    layout = Layout(*arrays)
    completed = complete_layout(layout, TABLE, network)
    painted = layout.class_ids != VOID
    assert np.array_equal(completed.class_ids[painted], layout.class_ids[painted])
    assert np.array_equal(completed.instance_ids[painted], layout.instance_ids[painted])
    assert (completed.class_ids < len(TABLE)).all()
    assert not completed.instance_ids[~painted].any()


@pytest.mark.parametrize("size", [Size(8, 8), Size(512, 256), Size(2000, 9), Size(9, 2000)])
def test_a_blank_layout_of_any_shape_becomes_a_scene(network, size):
    completed = complete_layout(Layout.blank(size), TABLE, network)
    assert completed.size == size
    assert (completed.class_ids < len(TABLE)).all()


def test_the_same_layout_is_completed_the_same_way_twice(network):
    layout = parse_layout("s.s/.b./r..")
    assert complete_layout(layout, TABLE, network) == complete_layout(layout, TABLE, network)


def test_a_full_layout_is_returned_as_it_is(network):
    layout = parse_layout("ss/rr")
    assert complete_layout(layout, TABLE, network) is layout


def test_classes_of_another_table_are_matched_by_key_and_strange_ones_stay_painted(network):
    table = ClassTable(
        "mine",
        "Mine",
        (
            ClassInfo(0, "dragon", "Dragon", (1, 2, 3)),
            ClassInfo(1, "road", "Road", (4, 5, 6)),
            ClassInfo(2, "sky", "Sky", (7, 8, 9)),
        ),
    )
    class_ids = np.full((32, 32), VOID, np.uint8)
    class_ids[:8] = 0
    completed = complete_layout(Layout.from_classes(class_ids), table, network)
    assert (completed.class_ids[:8] == 0).all()
    assert set(np.unique(completed.class_ids[8:]).tolist()) <= {1, 2}


def test_a_table_without_a_known_class_is_refused(network):
    table = ClassTable("zoo", "Zoo", (ClassInfo(0, "dragon", "Dragon", (1, 2, 3)),))
    with pytest.raises(CheckpointError, match="none of the classes of 'zoo'"):
        complete_layout(Layout.blank(Size(16, 16)), table, network)


def test_frame_shares_are_the_shares_of_pixels():
    class_ids = np.array([[0, 0, 1, VOID], [0, 1, 1, 9]], np.uint8)
    shares = frame_shares(class_ids, 2, Size(2, 1))
    assert np.allclose(shares[:, 0], [[0.75, 0], [0.25, 0.5], [0, 0.5]])


def test_the_frame_keeps_the_aspect_and_is_padded_by_its_edge():
    assert frame_columns(Size(512, 256)) == 128
    assert frame_columns(Size(480, 360)) == 85
    padded = pad_columns(np.arange(3 * 2 * 17, dtype=np.float32).reshape(3, 2, 17))
    assert padded.shape == (3, 2, 32)
    assert (padded[:, :, 17:] == padded[:, :, 16:17]).all()
