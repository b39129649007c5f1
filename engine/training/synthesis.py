"""Training of f and of its parametric twin on simulated canvases."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable
from engine.geometry import Size
from engine.layout import Layout
from engine.networks.configurations import (
    ConfigurationName,
    build_network,
    frame_multiple,
    kind_of,
    named_configuration,
)
from engine.networks.features import FeatureNetwork
from engine.networks.synthesis import SynthesisOutput, blend
from engine.networks.vgg import LEVEL_WEIGHTS, LoadedFeatures, VggNetwork, load_any_features
from engine.pipeline.canvas import CANVAS_VERSION, Canvas
from engine.pipeline.synthesis import FINAL_ROWS, frame_inputs
from engine.training.features import balanced_class_weights
from engine.training.losses import (
    LossConfig,
    perceptual_loss,
    pixel_losses,
    reading_excess,
    reading_trust,
)
from engine.training.photographs import load_photographs
from engine.training.retrieved import Compose, RetrievedCanvases
from engine.training.simulation import CanvasSimulator, SimulatedCanvas, SimulationConfig
from engine.training.trainer import Batch

CROP = Size(192, 160)
PAPER_CROP = Size(320, 256)
"""The paper's network normalises over the picture: it is shown most of one."""
CROPS_PER_CANVAS = 2
"""Simulating costs about as much as learning from it; two windows are cut from each canvas."""
COLOUR_CELL = 16
"""Side, in pixels, of the squares whose mean is what is called colour where detail is told from it."""
EMPTY_SHARE = 0.35
"""How often f sees an empty canvas, so that it never does worse than its parametric twin by much."""


@dataclass(frozen=True)
class SynthesisRecipe:
    """How f is trained.

    Attributes:
        losses: weights of the parts of the loss.
        retrieved_share: how many of the examples have a really retrieved canvas, in [0, 1].
        foreign_share: how many have a canvas retrieved from a bank of another domain, which shows what not to copy.
        simulation: how the others' canvases are simulated.
    """

    losses: LossConfig = field(default_factory=LossConfig)
    retrieved_share: float = 0.0
    foreign_share: float = 0.0
    simulation: SimulationConfig = field(default_factory=SimulationConfig)

    def __post_init__(self) -> None:
        """Refuse what is no share."""
        if min(self.retrieved_share, self.foreign_share) < 0 or self.retrieved_share + self.foreign_share > 1:
            raise ValueError("the shares of retrieved canvases lie from 0 to 1, and so does their sum")


DEFAULT_RECIPE = SynthesisRecipe()


