"""Ordering a layout: deterministic, cached, independent of the batch, and under the painter's hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import IDENTITY_THETA
from engine.layout import Layout
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.pipeline.contacts import PairPicture
from engine.pipeline.depth_order import OrderingError
from engine.pipeline.ordering import PAIR_BATCH, OrderItem, order_regions, pair_tensors, score_pairs
from engine.regions import Region, find_regions
from tests.support.layouts import parse_layout, small_table

pytestmark = pytest.mark.usefixtures("one_thread")

STREET = "ssssssss/bbbbssss/bbbbttpp/bbbbttpp/rrccrrpp/rrccrrrr/rrrrrrrr"


class _Counting(OrderingNetwork):
    calls = 0

    def forward(self, first: torch.Tensor, second: torch.Tensor, scene: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return super().forward(first, second, scene)


def _network() -> _Counting:
    torch.manual_seed(0)
    network = _Counting(OrderingConfig(classes=6, width=8, grid_px=32)).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return network


def _crop(region: Region, layout: Layout) -> SegmentCrop:
    shape = (region.bounds.height, region.bounds.width)
    rgb = np.random.default_rng(region.class_id).integers(0, 255, (*shape, 3), dtype=np.uint8)
    provenance, tone = Provenance("Tiny", "a.jpg"), (50.0, 0.0, 0.0, 10.0, 5.0, 5.0)
    key = f"{region.class_id:016x}"
    blank = np.zeros(shape, np.bool_)
    return SegmentCrop(key, "k", rgb, region.mask, blank, region.bounds, layout.size, "s", provenance, tone)


def _items(layout: Layout, *, empty: int | None = None) -> list[OrderItem]:
    regions = find_regions(layout, small_table())
    return [
        OrderItem(r) if i == empty else OrderItem(r, _crop(r, layout), IDENTITY_THETA) for i, r in enumerate(regions)
    ]


def _random_pictures(count: int) -> list[PairPicture]:
    rng = np.random.default_rng(0)
    return [
        PairPicture(
            rng.integers(0, 256, (32, 32, 4), dtype=np.uint8),
            rng.integers(0, 256, (32, 32, 4), dtype=np.uint8),
            rng.integers(0, 6, (32, 32), dtype=np.uint8),
            (-0.5, 0.5),
        )
        for _ in range(count)
    ]


def test_every_region_has_a_rank_of_its_own() -> None:
    layout = parse_layout(STREET)
    order = order_regions(_items(layout), layout, small_table(), _network())
    assert sorted(order.ranks) == list(range(6))
    assert all(edge.by in ("network", "ground") and 0.5 <= edge.confidence <= 1 for edge in order.edges)


def test_twice_the_same_scene_has_twice_the_same_order() -> None:
    layout = parse_layout(STREET)
    network = _network()
    first = order_regions(_items(layout), layout, small_table(), network)
    assert order_regions(_items(layout), layout, small_table(), network) == first


def test_the_painters_constraint_holds_also_for_regions_that_do_not_meet() -> None:
    layout = parse_layout(STREET)
    for constraint in ((0, 2), (2, 0), (4, 5), (5, 4)):
        order = order_regions(_items(layout), layout, small_table(), _network(), constraints=frozenset({constraint}))
        assert order.ranks[constraint[0]] > order.ranks[constraint[1]]


def test_contradicting_constraints_are_refused() -> None:
    layout = parse_layout(STREET)
    with pytest.raises(OrderingError, match=r"region 1 in front of region 0 in front of region 1"):
        order_regions(_items(layout), layout, small_table(), _network(), constraints=frozenset({(0, 1), (1, 0)}))


def test_known_pairs_are_not_judged_again() -> None:
    layout = parse_layout(STREET)
    network, logits = _network(), dict[str, float]()
    first = order_regions(_items(layout), layout, small_table(), network, logits=logits)
    calls = network.calls
    assert calls > 0 and logits
    assert order_regions(_items(layout), layout, small_table(), network, logits=logits) == first
    assert network.calls == calls
    order_regions(_items(layout, empty=4), layout, small_table(), network, logits=logits)
    assert network.calls == calls + 1


def test_a_segment_whose_colours_were_harmonised_is_judged_again() -> None:
    layout = parse_layout(STREET)
    network, logits = _network(), dict[str, float]()
    items = _items(layout)
    order_regions(items, layout, small_table(), network, logits=logits)
    crop = items[4].crop
    assert crop is not None
    items[4] = replace(items[4], crop=replace(crop, rgb=crop.rgb // 2))
    calls = network.calls
    fresh = order_regions(items, layout, small_table(), network)
    assert order_regions(items, layout, small_table(), network, logits=logits) == fresh
    assert network.calls > calls + 1


def test_a_layout_without_regions_has_an_empty_order() -> None:
    layout = parse_layout("..../....")
    assert order_regions([], layout, small_table(), _network()).ranks == ()


def test_no_pair_depends_on_the_others() -> None:
    network, pictures = _network(), _random_pictures(3)
    together = score_pairs(pictures, network)
    assert together == [score_pairs([picture], network)[0] for picture in pictures]
    assert score_pairs(pictures[::-1], network) == together[::-1]


def test_more_pairs_than_a_batch_are_refused() -> None:
    with pytest.raises(ValueError, match=f"at most {PAIR_BATCH}"):
        score_pairs(_random_pictures(PAIR_BATCH + 1), _network())


def test_pair_tensors_worked_by_hand() -> None:
    picture = PairPicture(
        np.full((32, 32, 4), 255, np.uint8),
        np.zeros((32, 32, 4), np.uint8),
        np.full((32, 32), 255, np.uint8),
        (0.0, 0.32),
    )
    first, second, scene = pair_tensors([picture], OrderingConfig(classes=6, grid_px=32), batch_size=2)
    assert first.shape == (2, 4, 32, 32) and scene.shape == (2, 8, 32, 32)
    assert bool((first[0] == 1).all()) and not first[1].any() and not second.any()
    assert bool((scene[0, 6] == 1).all()) and not scene[0, :6].any()
    assert scene[0, 7, :, 3].tolist() == pytest.approx([(i + 0.5) / 100 for i in range(32)], abs=1e-6)
