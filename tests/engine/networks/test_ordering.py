"""The ordering network: antisymmetric, independent of the batch, and it learns."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.classes import ClassTable, builtin_class_table
from engine.networks.checkpoint import CheckpointError, save_checkpoint
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.pipeline.ordering import load_ordering

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = OrderingConfig(classes=11, width=8, grid_px=32)


def _pairs(count: int, config: OrderingConfig = TINY, *, seed: int = 0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    side = config.grid_px
    return tuple(
        torch.rand(count, channels, side, side, generator=generator) for channels in (4, 4, config.classes + 2)
    )


def _network(config: OrderingConfig = TINY) -> OrderingNetwork:
    torch.manual_seed(0)
    return OrderingNetwork(config).eval()


def test_there_is_one_logit_a_pair() -> None:
    assert _network()(*_pairs(3)).shape == (3,)


def test_swapping_both_regions_negates_the_logit() -> None:
    first, second, scene = _pairs(5)
    network = _network()
    with torch.inference_mode():
        swapped = network(second, first, scene)
        assert torch.allclose(swapped, -network(first, second, scene), atol=1e-6)
        assert float(swapped.abs().max()) > 1e-4


def test_a_region_is_not_in_front_of_itself() -> None:
    first, _, scene = _pairs(2)
    assert network_is_undecided(_network(), first, scene)


def network_is_undecided(network: OrderingNetwork, side: torch.Tensor, scene: torch.Tensor) -> bool:
    with torch.inference_mode():
        return bool((network(side, side, scene) == 0).all())


def test_in_a_batch_of_fixed_size_no_pair_depends_on_the_others() -> None:
    config = OrderingConfig(classes=11)
    network = _network(config)
    first, second, scene = _pairs(16, config)
    with torch.inference_mode():
        together = network(first, second, scene)
        order = torch.randperm(16, generator=torch.Generator().manual_seed(1))
        assert torch.equal(network(first[order], second[order], scene[order]), together[order])
        first[1:], second[1:], scene[1:] = 0, 0, 0
        assert torch.equal(network(first, second, scene)[0], together[0])


def test_the_network_refuses_other_shapes() -> None:
    first, second, _ = _pairs(1)
    with pytest.raises(ValueError, match="11 classes"):
        _network()(first, second, torch.zeros(1, 12, 32, 32))


@pytest.mark.parametrize("values", [{"classes": 0}, {"classes": 3, "width": 0}, {"classes": 3, "grid_px": 40}])
def test_a_configuration_that_cannot_be_built_is_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        OrderingConfig(**values)


def test_every_parameter_gets_a_gradient() -> None:
    network = _network()
    network(*_pairs(2)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and float(parameter.grad.abs().sum()) > 0, name


def test_it_overfits_one_batch() -> None:
    network = _network()
    pairs, truth = _pairs(6), torch.tensor([1.0, 0.0, 1.0, 1.0, 0.0, 0.0])
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    for _ in range(80):
        loss = torch.nn.functional.binary_cross_entropy_with_logits(network(*pairs), truth)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.inference_mode():
        assert torch.equal(network(*pairs) > 0, truth > 0.5)


def _save(path: Path, network: OrderingNetwork, *, classes: int = 11) -> None:
    config = {"classes": classes, "width": 8, "grid_px": 32}
    table = builtin_class_table("street")
    save_checkpoint(path, network.state_dict(), kind="ordering", config=config, table=table, training={})


def test_saved_weights_load_again(tmp_path: Path) -> None:
    network = _network()
    _save(tmp_path / "w.safetensors", network)
    loaded = load_ordering(tmp_path / "w.safetensors", builtin_class_table("street"))
    assert loaded.config == TINY
    pairs = _pairs(2)
    assert torch.allclose(loaded(*pairs), network(*pairs), atol=1e-2)


def test_weights_of_another_table_are_refused(tmp_path: Path) -> None:
    _save(tmp_path / "w.safetensors", _network())
    table = builtin_class_table("street")
    other = ClassTable("other", "Other", (replace(table[0], key="heaven"), *table.classes[1:]))
    with pytest.raises(CheckpointError, match="trained for the classes of 'street'"):
        load_ordering(tmp_path / "w.safetensors", other)


def test_weights_whose_configuration_disagrees_with_their_table_are_refused(tmp_path: Path) -> None:
    _save(tmp_path / "w.safetensors", _network(replace(TINY, classes=3)), classes=3)
    with pytest.raises(CheckpointError, match="made for 3 classes, its table has 11"):
        load_ordering(tmp_path / "w.safetensors", builtin_class_table("street"))
