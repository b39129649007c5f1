"""Alignment: box fits by hand, known warps, and the rule which of three warps is kept."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import torch

from engine.cancellation import Cancelled
from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import IDENTITY_THETA, Bounds, Size, theta_matrix
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork
from engine.pipeline.alignment import AlignItem, align_segments, bbox_fit, cover_fit, enlarged_box
from engine.regions import Region

pytestmark = pytest.mark.usefixtures("one_thread")

SIZE = Size(200, 100)


def _network(*, rough: bool = False) -> AlignmentNetwork:
    torch.manual_seed(0)
    network = AlignmentNetwork(AlignmentConfig(width=8)).eval()
    if rough:
        torch.nn.init.normal_(network.head.weight, std=1.0)
    return network


def _region(bounds: Bounds, mask: npt.NDArray[np.bool_] | None = None) -> Region:
    full = np.ones((bounds.height, bounds.width), np.bool_) if mask is None else mask
    return Region(0, 0, bounds, full, int(full.sum()))


def _crop(bounds: Bounds, source_size: Size = SIZE, mask: npt.NDArray[np.bool_] | None = None) -> SegmentCrop:
    shape = (bounds.height, bounds.width)
    full = np.ones(shape, np.bool_) if mask is None else mask
    rgb = np.random.default_rng(0).integers(0, 255, (*shape, 3), dtype=np.uint8)
    tone = (50.0, 0.0, 0.0, 10.0, 5.0, 5.0)
    provenance = Provenance("Tiny", "a.jpg")
    return SegmentCrop(
        "k" * 16, "car", rgb, full, np.zeros(shape, np.bool_), bounds, source_size, "s", provenance, tone
    )


def test_stuff_is_not_enlarged_beyond_its_box_to_cover_the_corners_of_its_region() -> None:
    box = Bounds(40, 20, 120, 60)
    rows, columns = np.mgrid[:40, :80]
    ellipse = ((rows + 0.5) / 20 - 1) ** 2 + ((columns + 0.5) / 40 - 1) ** 2 <= 1
    stuff = align_segments([AlignItem(_region(box), SIZE, _crop(box, mask=ellipse), is_stuff=True)], _network())[0]
    assert stuff.theta[0] == pytest.approx(1, abs=0.05)


def test_of_stuff_the_covered_share_counts_and_of_a_thing_the_outline() -> None:
    region, segment = Bounds(60, 30, 100, 50), Bounds(40, 20, 120, 58)
    mask = np.ones((38, 80), np.bool_)
    mask[1:9, 2:78] = False  # it lies above the region, unless the segment is fitted box to box
    thing, stuff = (
        align_segments([AlignItem(_region(region), SIZE, _crop(segment, mask=mask), is_stuff=is_stuff)], None)[0]
        for is_stuff in (False, True)
    )
    assert (thing.chosen, stuff.chosen) == ("bbox", "identity")


def test_the_box_fit_of_a_box_onto_itself_is_the_identity() -> None:
    box = Bounds(20, 30, 60, 70)
    assert bbox_fit(box, SIZE, box, SIZE) == IDENTITY_THETA


def test_the_box_fit_worked_by_hand() -> None:
    # Frame boxes: region u -0.5..0.0, v -0.25..0.25; segment u 0.0..0.25, v 0.0..0.125.
    theta = bbox_fit(Bounds(50, 25, 100, 75), SIZE, Bounds(400, 200, 500, 250), Size(800, 400))
    assert theta == (0.5, 0.0, 0.25, 0.0, 0.25, 0.0625)
    assert theta_matrix(theta) @ [-0.5, -0.25, 1.0] == pytest.approx([0.0, 0.0])
    assert theta_matrix(theta) @ [0.0, 0.25, 1.0] == pytest.approx([0.25, 0.125])


def test_an_empty_box_is_refused() -> None:
    with pytest.raises(ValueError, match="empty box"):
        bbox_fit(Bounds(5, 5, 5, 9), SIZE, Bounds(0, 0, 4, 4), SIZE)


def test_the_enlarged_box_gains_an_eighth_a_side_and_at_least_a_pixel() -> None:
    assert enlarged_box(Bounds(8, 0, 24, 4)) == (6.0, -1.0, 26.0, 5.0)


def test_a_segment_that_fits_where_it_is_stays_there() -> None:
    box = Bounds(40, 20, 90, 60)
    (aligned,) = align_segments([AlignItem(_region(box), SIZE, _crop(box))], _network())
    assert aligned.theta == IDENTITY_THETA
    assert aligned.iou == pytest.approx(1.0, abs=0.005)


def test_a_shifted_segment_is_fitted_box_to_box() -> None:
    (aligned,) = align_segments(
        [AlignItem(_region(Bounds(40, 20, 90, 60)), SIZE, _crop(Bounds(120, 30, 170, 70)))], _network()
    )
    assert aligned.chosen == "bbox"
    assert aligned.theta == pytest.approx((1.0, 0.0, 0.8, 0.0, 1.0, 0.1), abs=2**-12)
    assert aligned.iou == pytest.approx(1.0, abs=0.01)


def test_its_own_place_wins_where_the_box_fit_would_overlap_less() -> None:
    mask = np.zeros((40, 80), np.bool_)
    mask[:, :40] = True
    mask[0, 40:] = True  # a thin spur doubles the box
    square = _region(Bounds(40, 20, 80, 60))
    (aligned,) = align_segments([AlignItem(square, SIZE, _crop(Bounds(40, 20, 120, 60), mask=mask))], _network())
    assert aligned.chosen == "identity"
    assert aligned.iou > 0.95


@pytest.mark.parametrize("seed", range(3))
def test_no_warp_of_the_network_is_kept_that_overlaps_less_than_the_box_fit(seed: int) -> None:
    torch.manual_seed(seed)
    network = _network(rough=True)
    items = [AlignItem(_region(Bounds(40, 20, 90, 60)), SIZE, _crop(Bounds(120, 30, 170, 70)))]
    (aligned,) = align_segments(items, network)
    assert aligned.iou > 0.98


def test_a_segment_far_too_large_for_a_theta_keeps_its_place() -> None:
    item = AlignItem(_region(Bounds(0, 0, 1, 1)), Size(8192, 8), _crop(Bounds(0, 0, 4, 4), Size(8192, 8)))
    (aligned,) = align_segments([item], _network())
    assert aligned.theta == IDENTITY_THETA


def test_a_result_does_not_depend_on_the_other_segments() -> None:
    boxes = [(Bounds(10, 10, 60, 50), Bounds(90, 20, 150, 60)), (Bounds(70, 40, 150, 90), Bounds(30, 30, 60, 80))]
    items = [AlignItem(_region(region), SIZE, _crop(segment, Size(160, 120))) for region, segment in boxes]
    network = _network(rough=True)
    together = align_segments(items, network)
    assert together == tuple(align_segments([item], network)[0] for item in items)
    assert align_segments(items[::-1], network) == together[::-1]


def test_a_run_that_is_no_longer_wanted_stops_between_segments() -> None:
    def check() -> None:
        raise Cancelled

    box = Bounds(40, 20, 90, 60)
    with pytest.raises(Cancelled):
        align_segments([AlignItem(_region(box), SIZE, _crop(box))], _network(), check=check)


def test_a_fit_that_would_stretch_too_much_covers_the_region_at_one_scale():
    size = Size(200, 100)
    fit = theta_matrix(bbox_fit(Bounds(20, 40, 180, 60), size, Bounds(90, 10, 110, 90), size))
    matrix = cover_fit(fit, Bounds(20, 40, 180, 60), size)
    assert matrix[0, 0] == matrix[1, 1] == pytest.approx(0.125)  # 20 of 160 columns: the narrower ratio
    centre = np.array([0.0, 0.0, 1.0])  # of the region's box, which is the picture's
    assert matrix @ centre == pytest.approx(fit @ centre)
