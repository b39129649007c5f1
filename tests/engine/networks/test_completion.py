"""The completion network: shapes and weight files."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from engine.networks.checkpoint import CheckpointError, save_checkpoint
from engine.networks.completion import KIND, CompletionConfig, CompletionNetwork, load_completion
from tests.support.layouts import small_table
from tests.support.learning import parameters_without_gradient

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = small_table()
CONFIG = CompletionConfig(len(TABLE), width=8)


@pytest.fixture
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return CompletionNetwork(CONFIG, TABLE)


@pytest.fixture
def layout():
    return torch.rand(2, 7, 64, 48, generator=torch.Generator().manual_seed(1))


def test_logits_name_every_class_but_void_at_every_pixel(network, layout):
    assert network(layout).shape == (2, 6, 64, 48)


def test_gradient_reaches_every_parameter(network, layout):
    assert parameters_without_gradient(network, network(layout).square().mean()) == []


def test_where_nothing_is_painted_the_answer_still_depends_on_the_place(network):
    blank = torch.zeros(1, 7, 64, 64)
    blank[:, -1] = 1
    with torch.inference_mode():
        logits = network.eval()(blank)
    assert not torch.allclose(logits[..., 8, 32], logits[..., 56, 32])


def test_loaded_weights_give_the_same_logits(network, layout, tmp_path):
    path = tmp_path / "completion.safetensors"
    network(layout)
    save_checkpoint(path, network.state_dict(), kind=KIND, config=asdict(CONFIG), table=TABLE, training={}, half=False)
    loaded = load_completion(path, TABLE)
    assert loaded.table.digest == TABLE.digest
    with torch.inference_mode():
        assert torch.equal(loaded(layout), network.eval()(layout))


def test_weights_of_another_table_are_refused(network, tmp_path):
    from engine.classes import builtin_class_table

    path = tmp_path / "completion.safetensors"
    save_checkpoint(path, network.state_dict(), kind=KIND, config=asdict(CONFIG), table=TABLE, training={})
    with pytest.raises(CheckpointError, match="not of 'street'"):
        load_completion(path, builtin_class_table("street"))


def test_a_configuration_out_of_range_is_refused():
    with pytest.raises(ValueError, match="width of 8 to 128"):
        CompletionConfig(6, width=4096)
