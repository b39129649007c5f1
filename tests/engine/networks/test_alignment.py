"""T: what it returns, and that it learns."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.classes import builtin_class_table
from engine.networks.alignment import AlignmentConfig, AlignmentNetwork, compose_affines, warp
from engine.networks.checkpoint import CheckpointError, save_checkpoint
from engine.pipeline.alignment import load_alignment

pytestmark = pytest.mark.usefixtures("one_thread")

TINY = AlignmentConfig(width=8, grid_px=32, rounds=2)


def _square(left: int) -> torch.Tensor:
    picture = torch.zeros(1, 4, 16, 16)
    picture[:, :, 5:11, left : left + 6] = 1.0
    return picture


def test_an_untrained_network_changes_nothing() -> None:
    affine = AlignmentNetwork(TINY)(torch.rand(3, 4, 32, 32), torch.rand(3, 1, 32, 32))
    assert affine.shape == (3, 2, 3)
    assert torch.equal(affine, torch.eye(2, 3).repeat(3, 1, 1))


def test_the_network_refuses_other_shapes() -> None:
    with pytest.raises(ValueError, match=r"sees \(B, 4, 32, 32\)"):
        AlignmentNetwork(TINY)(torch.rand(1, 3, 32, 32), torch.rand(1, 1, 32, 32))


@pytest.mark.parametrize("values", [{"width": 0}, {"grid_px": 20}, {"rounds": 9}, {"bound": 2.0}])
def test_a_configuration_that_cannot_be_built_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        AlignmentConfig(**values)  # type: ignore[arg-type]


def test_a_shift_by_a_quarter_of_the_grid_moves_pixels_by_eight() -> None:
    picture = torch.zeros(1, 1, 32, 32)
    picture[0, 0, 5, 20] = 1.0
    moved = warp(picture, torch.tensor([[[1.0, 0.0, 0.5], [0.0, 1.0, 0.0]]]))
    assert moved[0, 0, 5, 12] == pytest.approx(1.0)
    assert float(moved.sum()) == pytest.approx(1.0)


def test_composed_affines_apply_the_inner_one_first() -> None:
    double = torch.tensor([[[2.0, 0.0, 0.0], [0.0, 2.0, 0.0]]])
    shift = torch.tensor([[[1.0, 0.0, 0.25], [0.0, 1.0, 0.0]]])
    assert compose_affines(double, shift)[0, 0, 2] == 0.5
    assert compose_affines(shift, double)[0, 0, 2] == 0.25


def test_every_parameter_gets_a_gradient() -> None:
    torch.manual_seed(0)
    network = AlignmentNetwork(TINY)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    candidate, target = torch.rand(2, 4, 32, 32), torch.rand(2, 4, 32, 32)
    (warp(candidate, network(candidate, target[:, 3:])) - target).abs().mean().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and float(parameter.grad.abs().sum()) > 0, name


def test_it_overfits_one_batch() -> None:
    torch.manual_seed(0)
    network = AlignmentNetwork(AlignmentConfig(width=8, grid_px=16, rounds=1))
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    candidate, target = torch.cat([_square(3), _square(7)]), torch.cat([_square(5), _square(5)])
    losses = []
    for _ in range(80):
        loss = (warp(candidate, network(candidate, target[:, 3:]))[:, 3] - target[:, 3]).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert min(losses) < 0.25 * losses[0]


def test_the_result_does_not_depend_on_autocast() -> None:
    torch.manual_seed(0)
    network = AlignmentNetwork(TINY).eval()
    torch.nn.init.normal_(network.head.weight, std=0.1)
    candidate, target = torch.rand(1, 4, 32, 32), torch.rand(1, 1, 32, 32)
    with torch.inference_mode():
        plain = network(candidate, target)
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(network(candidate, target), plain)


def _save(path: Path, network: AlignmentNetwork) -> None:
    config = {"width": 8, "grid_px": 32, "rounds": 2, "bound": 0.5}
    save_checkpoint(
        path, network.state_dict(), kind="alignment", config=config, table=builtin_class_table("street"), training={}
    )


def test_saved_weights_load_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = AlignmentNetwork(TINY)
    torch.nn.init.normal_(network.head.weight, std=0.1)
    _save(tmp_path / "w.safetensors", network)
    loaded = load_alignment(tmp_path / "w.safetensors", builtin_class_table("street"))
    assert loaded.config == TINY
    assert not any(p.requires_grad for p in loaded.parameters())
    candidate, target = torch.rand(1, 4, 32, 32), torch.rand(1, 1, 32, 32)
    assert torch.allclose(loaded(candidate, target), network(candidate, target), atol=1e-2)


def test_weights_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    network = AlignmentNetwork(TINY)
    torch.nn.init.constant_(network.head.bias, float("nan"))
    _save(tmp_path / "w.safetensors", network)
    with pytest.raises(CheckpointError, match="not finite"):
        load_alignment(tmp_path / "w.safetensors")
