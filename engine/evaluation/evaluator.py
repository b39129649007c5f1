"""Judging whole pictures: every layout of a split is painted by the pipeline and read back by a segmentation network.

The judge is the *evaluator*, a feature network of its own seed and width, never the one f was trained against; its
digest is part of every report. Scores are taken against the layout as painted, void left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from engine.classes import ClassTable
from engine.data.sample import Importer, Rgb8, Sample, SampleError
from engine.evaluation.metrics import (
    Confusion,
    FeatureGaussian,
    Float64,
    count_confusion,
    frechet_distance,
    log_spectrum,
    mean_iou,
    pixel_accuracy,
    spectrum_distance,
)
from engine.geometry import Size
from engine.layout import ClassIds, Layout
from engine.networks.checkpoint import CheckpointError, load_checkpoint
from engine.networks.features import KIND, FeatureNetwork
from engine.networks.vgg import LoadedFeatures, load_any_features
from engine.pipeline.synthesis import FINAL_ROWS

ROWS = FINAL_ROWS
MIDDLE_LEVEL, DEEPEST_LEVEL = 2, 4
REAL, CANVAS, FULL, EMPTY, TWIN = "real", "canvas", "full", "f, empty canvas", "parametric twin"
OTHER, PAPER = "full, other bank", "paper"
NOT_TRAINED = "not trained here"


@dataclass(frozen=True)
class RowScore:
    """How one way of making pictures does.

    Attributes:
        name: which way.
        miou: mean IoU of what the evaluator reads with the layout as painted.
        accuracy: share of pixels read as painted.
        frechet_middle: squared Fréchet distance to the photographs at the evaluator's middle level (stride 4).
        frechet_deep: the same at its deepest level (stride 16).
        spectrum: distance of the mean log power spectrum from that of the photographs.
        copied: share of the pixels' colour that is copied from photographs.
        ms: mean milliseconds a picture takes, None where none is made.
        detail: gradient energy of what is copied, as a share of the canvas's there; None where nothing is copied.
    """

    name: str
    miou: float
    accuracy: float
    frechet_middle: float
    frechet_deep: float
    spectrum: float
    copied: float
    ms: float | None
    detail: float | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture made of a layout.

    Attributes:
        rgb: (H, W, 3) uint8 sRGB.
        copied: share of its colour that is copied from photographs, in [0, 1].
        ms: milliseconds it took.
        energies: gradient energy of the picture and of its canvas where it is copied (`copied_energies`).
    """

    rgb: Rgb8
    copied: float = 0.0
    ms: float = 0.0
    energies: tuple[float, float] = (0.0, 0.0)


Make = Callable[[Layout, tuple[str, str]], Mapping[str, Picture]]
"""Makes pictures of a layout, by the name of the way, from no segment of one group (data set, drive or scene)."""


@dataclass(frozen=True, eq=False)
class Scene:
    """One photograph, its layout, and the pictures made of the layout.

    Attributes:
        name: of the photograph.
        layout: as painted.
        table: its classes.
        pictures: by the name of the way.
        agreement: share of a picture's pixels that the evaluator reads as painted, by the name of the way.
    """

    name: str
    layout: Layout
    table: ClassTable
    pictures: Mapping[str, Rgb8]
    agreement: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was found out.

    Attributes:
        rows: the photographs themselves first.
        photographs: how many layouts were painted.
        skipped: samples that could not be read.
        scenes: a few of them, spread evenly, to look at.
        best: scenes whose image by the whole method agrees best with its layout, the best first.
        worst: those that agree worst, the worst first; none of them is among the best.
        untrained: ways that would be judged if there were weights.
    """

    rows: tuple[RowScore, ...]
    photographs: int
    skipped: tuple[SampleError, ...]
    scenes: tuple[Scene, ...]
    best: tuple[Scene, ...] = ()
    worst: tuple[Scene, ...] = ()
    untrained: tuple[str, ...] = ()


class Evaluator:
    """A segmentation network that reads pictures back.

    Attributes:
        digest: names its weight file.
        table: the classes it reads.
        features: the network whose features are compared: its own, or another.
    """

    def __init__(self, path: Path, features: Path | None = None) -> None:
        """Load its weights.

        Args:
            path: its weights.
            features: another network to take the Fréchet distances with, torchvision's VGG-19 perhaps.

        Raises:
            CheckpointError: if they cannot be used.
        """
        own = load_any_features(path)
        if not isinstance(own.network, FeatureNetwork):
            raise CheckpointError(f"{path}: VGG-19 reads none of our classes, it cannot be the evaluator")
        self._network = own.network
        self.digest, self.table = own.digest, load_checkpoint(path, kind=KIND).table
        self.features: LoadedFeatures = own if features is None else load_any_features(features)

    @property
    def level_widths(self) -> tuple[int, int]:
        """Dimensions of a feature at the middle and at the deepest level."""
        widths = self.features.level_widths
        return widths[MIDDLE_LEVEL], widths[DEEPEST_LEVEL]

    def read(self, rgb: Rgb8) -> tuple[ClassIds, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return (H, W) class ids and the (N, D) features of every position at the middle and the deepest level."""
        with torch.inference_mode():
            picture = torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float() / 255
            levels = self._network.features(picture)
            class_ids = self._network.decode(levels)[0].argmax(dim=0).to(torch.uint8).numpy()
            if self.features.network is not self._network:
                levels = self.features.network.features(picture)
            middle, deepest = (levels[level][0].flatten(1).T.numpy() for level in (MIDDLE_LEVEL, DEEPEST_LEVEL))
        return class_ids, middle, deepest


