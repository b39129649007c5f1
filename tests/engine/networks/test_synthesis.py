"""The synthesis network: shapes, bounded reach, no statistics over space."""

import pytest
import torch

from engine.networks.synthesis import (
    ModulatedBlock,
    SynthesisConfig,
    SynthesisNetwork,
    SynthesisOutput,
    _halve,
    blend,
    fill_bands,
)

TINY = SynthesisConfig(classes=3, embedding=4, widths=(8, 8, 16), dilations=(1, 2))


def _inputs(rows: int, columns: int, classes: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    states = torch.randint(3, (1, rows, columns), generator=generator)
    ids = torch.randint(classes + 1, (1, rows, columns), generator=generator)
    presence = torch.nn.functional.one_hot(states, 3).permute(0, 3, 1, 2).float()
    layout = torch.nn.functional.one_hot(ids, classes + 1).permute(0, 3, 1, 2).float()
    return torch.rand(1, 3, rows, columns, generator=generator) * presence[:, 2:], presence, layout


def _stirred(network: SynthesisNetwork) -> SynthesisNetwork:
    """Give the parts that start at zero some weight, so that every path is alive."""
    for module in network.modules():
        if isinstance(module, ModulatedBlock):
            torch.nn.init.normal_(module.modulation.weight, 0, 0.3)
    torch.nn.init.normal_(network.colour.weight, 0, 0.3)
    return network


def test_output_has_the_shapes_and_ranges_it_promises() -> None:
    output = SynthesisNetwork(TINY)(*_inputs(32, 64))
    assert output.generated.shape == (1, 3, 32, 64)
    assert output.copy_mask.shape == (1, 1, 32, 64)
    assert output.colour_shift.shape == (1, 3, 4, 8)
    assert 0 <= float(output.copy_mask.detach().min()) <= float(output.copy_mask.detach().max()) <= 1


def test_a_frame_that_is_no_multiple_of_eight_is_refused() -> None:
    with pytest.raises(ValueError, match="multiples of 8"):
        SynthesisNetwork(TINY)(*_inputs(30, 64))


def test_gradient_reaches_every_parameter() -> None:
    network = _stirred(SynthesisNetwork(TINY))
    canvas, presence, layout = _inputs(32, 64)
    image, _ = blend(canvas, presence[:, 2:], network(canvas, presence, layout))
    image.square().sum().backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert missing == []


@pytest.mark.parametrize("offset", [0, 3, 5])
def test_no_pixel_acts_farther_than_the_stated_reach(offset: int) -> None:
    network = _stirred(SynthesisNetwork(SynthesisConfig(classes=3, embedding=4, widths=(8, 8, 8)))).double().eval()
    assert network.reach_px <= 96
    rows, columns = 224, 224
    canvas, presence, layout = (x.double().requires_grad_() for x in _inputs(rows, columns))
    image, _ = blend(canvas, presence[:, 2:].detach(), network(canvas, presence, layout))
    y = x = 104 + offset
    image[0, :, y, x].sum().backward()
    farthest = 0
    for tensor in (canvas, presence, layout):
        assert tensor.grad is not None
        touched = (tensor.grad[0].abs().sum(0) > 0).nonzero()
        farthest = max(farthest, int((touched - torch.tensor([y, x])).abs().max()))
    assert 40 < farthest <= network.reach_px


def test_an_untouched_far_side_stays_byte_identical() -> None:
    network = _stirred(SynthesisNetwork(TINY)).eval()
    canvas, presence, layout = _inputs(32, 512)
    changed = canvas.clone()
    changed[..., :16] = 1 - changed[..., :16]
    with torch.inference_mode():
        one, _ = blend(canvas, presence[:, 2:], network(canvas, presence, layout))
        other, _ = blend(changed, presence[:, 2:], network(changed, presence, layout))
    reach = 16 + network.reach_px
    assert torch.equal(one[..., reach:], other[..., reach:])
    assert not torch.equal(one[..., :16], other[..., :16])


def test_blend_copies_the_canvas_where_the_mask_is_one_and_invents_where_nothing_is_present() -> None:
    canvas = torch.full((1, 3, 8, 8), 0.25)
    photo = torch.ones(1, 1, 8, 8)
    photo[..., 4:] = 0
    output = SynthesisOutput(torch.full((1, 3, 8, 8), 0.75), torch.ones(1, 1, 8, 8), torch.zeros(1, 3, 1, 1))
    image, share = blend(canvas, photo, output)
    assert torch.allclose(image[..., :4], torch.tensor(0.25))
    assert torch.allclose(image[..., 4:], torch.tensor(0.75))
    assert torch.equal(share, photo)


def test_a_copy_mask_reaches_both_ends() -> None:
    network = SynthesisNetwork(TINY)
    inputs = _inputs(32, 64)
    for bias, wanted in ((6.0, 1.0), (-6.0, 0.0)):
        with torch.no_grad():
            network.head.weight.zero_()
            network.head.bias.fill_(bias)  # type: ignore[union-attr]
        assert torch.equal(network(*inputs).copy_mask.unique(), torch.tensor([wanted]))


def test_copied_colours_are_shifted_and_keep_their_detail() -> None:
    canvas = 0.25 + 0.5 * torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    shift = torch.full((1, 3, 2, 2), 0.1)
    image, _ = blend(canvas, torch.ones(1, 1, 16, 16), SynthesisOutput(canvas, torch.ones(1, 1, 16, 16), shift))
    assert torch.allclose(image, canvas + 0.1)


def test_it_overfits_one_batch() -> None:
    torch.manual_seed(0)
    network = SynthesisNetwork(SynthesisConfig(classes=3, embedding=4, widths=(16, 16, 16), dilations=(1,)))
    canvas, presence, layout = _inputs(16, 32)
    target = torch.rand(1, 3, 4, 8).repeat_interleave(4, 2).repeat_interleave(4, 3)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        image, _ = blend(canvas, presence[:, 2:], network(canvas, presence, layout))
        loss = (image - target).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.4 * losses[0]


def test_a_narrow_band_is_continued_from_the_photograph_beside_it_and_a_wide_hole_is_not() -> None:
    canvas, photo = torch.full((1, 3, 32, 64), 0.75), torch.ones(1, 1, 32, 64)
    photo[..., 8:11] = 0
    photo[..., 32:] = 0
    fill, near = fill_bands(canvas * photo, photo)
    assert torch.allclose(fill[..., 8:11], torch.tensor(0.75), atol=1e-5)
    assert bool((near[..., 8:11] == 1).all())
    assert not near[..., 44:].any()
    assert not fill[..., 44:].any()


def test_a_layout_is_halved_as_by_average_pooling_and_lets_gradients_through() -> None:
    _, _, layout = _inputs(32, 64)
    for x in (layout, layout.contiguous(memory_format=torch.channels_last)):
        assert torch.equal(_halve(x), torch.nn.functional.avg_pool2d(x, 2))
    soft = torch.rand(1, 2, 4, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(_halve, soft)
