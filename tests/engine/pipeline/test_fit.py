"""What counts as a poor fit."""

from __future__ import annotations

import pytest

from engine.pipeline.fit import poor_fit_below


def test_the_bar_rises_with_the_share_of_the_picture_a_region_covers() -> None:
    bars = [poor_fit_below(share) for share in (0.001, 0.005, 0.02, 0.1, 0.5, 1.0)]
    assert bars == sorted(bars)
    assert 0 < bars[0] < bars[-1] < 0.5


def test_a_speck_between_two_strokes_is_never_poorly_served() -> None:
    assert poor_fit_below(54 / (512 * 256)) == 0.0
    assert poor_fit_below(0.0) == 0.0


@pytest.mark.parametrize(
    ("share", "score"), [(0.148, 0.46), (0.204, 0.44), (0.093, 0.53), (0.0062, 0.80), (0.0067, 0.25), (0.0045, 0.44)]
)
def test_what_a_plainly_painted_street_scores_is_not_poor(share: float, score: float) -> None:
    assert score > poor_fit_below(share)


@pytest.mark.parametrize(("share", "score"), [(0.076, 0.16), (0.011, 0.0), (0.15, 0.25)])
def test_a_region_that_hardly_any_photograph_resembles_is_poor(share: float, score: float) -> None:
    assert score < poor_fit_below(share)
