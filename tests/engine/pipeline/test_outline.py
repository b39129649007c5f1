"""Outlines are compared whatever their size and place."""

import numpy as np

from engine.pipeline.outline import enlargements, outline_fits


def _bits(top: int, left: int, height: int, width: int, *, round_: bool = False) -> np.ndarray:
    cells = np.zeros((64, 128), np.bool_)
    y, x = np.mgrid[:height, :width]
    inside = ((y + 0.5) / height * 2 - 1) ** 2 + ((x + 0.5) / width * 2 - 1) ** 2 <= 1
    cells[top : top + height, left : left + width] = inside if round_ else True
    return np.packbits(cells.reshape(-1), bitorder="little")


def test_the_same_outline_elsewhere_and_larger_agrees() -> None:
    disc = _bits(2, 3, 20, 20, round_=True)
    ious = outline_fits(
        disc, np.stack([_bits(30, 60, 32, 40, round_=True), _bits(30, 60, 20, 20), disc]), is_stuff=False
    )
    assert ious[0] > 0.9
    assert 0.6 < ious[1] < 0.85
    assert ious[2] == 1


def test_one_cell_has_an_outline_too() -> None:
    assert outline_fits(_bits(5, 5, 1, 1), _bits(9, 9, 1, 1)[None], is_stuff=False)[0] == 1


def test_nothing_to_compare_with_is_no_error() -> None:
    assert outline_fits(_bits(5, 5, 1, 1), np.zeros((0, 1024), np.uint8), is_stuff=True).shape == (0,)


def test_of_stuff_the_covered_share_counts() -> None:
    disc, square = _bits(2, 3, 20, 20, round_=True), _bits(30, 60, 20, 20)
    assert outline_fits(disc, square[None], is_stuff=True)[0] == 1
    assert 0.6 < outline_fits(square, disc[None], is_stuff=True)[0] < 0.85


def test_a_segment_of_a_quarter_of_the_area_is_enlarged_twice_and_a_larger_one_not_at_all() -> None:
    region, small, large = _bits(0, 0, 20, 20), _bits(30, 60, 10, 10), _bits(30, 60, 30, 30)
    np.testing.assert_allclose(enlargements(region, np.stack([small, region, large])), [np.log(2), 0, 0], atol=1e-6)
