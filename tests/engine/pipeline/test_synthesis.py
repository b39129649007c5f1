"""The synthesis stage: into the network's frame and back, at any size."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.classes import builtin_class_table
from engine.geometry import Size
from engine.layout import frozen
from engine.networks.configurations import AnySynthesisConfig, build_network
from engine.networks.paper import PaperConfig
from engine.networks.synthesis import SynthesisConfig, SynthesisNetwork
from engine.pipeline.canvas import ELIDED, PHOTO, Canvas
from engine.pipeline.synthesis import LoadedSynthesis, frame_inputs, pad_to_multiple, synthesize_image


def _canvas(size: Size) -> Canvas:
    rng = np.random.default_rng(0)
    canvas = Canvas.empty(size)
    presence = canvas.presence.copy()
    presence[: size.height // 2] = PHOTO
    presence[size.height // 2 - 3 : size.height // 2] = ELIDED
    rgb = rng.integers(100, 120, canvas.rgb.shape).astype(np.uint8)
    rgb[presence != PHOTO] = 0
    return replace(canvas, rgb=frozen(rgb), presence=frozen(presence))


@pytest.mark.parametrize("size", [Size(90, 60), Size(45, 30), Size(60, 40)])
def test_in_any_frame_outlines_are_sharp_and_colours_are_of_photograph_alone(size: Size) -> None:
    ids = np.zeros((60, 90), np.uint8)
    rgb, presence, layout = frame_inputs(_canvas(Size(90, 60)), ids, size, 3)
    assert rgb.shape == presence.shape == (1, 3, size.height, size.width)
    assert layout.shape == (1, 4, size.height, size.width)
    assert set(presence.unique().tolist()) == {0.0, 1.0}
    assert torch.equal(presence.sum(1), torch.ones(1, size.height, size.width))
    photo = presence[:, 2:].bool().expand_as(rgb)
    assert float(rgb[photo].min()) > 99 / 255  # no black of the missing pixels mixed in
    assert not rgb[~photo].any()


def test_an_image_has_the_size_of_the_layout_and_copies_only_photograph() -> None:
    torch.manual_seed(0)
    network = SynthesisNetwork(SynthesisConfig(classes=11, embedding=4, widths=(8, 8, 8), dilations=(1,))).eval()
    loaded = LoadedSynthesis(network, builtin_class_table("street"), "0" * 16, "cpu")
    canvas = _canvas(Size(90, 60))
    image, share = synthesize_image(canvas, np.zeros((60, 90), np.uint8), loaded, rows=40)
    assert image.shape == (60, 90, 3)
    assert share.shape == (60, 90)
    assert not share[canvas.presence != PHOTO].any()
    assert share[:20].min() > 100


@pytest.mark.parametrize(("size", "rows"), [(Size(256, 128), 64), (Size(96, 72), 32), (Size(90, 61), 32)])
def test_an_image_made_in_bands_is_the_one_made_at_once(monkeypatch: pytest.MonkeyPatch, size: Size, rows: int) -> None:
    torch.manual_seed(0)
    network = SynthesisNetwork(SynthesisConfig(classes=11, embedding=4, widths=(8, 8, 8), dilations=(1,))).eval()
    loaded = LoadedSynthesis(network, builtin_class_table("street"), "0" * 16, "cpu")
    class_ids = np.random.default_rng(1).integers(0, 11, (size.height, size.width)).astype(np.uint8)
    whole = synthesize_image(_canvas(size), class_ids, loaded, rows=rows)
    checks: list[None] = []
    monkeypatch.setattr("engine.pipeline.synthesis.BAND_PX", 1)
    in_bands = synthesize_image(_canvas(size), class_ids, loaded, rows=rows, check=lambda: checks.append(None))
    for one, other in zip(whole, in_bands, strict=True):
        assert np.abs(one.astype(int) - other).max() <= (0 if size.height % rows == 0 else 1)
    assert len(checks) > 2


def test_padding_repeats_the_edge_up_to_multiples_of_32() -> None:
    x = torch.arange(40.0).reshape(1, 1, 1, 40).expand(1, 1, 30, 40)
    padded = pad_to_multiple(x)
    assert padded.shape == (1, 1, 32, 64)
    assert float(padded[0, 0, 0, 63]) == 39.0
    assert pad_to_multiple(padded) is padded


def _loaded(config: AnySynthesisConfig) -> LoadedSynthesis:
    torch.manual_seed(0)
    return LoadedSynthesis(build_network(config).eval(), builtin_class_table("street"), "0" * 16, "cpu")


def test_the_papers_network_makes_a_picture_of_any_size_and_copies_nothing() -> None:
    canvas = _canvas(Size(90, 60))
    loaded = _loaded(PaperConfig(11, width_share=1 / 64))
    image, share = synthesize_image(canvas, np.zeros((60, 90), np.uint8), loaded, rows=40)
    assert image.shape == (60, 90, 3)
    assert image.std() > 0
    assert not share.any()


def test_reach_is_in_picture_heights_and_the_papers_is_the_whole_picture() -> None:
    tiny = _loaded(SynthesisConfig(11, embedding=4, widths=(8, 8, 8), dilations=(1,)))
    assert isinstance(tiny.network, SynthesisNetwork)
    assert tiny.reach(Size(512, 256), rows=256) == pytest.approx((tiny.network.reach_px + 4) / 256)
    assert tiny.reach(Size(512, 256), rows=128) == 2 * tiny.reach(Size(512, 256), rows=256)
    paper = _loaded(PaperConfig(11, width_share=1 / 64))
    assert paper.reach(Size(512, 256), rows=256) == 2.0
    assert paper.reach(Size(100, 256), rows=128) == 1.0


def test_a_run_can_be_abandoned_between_the_blocks_of_the_network() -> None:
    class AbandonedError(Exception):
        pass

    loaded = _loaded(SynthesisConfig(classes=11, embedding=4, widths=(8, 8, 8), dilations=(1, 1, 1)))
    size, checks = Size(64, 32), list[None]()
    synthesize_image(_canvas(size), np.zeros((32, 64), np.uint8), loaded, rows=32, check=lambda: checks.append(None))
    assert len(checks) >= 6  # of encoder, middle and decoder
    left = iter([None] * 4)

    def check() -> None:
        if next(left, AbandonedError) is AbandonedError:
            raise AbandonedError

    with pytest.raises(AbandonedError):
        synthesize_image(_canvas(size), np.zeros((32, 64), np.uint8), loaded, rows=32, check=check)
    loaded.network(*frame_inputs(_canvas(size), np.zeros((32, 64), np.uint8), size, 11))  # nothing stays behind


def test_the_network_sees_the_mean_colour_of_the_photograph_in_a_pixel() -> None:
    size, frame = Size(128, 64), Size(64, 32)
    canvas = _canvas(size)
    rgb, presence, layout = frame_inputs(canvas, np.full((64, 128), 200, np.uint8), frame, 3)
    assert layout[0, 3].all()  # an id that is no class is void
    photo = (canvas.presence == PHOTO).reshape(32, 2, 64, 2).sum((1, 3))
    total = (canvas.rgb / 255).reshape(32, 2, 64, 2, 3).sum((1, 3))
    mostly = photo > 2
    assert presence[0, 2].numpy().astype(bool)[mostly].all()
    shown = rgb[0].permute(1, 2, 0).numpy()
    assert np.abs(shown[mostly] - total[mostly] / photo[mostly][:, None]).max() < 1e-6
