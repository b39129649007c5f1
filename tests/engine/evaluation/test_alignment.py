"""The evaluation of T: what the numbers mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from engine.bank.bank import Bank
from engine.evaluation.alignment import METHODS, evaluate_alignment
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open a bank of drawn streets."""
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=2))
    yield opened
    opened.close()


def test_an_untrained_network_is_as_good_as_the_box_fit_and_no_better(bank: Bank) -> None:
    torch.manual_seed(0)
    report = evaluate_alignment(AlignmentNetwork(AlignmentConfig(width=8, grid_px=32)).eval(), bank, segments=8)
    assert [case.name for case in report.cases] == ["all", "rotated", "scaled", "cut"]
    for case in report.cases:
        assert tuple(case.colour_l1) == tuple(case.mask_iou) == METHODS
        assert case.colour_l1["network"] == pytest.approx(case.colour_l1["bbox fit"])
        assert case.mask_iou["kept"] >= min(case.mask_iou["in place"], case.mask_iou["bbox fit"])
    assert not report.beats_bbox_fit
    scaled = report.cases[2]
    assert scaled.mask_iou["bbox fit"] > 0.9 > scaled.mask_iou["in place"]
