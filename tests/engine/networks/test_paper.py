"""The paper's own synthesis network."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from engine.networks.paper import PaperConfig, PaperSynthesisNetwork


def _inputs(classes: int, height: int, width: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(0, classes + 1, (1, height, width), generator=generator)
    presence = F.one_hot(torch.randint(0, 3, (1, height, width), generator=generator), 3).permute(0, 3, 1, 2).float()
    canvas = torch.rand((1, 3, height, width), generator=generator) * presence[:, 2:]
    return canvas, presence, F.one_hot(ids, classes + 1).permute(0, 3, 1, 2).float()


def test_at_full_width_a_picture_has_the_size_of_its_canvas():
    with torch.device("meta"):
        network = PaperSynthesisNetwork(PaperConfig(classes=19))
        canvas, presence, layout = (torch.empty(1, c, 256, 512) for c in (3, 3, 20))
        output = network(canvas, presence, layout)
    assert output.generated.shape == (1, 3, 256, 512)
    assert output.copy_mask.shape == (1, 1, 256, 512)
    assert output.colour_shift.shape == (1, 3, 32, 64)
    millions = sum(p.numel() for p in network.parameters()) / 1e6
    assert 60 < millions < 120


def test_one_step_lowers_the_loss_and_reaches_every_parameter():
    torch.manual_seed(0)
    network = PaperSynthesisNetwork(PaperConfig(classes=3, width_share=1 / 16))
    inputs = _inputs(3, 64, 128)
    wanted = torch.rand(1, 3, 64, 128)
    optimiser = torch.optim.Adam(network.parameters(), lr=3e-3)
    losses = []
    for _ in range(4):
        loss = (network(*inputs).generated - wanted).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]


def test_sides_that_do_not_halve_six_times_are_refused():
    network = PaperSynthesisNetwork(PaperConfig(classes=3, width_share=1 / 64))
    with pytest.raises(ValueError, match="multiples of 64"):
        network(*_inputs(3, 64, 96))


@pytest.mark.parametrize("values", [{"classes": 0}, {"classes": 3, "width_share": 2.0}, {"classes": 300}])
def test_configurations_no_network_has_are_refused(values):
    with pytest.raises(ValueError, match="the paper's network"):
        PaperConfig(**values)
