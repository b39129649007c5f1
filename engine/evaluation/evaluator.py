"""Judging whole pictures: every layout of a split is painted by the pipeline and read back by a segmentation network.

The judge is the *evaluator*, a feature network of its own seed and width, never the one f was trained against; its
digest is part of every report. Scores are taken against the layout as painted, void left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch

from engine.classes import ClassTable
from engine.data.sample import Importer, Rgb8, Sample, SampleError
from engine.document.document import Document
from engine.document.snapshot import Quality
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
from engine.networks.checkpoint import load_checkpoint
from engine.networks.features import KIND, FeatureNetwork, load_features
from engine.pipeline.canvas import PHOTO, Canvas
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.pipeline.synthesis import FINAL_ROWS, LoadedSynthesis, synthesize_image

ROWS = FINAL_ROWS
MIDDLE_LEVEL, DEEPEST_LEVEL = 2, 4
REAL, CANVAS, FULL, EMPTY, TWIN = "real", "canvas", "full", "f, empty canvas", "parametric twin"
TWIN_FILE = "synthesis_parametric.safetensors"


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
    """

    name: str
    miou: float
    accuracy: float
    frechet_middle: float
    frechet_deep: float
    spectrum: float
    copied: float
    ms: float | None


@dataclass(frozen=True, eq=False)
class Scene:
    """One photograph, its layout, and the pictures made of the layout, by the name of the way."""

    name: str
    layout: Layout
    table: ClassTable
    pictures: Mapping[str, Rgb8]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What was found out.

    Attributes:
        rows: the photographs themselves first.
        photographs: how many layouts were painted.
        skipped: samples that could not be read.
        scenes: a few of them, spread evenly, to look at.
    """

    rows: tuple[RowScore, ...]
    photographs: int
    skipped: tuple[SampleError, ...]
    scenes: tuple[Scene, ...]


class Evaluator:
    """A segmentation network that reads pictures back.

    Attributes:
        digest: names its weight file.
        table: the classes it reads.
    """

    def __init__(self, path: Path) -> None:
        """Load its weights.

        Raises:
            CheckpointError: if they cannot be used.
        """
        checkpoint = load_checkpoint(path, kind=KIND)
        self.digest, self.table = checkpoint.digest, checkpoint.table
        self._network: FeatureNetwork = load_features(path)

    @property
    def level_widths(self) -> tuple[int, int]:
        """Dimensions of a feature at the middle and at the deepest level."""
        widths = self._network.config.level_widths
        return widths[MIDDLE_LEVEL], widths[DEEPEST_LEVEL]

    def read(self, rgb: Rgb8) -> tuple[ClassIds, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Return (H, W) class ids and the (N, D) features of every position at the middle and the deepest level."""
        with torch.inference_mode():
            levels = self._network.features(torch.from_numpy(np.array(rgb)).permute(2, 0, 1)[None].float() / 255)
            class_ids = self._network.decode(levels)[0].argmax(dim=0).to(torch.uint8).numpy()
            middle, deepest = (levels[level][0].flatten(1).T.numpy() for level in (MIDDLE_LEVEL, DEEPEST_LEVEL))
        return class_ids, middle, deepest


@dataclass(eq=False)
class _Tally:
    """Sums over the pictures of one way."""

    evaluator: Evaluator
    pictures: int = 0
    copied: float = 0.0
    ms: float = 0.0
    confusion: Confusion = field(init=False)
    middle: FeatureGaussian = field(init=False)
    deepest: FeatureGaussian = field(init=False)
    spectrum: Float64 | None = None

    def __post_init__(self) -> None:
        classes = len(self.evaluator.table)
        self.confusion = np.zeros((classes, classes), np.int64)
        self.middle, self.deepest = (FeatureGaussian(width) for width in self.evaluator.level_widths)

    def add(self, rgb: Rgb8, wanted: ClassIds, *, copied: float, ms: float) -> None:
        found, middle, deepest = self.evaluator.read(rgb)
        self.confusion += count_confusion(wanted, found, len(self.evaluator.table))
        self.middle.add(middle)
        self.deepest.add(deepest)
        spectrum = log_spectrum(rgb)
        self.spectrum = spectrum if self.spectrum is None else self.spectrum + spectrum
        self.copied += copied
        self.ms += ms
        self.pictures += 1

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
        )


def evaluate_split(
    importer: Importer,
    pipeline: Pipeline,
    evaluator: Evaluator,
    *,
    limit: int | None = None,
    scenes: int = 0,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> Evaluation:
    """Paint every layout of a split and judge the pictures.

    No segment of a layout's own group (video drive, scene) is a candidate for it. Pictures have `ROWS` rows.

    Args:
        importer: the split.
        pipeline: with its bank open.
        evaluator: the judge.
        limit: take so many photographs, spread evenly over the split; None for all.
        scenes: keep so many of them to look at, spread evenly.
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
    for number, name in enumerate(names):
        progress(number, len(names), name)
        try:
            sample = importer.load(name)
        except SampleError as error:
            skipped.append(error)
            continue
        rgb, layout = scale_sample(sample, ROWS)
        wanted = importer.table.mapping_to(evaluator.table)[layout.class_ids]
        group = (sample.provenance.dataset, sample.provenance.group)
        made = _make_pictures(pipeline, importer.table, layout, group)
        for way, (picture, copied, ms) in {REAL: (rgb, 0.0, 0.0), **made}.items():
            tallies.setdefault(way, _Tally(evaluator)).add(picture, wanted, copied=copied, ms=ms)
        if name in kept_names:
            pictures = {REAL: rgb, **{way: picture for way, (picture, _, _) in made.items()}}
            kept.append(Scene(name, layout, importer.table, pictures))
    if not tallies:
        raise skipped[0] if skipped else SampleError("the split", "holds no photograph")
    rows = tuple(tally.score(way, tallies[REAL]) for way, tally in tallies.items())
    return Evaluation(rows, tallies[REAL].pictures, tuple(skipped), tuple(kept))


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


def _make_pictures(
    pipeline: Pipeline, table: ClassTable, layout: Layout, group: tuple[str, str]
) -> dict[str, tuple[Rgb8, float, float]]:
    """Return picture, share copied and milliseconds of every way of making one."""
    snapshot = Document(layout, table).snapshot(Quality.FINAL)
    result: Result = pipeline.run(snapshot, excluded_groups=frozenset({group}))
    networks = pipeline.networks_for(table)
    made = {
        CANVAS: (result.canvas, float((result.presence == PHOTO).mean()), 0.0),
        FULL: (result.image, float(result.copy_share.mean()) / 255, sum(result.stage_ms.values())),
        EMPTY: _invent(networks.synthesis, table, layout),
    }
    if (networks.folder / TWIN_FILE).is_file():
        made[TWIN] = _invent(networks.twin, table, layout)
    return made


def _invent(synthesis: LoadedSynthesis, table: ClassTable, layout: Layout) -> tuple[Rgb8, float, float]:
    """Return what a network makes of a layout without any photograph."""
    class_ids = table.mapping_to(synthesis.table)[layout.class_ids]
    started_s = time.perf_counter()
    image, share = synthesize_image(Canvas.empty(layout.size), class_ids, synthesis, rows=ROWS)
    return image, float(share.mean()) / 255, (time.perf_counter() - started_s) * 1000