@dataclass(eq=False)
class _Tally:
    """Sums over the pictures of one way."""

    evaluator: Evaluator
    pictures: int = 0
    copied: float = 0.0
    ms: float = 0.0
    image_energy: float = 0.0
    canvas_energy: float = 0.0
    confusion: Confusion = field(init=False)
    middle: FeatureGaussian = field(init=False)
    deepest: FeatureGaussian = field(init=False)
    spectrum: Float64 | None = None

    def __post_init__(self) -> None:
        classes = len(self.evaluator.table)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.middle, self.deepest = (FeatureGaussian(width) for width in self.evaluator.level_widths)

    def add(self, picture: Picture, wanted: ClassIds) -> float:
        """Add a picture and return its own pixel accuracy."""
        found, middle, deepest = self.evaluator.read(_enlarged(picture.rgb, cv2.INTER_CUBIC))
        wanted = _enlarged(wanted, cv2.INTER_NEAREST_EXACT)
        confusion = count_confusion(wanted, found, len(self.evaluator.table))
        self.confusion += confusion
        self.middle.add(middle)
        self.deepest.add(deepest)
        spectrum = log_spectrum(picture.rgb)
        self.spectrum = spectrum if self.spectrum is None else self.spectrum + spectrum
        self.copied += picture.copied
        self.ms += picture.ms
        self.image_energy += picture.energies[0]
        self.canvas_energy += picture.energies[1]
        self.pictures += 1
        return pixel_accuracy(confusion)

    def score(self, name: str, real: _Tally) -> RowScore:
        assert self.spectrum is not None
        assert real.spectrum is not None
        return RowScore(
            name=name,
            miou=mean_iou(self.confusion),
            accuracy=pixel_accuracy(self.confusion),
            frechet_middle=frechet_distance(real.middle, self.middle),
            frechet_deep=frechet_distance(real.deepest, self.deepest),
            spectrum=spectrum_distance(real.spectrum / real.pictures, self.spectrum / self.pictures),
            copied=self.copied / self.pictures,
            ms=None if name in (REAL, CANVAS) else self.ms / self.pictures,
            detail=self.image_energy / self.canvas_energy if self.canvas_energy else None,
        )


