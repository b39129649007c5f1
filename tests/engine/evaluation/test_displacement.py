"""How far retrieved segments are from their regions."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from engine.bank.bank import Bank
from engine.evaluation.displacement import GRID_PX, Mask, measure_displacements, search_affine
from tests.support.tiny_bank import build_tiny_bank


def _blob() -> Mask:
    grid = np.zeros((GRID_PX, GRID_PX), np.float32)
    cv2.ellipse(grid, (30, 34), (18, 8), 20, 0, 360, 1.0, -1)
    cv2.circle(grid, (24, 24), 7, 1.0, -1)
    return grid


def test_a_mask_laid_on_itself_needs_no_affine():
    parameters, ious = search_affine(_blob(), _blob())
    assert np.allclose(parameters, 0)
    assert ious == pytest.approx([1.0] * 4)


def test_a_known_rotation_scale_and_shift_are_found():
    angle, scale = np.radians(9), 1.2
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = np.array([GRID_PX / 2 - 0.5] * 2)
    offset = middle + np.array([3.0, -2.0]) - turn @ middle
    target = np.asarray(cv2.warpAffine(_blob(), np.column_stack([turn, offset]), (GRID_PX, GRID_PX)), np.float32)
    parameters, ious = search_affine(_blob(), target)
    assert ious[1] > 0.9 > ious[0]
    assert np.degrees(parameters[2]) == pytest.approx(9, abs=3)
    assert np.exp(parameters[3]) == pytest.approx(scale, abs=0.08)
    assert ious == sorted(ious)


def test_a_bank_is_measured_against_its_other_photographs(tmp_path):
    bank = Bank.open(build_tiny_bank(tmp_path, count=4))
    report = measure_displacements(bank, limit=12)
    assert report.regions >= 4
    assert set(report.percentiles) == {"shift", "rotation_deg", "scale", "aspect"}
    assert all(v >= 1 for name in ("scale", "aspect") for v in report.percentiles[name].values())
    ious = list(report.mask_iou.values())
    assert ious == sorted(ious)


def test_one_photograph_alone_is_measured_against_another_bank(tmp_path):
    alone = Bank.open(build_tiny_bank(tmp_path / "alone", count=1))
    with pytest.raises(ValueError, match="no region has a candidate"):
        measure_displacements(alone)
    others = Bank.open(build_tiny_bank(tmp_path / "others", count=4))
    assert measure_displacements(alone, among=others).regions >= 1
