"""The feature network: shapes, independence of place, weight files."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch

from engine.networks.checkpoint import CheckpointError, save_checkpoint
from engine.networks.features import KIND, STRIDES, FeatureConfig, FeatureNetwork, load_features
from tests.support.layouts import small_table
from tests.support.learning import parameters_without_gradient

pytestmark = pytest.mark.usefixtures("one_thread")

TABLE = small_table()
CONFIG = FeatureConfig(len(TABLE), width=8)


@pytest.fixture
def network():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return FeatureNetwork(CONFIG)


@pytest.fixture
def rgb():
    return torch.rand(2, 3, 37, 50, generator=torch.Generator().manual_seed(1))


def test_logits_have_the_size_of_the_picture(network, rgb):
    assert network(rgb).shape == (2, 6, 37, 50)


def test_features_come_at_five_strides_and_widths(network, rgb):
    shapes = [tuple(level.shape) for level in network.features(rgb)]
    assert shapes == [
        (2, width, -(-37 // stride), -(-50 // stride))
        for width, stride in zip(CONFIG.level_widths, STRIDES, strict=True)
    ]
    assert CONFIG.level_widths == (8, 8, 16, 24, 32)


def test_the_widths_that_ship_stay_below_two_million_parameters():
    for width in (32, 48):
        assert sum(p.numel() for p in FeatureNetwork(FeatureConfig(11, width)).parameters()) < 2_000_000


def test_gradient_reaches_every_parameter(network, rgb):
    assert parameters_without_gradient(network, network(rgb).square().mean()) == []


def test_a_picture_in_eval_mode_does_not_depend_on_its_batch(network, rgb):
    network.eval()
    with torch.inference_mode():
        assert torch.allclose(network(rgb)[:1], network(rgb[:1]), atol=1e-5)


def test_loaded_features_are_frozen_and_the_same(network, rgb, tmp_path):
    path = tmp_path / "features.safetensors"
    network(rgb)  # batch norm gathers something to keep
    save_checkpoint(path, network.state_dict(), kind=KIND, config=asdict(CONFIG), table=TABLE, training={}, half=False)
    loaded = load_features(path, TABLE)
    assert not loaded.training
    assert not any(p.requires_grad for p in loaded.parameters())
    with torch.inference_mode():
        for got, want in zip(loaded.features(rgb), network.eval().features(rgb), strict=True):
            assert torch.equal(got, want)


def test_weights_of_another_class_count_are_refused(network, tmp_path):
    path = tmp_path / "features.safetensors"
    config = asdict(FeatureConfig(7, width=8))
    save_checkpoint(path, network.state_dict(), kind=KIND, config=config, table=TABLE, training={})
    with pytest.raises(CheckpointError, match="names 7 classes, its table has 6"):
        load_features(path)


@pytest.mark.parametrize("values", [{"classes": 0}, {"classes": 6, "width": 4}, {"classes": 6, "width": 10_000}])
def test_a_configuration_out_of_range_is_refused(values):
    with pytest.raises(ValueError, match="1 to 255 classes"):
        FeatureConfig(**values)