class SynthesisTask:
    """f, its simulated and retrieved canvases, and its losses (see `engine.training.losses`)."""

    canvas_version: int | None = CANVAS_VERSION

    def __init__(
        self,
        bank: Bank,
        features: LoadedFeatures,
        *,
        seed: int,
        parametric: bool,
        recipe: SynthesisRecipe = DEFAULT_RECIPE,
        compose: Compose | None = None,
        compose_foreign: Compose | None = None,
        rows: int = FINAL_ROWS,
        crop: Size = CROP,
        copies: bool = True,
        configuration: ConfigurationName = "default",
    ) -> None:
        """Read the bank's photographs and retrieve the stencils of all their regions.

        Args:
            bank: the photographs.
            features: the perceptual network Φ; VGG-19 counts with the paper's weights of its levels.
            seed: of the weights.
            parametric: train the twin, which never sees a canvas.
            recipe: losses and canvases.
            compose: composes retrieved canvases; needed where the recipe has a share of them.
            compose_foreign: the same from a bank of another domain.
            rows: height of the photographs.
            crop: size of an example; its sides are rounded up to what the network's frame allows.
            copies: whether f copies the canvas's pixels; see `SynthesisConfig`.
            configuration: which network.

        Raises:
            ValueError: if retrieved canvases are asked for and nothing composes them.
        """
        for share, composer in ((recipe.retrieved_share, compose), (recipe.foreign_share, compose_foreign)):
            if share and not parametric and composer is None:
                raise ValueError("retrieved canvases need a pipeline that composes them")
        photographs = load_photographs(bank, rows=rows)
        self.table: ClassTable = photographs.table
        self.config = named_configuration(configuration, len(self.table), parametric=parametric, copies=copies)
        self.kind = kind_of(self.config)
        torch.manual_seed(seed)
        self.network = build_network(self.config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._features, self._level_weights = features.network, None
        if isinstance(self._features, VggNetwork):
            self._level_weights = LEVEL_WEIGHTS
        else:
            self._features = fold_batch_norms(self._features)
        multiple = frame_multiple(self.config)
        self._crop = Size(*(side + -side % multiple for side in (crop.width, crop.height)))
        self._recipe = recipe
        self._simulator = CanvasSimulator(bank, photographs, recipe.simulation)
        self._photographs = photographs.items
        self._retrieved = None if compose is None else RetrievedCanvases(photographs, compose)
        self._foreign = None if compose_foreign is None else RetrievedCanvases(photographs, compose_foreign)
        self._class_weights = torch.from_numpy(balanced_class_weights(photographs.items, len(self.table)))
        self.data_record: Mapping[str, Any] = {
            **photographs.record,
            "simulation": asdict(recipe.simulation),
            "losses": asdict(recipe.losses),
            "retrieved_share": recipe.retrieved_share,
            "foreign_share": recipe.foreign_share,
            "features": features.digest,
            "features_name": features.name,
        }

    @property
    def network_config(self) -> Mapping[str, Any]:
        """Configuration of the network."""
        return asdict(self.config)

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw (B, 3, h, w) canvases, presences and photographs, (B, classes + 1, h, w) layouts, (B,) retrieved."""
        parts: list[Batch] = []
        while len(parts) < batch_size:
            example, is_retrieved = self._draw(rng)
            for _ in range(min(CROPS_PER_CANVAS, batch_size - len(parts))):
                parts.append(self._cut(example, rng, is_retrieved=is_retrieved))
        return {name: torch.cat([part[name] for part in parts]) for name in parts[0]}

    def _draw(self, rng: np.random.Generator) -> tuple[SimulatedCanvas, bool]:
        number, kind = int(rng.integers(len(self._simulator))), rng.random()
        if self.config.parametric:
            painted = self._simulator.paint(number, rng)
            return SimulatedCanvas(Canvas.empty(painted.size), painted, self._photographs[number].rgb), False
        recipe = self._recipe
        if self._retrieved is not None and kind < recipe.retrieved_share:
            canvas, photograph = self._retrieved.get(number)
            return SimulatedCanvas(canvas, photograph.layout, photograph.rgb), True
        if self._foreign is not None and kind < recipe.retrieved_share + recipe.foreign_share:
            canvas, photograph = self._foreign.get(number)
            return SimulatedCanvas(canvas, photograph.layout, photograph.rgb), False
        return self._simulator.simulate(number, rng), False

    def _cut(self, example: SimulatedCanvas, rng: np.random.Generator, *, is_retrieved: bool) -> Batch:
        example = _padded(example, self._crop)
        height, width = example.painted.class_ids.shape
        left = int(rng.integers(max(1, width - self._crop.width + 1)))
        top = int(rng.integers(max(1, height - self._crop.height + 1)))
        window = (slice(top, top + self._crop.height), slice(left, left + self._crop.width))
        flip = slice(None, None, -1 if rng.random() < 0.5 else 1)
        cut = lambda a: np.ascontiguousarray(a[window][:, flip])  # noqa: E731 - one line, used five times
        painted = Layout.from_classes(cut(example.painted.class_ids))
        canvas = Canvas.empty(painted.size)
        is_empty = rng.random() < EMPTY_SHARE
        if not is_empty:
            whole = example.canvas
            canvas = Canvas(cut(whole.rgb), cut(whole.presence), cut(whole.segment_index))
        rgb, presence, layout = frame_inputs(canvas, painted.class_ids, painted.size, self.config.classes)
        photograph = torch.from_numpy(cut(example.rgb)).permute(2, 0, 1)[None].float() / 255
        return {
            "canvas": rgb,
            "presence": presence,
            "layout": layout,
            "photograph": photograph,
            "retrieved": torch.tensor([float(is_retrieved and not is_empty)]),
        }

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the weighted sum of the parts, and the parts."""
        canvas, presence, layout, photograph = (
            batch[name].contiguous(memory_format=torch.channels_last)
            for name in ("canvas", "presence", "layout", "photograph")
        )
        retrieved, weights = batch["retrieved"], self._recipe.losses
        self._features.to(canvas.device)
        output = self.network(canvas, presence, layout)
        image, share = blend(canvas, presence[:, 2:], output)
        shown = _with_colours_held(image, canvas, share, output, retrieved)
        parts, photo, reads = dict[str, Tensor](), presence[:, 2:], self._reads
        if weights.needs_features:
            with torch.no_grad():
                wanted = self._features.features(photograph)
            got = self._features.features(shown)
            parts["perceptual"] = perceptual_loss(got, wanted, retrieved, level_weights=self._level_weights)
            which = torch.nonzero(retrieved)[:, 0]
            if reads is not None and len(which):
                class_ids, class_weights = _class_ids_of(layout[which]), self._class_weights.to(image.device)
                with torch.no_grad():
                    wanted_logits = reads.decode([level[which] for level in wanted])
                logits = reads.decode([level[which] for level in got])
                parts["reading"] = reading_excess(logits, wanted_logits, class_ids, class_weights)
                filled = torch.lerp(image[which], canvas[which], photo[which])
                photo = photo.index_copy(
                    0, which, photo[which] * self._trusted(reads, filled, wanted_logits, class_ids)
                )
        parts["pixels"], parts["kept"] = pixel_losses(image, photograph, canvas, photo, retrieved)
        loss = image.new_zeros(())
        for name, value in parts.items():
            loss = loss + getattr(weights, name) * value
        parts["copied"] = share.mean()
        return loss, {name: float(value.detach()) for name, value in parts.items()}

    @property
    def _reads(self) -> FeatureNetwork | None:
        """Φ where it is asked to read; VGG-19 reads none of our classes."""
        return self._features if isinstance(self._features, FeatureNetwork) and self._recipe.losses.reading else None

    @staticmethod
    @torch.no_grad()
    def _trusted(reads: FeatureNetwork, canvas: Tensor, wanted_logits: Tensor, class_ids: Tensor) -> Tensor:
        """Return (B, 1, H, W) how far each pixel of retrieved canvases, their holes filled, is to be kept."""
        logits = reads(canvas.contiguous(memory_format=torch.channels_last))
        return reading_trust(logits, wanted_logits, class_ids)[:, None].to(canvas.dtype)


def _padded(example: SimulatedCanvas, crop: Size) -> SimulatedCanvas:
    """Return an example no smaller than a crop: an upright photograph is continued by its right edge."""
    height, width = example.painted.class_ids.shape
    down, right = max(0, crop.height - height), max(0, crop.width - width)
    if not down and not right:
        return example
    pad = lambda a: np.pad(a, ((0, down), (0, right), *[(0, 0)] * (a.ndim - 2)), mode="edge")  # noqa: E731
    canvas = Canvas(pad(example.canvas.rgb), pad(example.canvas.presence), pad(example.canvas.segment_index))
    painted = Layout(pad(example.painted.class_ids), pad(example.painted.instance_ids))
    return SimulatedCanvas(canvas, painted, pad(example.rgb))


def _with_colours_held(
    image: Tensor, canvas: Tensor, share: Tensor, output: SynthesisOutput, retrieved: Tensor
) -> Tensor:
    """Return the image, its colours taken as given where the canvas was retrieved: the shift, and what is invented.

    Φ knows no truth for these: it would have rocks painted maroon and houses violet, whatever it reads them by. What
    colours should be is learned where they are known; here Φ says only what to copy, and what details to invent.
    """
    shift = F.interpolate(output.colour_shift, size=image.shape[-2:], mode="bilinear", align_corners=False)
    moved = share * ((canvas + shift).clamp(0, 1) - (canvas + shift.detach()).clamp(0, 1))
    coarse = F.avg_pool2d(output.generated, COLOUR_CELL, ceil_mode=True)
    colours = F.interpolate(coarse, size=image.shape[-2:], mode="bilinear", align_corners=False)
    moved = moved + (1 - share).detach() * (colours - colours.detach())
    return image - moved * retrieved[:, None, None, None]


def _class_ids_of(layout: Tensor) -> Tensor:
    """Return (B, H, W) int64 class ids, void 255, of a (B, C + 1, H, W) one-hot layout."""
    ids = layout.argmax(1)
    return ids.masked_fill(ids == layout.shape[1] - 1, VOID)


def fold_batch_norms(network: FeatureNetwork) -> FeatureNetwork:
    """Return a frozen network with every batch norm folded into the convolution before it."""
    network = copy.deepcopy(network).eval()
    for part in network.modules():
        if isinstance(part, nn.Sequential):
            for i in range(len(part) - 1):
                convolution, norm = part[i], part[i + 1]
                if isinstance(convolution, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    part[i], part[i + 1] = fuse_conv_bn_eval(convolution, norm), nn.Identity()
    return network.requires_grad_(requires_grad=False)


def make_synthesis_task(
    bank: Bank,
    *,
    seed: int = 0,
    parametric: bool = False,
    features_path: Path,
    recipe: SynthesisRecipe = DEFAULT_RECIPE,
    compose: Compose | None = None,
    compose_foreign: Compose | None = None,
    rows: int = FINAL_ROWS,
    crop: Size = CROP,
    copies: bool = True,
    configuration: ConfigurationName = "default",
) -> SynthesisTask:
    """Make the task from a bank and the weights of the perceptual network; for the rest see `SynthesisTask`.

    Raises:
        CheckpointError: if the perceptual network cannot be loaded.
        ValueError: if retrieved canvases are asked for and nothing composes them.
    """
    return SynthesisTask(
        bank,
        load_any_features(features_path, bank.table),
        seed=seed,
        parametric=parametric,
        recipe=recipe,
        compose=compose,
        compose_foreign=compose_foreign,
        rows=rows,
        crop=crop,
        copies=copies,
        configuration=configuration,
    )
