"""The evaluation of the ordering network: what the numbers mean."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from engine.bank.bank import Bank
from engine.evaluation.ordering import evaluate_ordering
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from tests.support.tiny_bank import build_tiny_bank

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """Open a bank of drawn streets with depth."""
    opened = Bank.open(build_tiny_bank(tmp_path_factory.mktemp("bank"), count=3))
    yield opened
    opened.close()


def test_all_pairs_are_counted_and_shares_lie_between_nothing_and_all(bank: Bank) -> None:
    torch.manual_seed(0)
    network = OrderingNetwork(OrderingConfig(len(bank.table), width=8, grid_px=32)).eval()
    report = evaluate_ordering(network, bank, photographs=2)
    assert report.truth == "depth"
    assert report.groups[0].name == "all"
    assert report.groups[0].pairs == sum(group.pairs for group in report.groups[1:])
    assert all(0 <= share <= 1 for g in report.groups for share in (g.network, g.colourless, g.fixed))
    assert report == evaluate_ordering(network, bank, photographs=2)
