"""The configurations of f by name: how large they are, how far they reach, and what a weight file makes of them."""

from __future__ import annotations

from dataclasses import asdict

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from engine.classes import builtin_class_table
from engine.networks.checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from engine.networks.configurations import (
    CONFIGURATION_NAMES,
    PAPER_KIND,
    SYNTHESIS_KIND,
    build_network,
    frame_multiple,
    kind_of,
    named_configuration,
    network_of,
)
from engine.networks.network_size import measure_network
from engine.networks.paper import PaperConfig, PaperSynthesisNetwork
from engine.networks.synthesis import SynthesisConfig, SynthesisNetwork

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize("classes", [11, 16])
def test_the_default_is_small_and_quick(classes):
    size = measure_network(named_configuration("default", classes))
    assert size.megabytes <= 8
    assert size.gflop <= 6


def test_quality_does_four_to_six_times_the_work_and_reaches_no_farther_than_96_pixels():
    default, quality = (measure_network(named_configuration(name, 11)) for name in ("default", "quality"))
    assert 4 * default.gflop <= quality.gflop <= 6 * default.gflop
    with torch.device("meta"):
        network = build_network(named_configuration("quality", 11))
    assert isinstance(network, SynthesisNetwork)
    assert network.reach_px <= 96


def test_quality_acts_no_farther_than_it_states():
    torch.manual_seed(0)
    config = named_configuration("quality", 3)
    assert isinstance(config, SynthesisConfig)
    values = {**asdict(config), "widths": (8, 8, 8), "embedding": 4}  # the reach does not depend on the channels
    network = SynthesisNetwork(SynthesisConfig(**values)).double().eval()
    for name, parameter in network.named_parameters():
        if "modulation.weight" in name or name == "colour.weight":
            torch.nn.init.normal_(parameter, 0, 0.3)
    canvas = torch.rand(1, 3, 208, 208, dtype=torch.double, requires_grad=True)
    presence = torch.zeros(1, 3, 208, 208, dtype=torch.double)
    presence[:, 2] = 1
    layout = torch.zeros(1, 4, 208, 208, dtype=torch.double)
    layout[:, 1] = 1
    output = network(canvas, presence, layout)
    (output.generated[0, :, 103, 103].sum() + output.copy_mask[0, 0, 103, 103]).backward()
    assert canvas.grad is not None
    touched = (canvas.grad[0].abs().sum(0) > 0).nonzero()
    assert 40 < int((touched - 103).abs().max()) <= network.reach_px


def test_a_product_and_a_sum_are_two_operations():
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        torch.nn.Conv2d(3, 5, 1)(torch.empty(1, 3, 8, 8))
    assert counter.get_total_flops() == 2 * 3 * 5 * 64


@pytest.mark.parametrize("name", CONFIGURATION_NAMES)
def test_every_name_makes_a_network_of_its_kind(name):
    config = named_configuration(name, 7, parametric=True)
    with torch.device("meta"):
        network = build_network(config)
    assert network.config == config
    assert config.parametric
    assert config.classes == 7
    is_paper = name.startswith("paper")
    assert isinstance(network, PaperSynthesisNetwork) == is_paper
    assert kind_of(config) == (PAPER_KIND if is_paper else SYNTHESIS_KIND)
    assert frame_multiple(config) == (64 if is_paper else 32)
    assert (network.reach_px is None) == is_paper


def _save(path, config):
    torch.manual_seed(0)
    network = build_network(config)
    table = builtin_class_table("street")
    values = {"kind": kind_of(config), "config": asdict(config), "table": table, "training": {}, "canvas_version": 1}
    save_checkpoint(path, network.state_dict(), **values)
    return network


@pytest.mark.parametrize(
    "config",
    [
        SynthesisConfig(11, embedding=4, widths=(8, 8, 8), dilations=(1,), encoder_blocks=1, decoder_blocks=2),
        PaperConfig(11, width_share=1 / 64, parametric=True),
    ],
)
def test_a_weight_file_names_the_network_it_holds(tmp_path, config):
    saved = _save(tmp_path / "w.safetensors", config)
    loaded = network_of(load_checkpoint(tmp_path / "w.safetensors", kind=(SYNTHESIS_KIND, PAPER_KIND)))
    assert loaded.config == config
    for one, other in zip(saved.parameters(), loaded.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-3)


def test_a_paper_network_is_no_weights_of_f_where_f_alone_is_wanted(tmp_path):
    _save(tmp_path / "w.safetensors", PaperConfig(11, width_share=1 / 64))
    with pytest.raises(CheckpointError, match="holds 'paper' weights where 'synthesis' weights are needed"):
        load_checkpoint(tmp_path / "w.safetensors", kind=SYNTHESIS_KIND)


def test_a_network_of_another_number_of_classes_than_its_table_is_refused(tmp_path):
    _save(tmp_path / "w.safetensors", PaperConfig(12, width_share=1 / 64))
    with pytest.raises(CheckpointError, match="made for 12 classes, its table has 11"):
        network_of(load_checkpoint(tmp_path / "w.safetensors", kind=PAPER_KIND))
