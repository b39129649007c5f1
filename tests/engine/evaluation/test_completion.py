"""Judging completion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from engine.bank.bank import Bank
from engine.classes import VOID
from engine.evaluation.completion import evaluate_completion, fill_nearest
from engine.networks.completion import CompletionConfig, CompletionNetwork
from tests.support.learning import one_thread
from tests.support.tiny_bank import build_tiny_bank


def test_the_nearest_painted_class_fills_a_gap():
    row = np.array([[0, VOID, VOID, VOID, VOID, 4, VOID]] * 3, np.uint8)
    assert fill_nearest(row)[1].tolist() == [0, 0, 0, 4, 4, 4, 4]


def test_a_blank_layout_has_no_nearest_class():
    with pytest.raises(ValueError, match="nothing is painted"):
        fill_nearest(np.full((4, 4), VOID, np.uint8))


def test_the_report_is_the_same_twice_and_counts_what_was_dropped(tmp_path):
    bank = Bank.open(build_tiny_bank(tmp_path, count=3))
    torch.manual_seed(0)
    network = CompletionNetwork(CompletionConfig(len(bank.table), width=8), bank.table).eval()
    with one_thread():
        report = evaluate_completion(network, bank, seed=0)
        assert report == evaluate_completion(network, bank, seed=0)
    bank.close()
    assert 1 <= report.layouts <= 3
    assert report.pixels > 0
    assert 0 <= report.network <= 1
    assert 0 <= report.nearest <= 1