class _Ranking:
    """Keeps the scenes at both ends, and no other."""

    def __init__(self, count: int) -> None:
        self._count, self._seen = count, 0
        self._best: list[Scene] = []
        self._worst: list[Scene] = []

    def add(self, scene: Scene) -> None:
        score = scene.agreement.get(FULL, float("nan"))
        if not self._count or score != score:  # nothing is painted: there is nothing to agree with
            return
        self._seen += 1
        self._best = sorted([*self._best, scene], key=lambda s: -s.agreement[FULL])[: self._count]
        self._worst = sorted([*self._worst, scene], key=lambda s: s.agreement[FULL])[: self._count]

    def ends(self) -> tuple[tuple[Scene, ...], tuple[Scene, ...]]:
        """Return the best and the worst; where there are few, each scene is one or the other."""
        return tuple(self._best[: -(-self._seen // 2)]), tuple(self._worst[: self._seen // 2])


def judge_pictures(
    importer: Importer,
    make: Make,
    evaluator: Evaluator,
    *,
    rows: int = ROWS,
    limit: int | None = None,
    scenes: int = 0,
    ranked: int = 0,
    untrained: tuple[str, ...] = (),
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> Evaluation:
    """Make pictures of every layout of a split and judge them beside the photographs.

    The evaluator knows photographs of `ROWS` rows: smaller pictures, and the photographs beside them, are enlarged for
    it, so that all are read alike. Spectra are compared as the pictures are.

    Args:
        importer: the split.
        make: makes the pictures of one layout, of its size.
        evaluator: the judge.
        rows: rows of layouts and photographs.
        limit: take so many photographs, spread evenly over the split; None for all.
        scenes: keep so many of them to look at, spread evenly.
        ranked: keep so many scenes of each end, by the agreement of the whole method's image with the layout.
        untrained: ways that are named without a score.
        progress: told photographs done, photographs in all, and the name of the next.

    Raises:
        CheckpointError: if the weights cannot be used.
        SampleError: if no photograph of the split can be read.
    """
    names = spread_evenly(importer.names(), limit)
    kept_names = set(spread_evenly(names, scenes)) if scenes else set()
    tallies: dict[str, _Tally] = {}
    skipped: list[SampleError] = []
    kept: list[Scene] = []
    ranking = _Ranking(ranked)
    for number, name in enumerate(names):
        progress(number, len(names), name)
        try:
            sample = importer.load(name)
        except SampleError as error:
            skipped.append(error)
            continue
        rgb, layout = scale_sample(sample, rows)
        wanted = importer.table.mapping_to(evaluator.table)[layout.class_ids]
        group = (sample.provenance.dataset, sample.provenance.group)
        made = {REAL: Picture(rgb), **make(layout, group)}
        agreement = {way: tallies.setdefault(way, _Tally(evaluator)).add(made[way], wanted) for way in made}
        scene = Scene(name, layout, importer.table, {way: picture.rgb for way, picture in made.items()}, agreement)
        ranking.add(scene)
        if name in kept_names:
            kept.append(scene)
    if not tallies:
        raise skipped[0] if skipped else SampleError("the split", "holds no photograph")
    scores = tuple(tally.score(way, tallies[REAL]) for way, tally in tallies.items())
    best, worst = ranking.ends()
    return Evaluation(scores, tallies[REAL].pictures, tuple(skipped), tuple(kept), best, worst, untrained)


def spread_evenly(names: Sequence[str], count: int | None) -> list[str]:
    """Return at most ``count`` of the names, from evenly spaced places; all of them where it is None."""
    if count is None or count >= len(names):
        return list(names)
    return [names[(2 * i + 1) * len(names) // (2 * count)] for i in range(count)]


def scale_sample(sample: Sample, rows: int) -> tuple[Rgb8, Layout]:
    """Return photograph and layout at so many rows; the width follows the aspect."""
    size = Size(max(32, round(sample.layout.size.width * rows / sample.layout.size.height)), rows)
    if size == sample.layout.size:
        return sample.rgb, sample.layout
    target = (size.width, size.height)
    class_ids, instance_ids = (
        cv2.resize(ids, target, interpolation=cv2.INTER_NEAREST_EXACT)
        for ids in (sample.layout.class_ids, sample.layout.instance_ids)
    )
    layout = Layout(np.asarray(class_ids, np.uint8), np.asarray(instance_ids, np.uint16))
    return np.asarray(cv2.resize(sample.rgb, target, interpolation=cv2.INTER_AREA), np.uint8), layout


def _enlarged(picture: npt.NDArray[np.uint8], interpolation: int) -> npt.NDArray[np.uint8]:
    """Return a picture, or its class ids, at `ROWS` rows where it has fewer."""
    height, width = picture.shape[:2]
    if height >= ROWS:
        return picture
    return np.asarray(cv2.resize(picture, (round(width * ROWS / height), ROWS), interpolation=interpolation), np.uint8)
