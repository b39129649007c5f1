"""Ablations of the training of f: the same short budget without one part at a time, judged on a held-out split."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from engine.bank.bank import Bank
from engine.data.sample import Importer, SampleError
from engine.evaluation.ablation_file import AblationRow
from engine.evaluation.evaluator import (
    CANVAS,
    EMPTY,
    FULL,
    Evaluator,
    Picture,
    judge_pictures,
    scale_sample,
    spread_evenly,
)
from engine.evaluation.painting import synthesize_picture
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.canvas import PHOTO, Canvas
from engine.pipeline.synthesis import LoadedSynthesis, load_synthesis
from engine.training.config import TrainingConfig
from engine.training.losses import LossConfig
from engine.training.photographs import load_photographs
from engine.training.retrieved import PipelineComposer
from engine.training.synthesis import SynthesisRecipe, make_synthesis_task
from engine.training.trainer import train_network

ROWS = 128
"""Photographs, canvases and pictures of an ablation have so many rows, half as many as usual: a short training must
get somewhere."""
CROP = Size(160, 128)
BATCH_SIZE = 8
LEARNING_RATE = 2e-3
WARMUP_SHARE = 0.1
RETRIEVED_SHARE = 0.35
BASE = SynthesisRecipe(losses=LossConfig(), retrieved_share=RETRIEVED_SHARE)
"""All there is; every other recipe lacks one part of it."""

Progress = Callable[[int, int, str], None]
_Group = tuple[str, str]


class AblationError(Exception):
    """An ablation that would prove nothing."""


@dataclass(frozen=True)
class Variant:
    """One way of training f.

    Attributes:
        recipe: losses and canvases.
        copies: whether f copies the canvas's pixels.
        seed_offset: added to the seed of weights and batches.
    """

    recipe: SynthesisRecipe = BASE
    copies: bool = True
    seed_offset: int = 0


def _without(**losses: float) -> Variant:
    return Variant(replace(BASE, losses=replace(BASE.losses, **losses)))


VARIANTS: Mapping[str, Variant] = MappingProxyType(
    {
        "base": Variant(),
        "base, other seed": Variant(seed_offset=1),
        "without colour transfer": Variant(replace(BASE, simulation=replace(BASE.simulation, colour_transfer=0.0))),
        "without copying": Variant(copies=False),
        "without mismatched segments": Variant(replace(BASE, simulation=replace(BASE.simulation, mismatched=0.0))),
        "without retrieved canvases": Variant(replace(BASE, retrieved_share=0.0)),
        "without pixel loss": _without(pixels=0.0),
        "without loss of the kept": _without(kept=0.0),
        "without perceptual loss": _without(perceptual=0.0),
        "without reading loss": _without(reading=0.0),
    }
)
"""The difference between the first two is noise."""


@dataclass(frozen=True)
class Budget:
    """What every variant is given.

    Attributes:
        steps: optimiser steps.
        seed: of weights and batches.
        device: ``cpu`` or ``cuda``.
    """

    steps: int
    seed: int = 0
    device: str = "cpu"

    def record(self) -> dict[str, Any]:
        """Return everything the rows depend on beside the data, as JSON values."""
        return {
            **asdict(self),
            "rows": ROWS,
            "crop": [CROP.width, CROP.height],
            "batch_size": BATCH_SIZE,
            "learning_rate": LEARNING_RATE,
            "base": asdict(BASE),
        }


class TrainingBench:
    """Trains variants of f from nothing and judges each on the same held-out layouts. Used by one thread.

    Canvases are composed once, by the networks before f as they are, and shared by all variants.
    """

    def __init__(
        self,
        bank: Bank,
        held_out: Importer,
        evaluator: Evaluator,
        budget: Budget,
        *,
        features_path: Path,
        weights: Path | None,
        folder: Path,
        limit: int | None = None,
        log: Callable[[str], None] = lambda _line: None,
        progress: Progress = lambda _done, _total, _name: None,
    ) -> None:
        """Compose the canvases of the bank's photographs and of the held-out layouts.

        Args:
            bank: the photographs f is trained on, and whose segments the canvases are made of.
            held_out: the photographs it is judged on.
            evaluator: the judge.
            budget: of every training.
            features_path: weights of the perceptual network Φ.
            weights: folder of the networks before f; None for those that ship with Tessera.
            folder: where weights lie while they are needed; what an interrupted training left there is used.
            limit: judge so many photographs, spread evenly; None for all.
            log: told of the progress of a training.
            progress: told canvases or pictures done, how many in all, and the name of the next.

        Raises:
            AblationError: if f would be judged on a scene or drive it was trained on, or knows other classes.
            CheckpointError: if the networks before f cannot be used.
        """
        self._bank, self._held_out, self._evaluator, self._budget = bank, held_out, evaluator, budget
        self._features_path, self._folder, self._limit = features_path, folder, limit
        self._log, self._progress = log, progress
        self._canvases: dict[tuple[str, _Group], Canvas] = {}
        self._compose_all(PipelineComposer(bank.path, bank.table, weights))

    def run(self, name: str) -> AblationRow:
        """Train one variant and judge it; its weights are not kept.

        Raises:
            KeyError: if there is no such variant.
            CheckpointError: if Φ cannot be loaded.
        """
        variant, budget = VARIANTS[name], self._budget
        seed = budget.seed + variant.seed_offset
        task = make_synthesis_task(
            self._bank,
            seed=seed,
            features_path=self._features_path,
            recipe=variant.recipe,
            compose=self._composed,
            rows=ROWS,
            crop=CROP,
            copies=variant.copies,
        )
        config = TrainingConfig(
            steps=budget.steps,
            batch_size=BATCH_SIZE,
            learning_rate=LEARNING_RATE,
            warmup_steps=max(1, round(WARMUP_SHARE * budget.steps)),
            seed=seed,
            device=budget.device,
        )
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{re.sub('[^a-z]+', '-', name)}.safetensors"
        report = train_network(task, config, path, resume=True, log=self._log)
        try:
            synthesis = load_synthesis(path, self._bank.table, device=budget.device)
        finally:
            path.unlink(missing_ok=True)
        evaluation = judge_pictures(
            self._held_out,
            lambda layout, group: self._pictures(layout, group, synthesis),
            self._evaluator,
            rows=ROWS,
            limit=self._limit,
            progress=self._progress,
        )
        return AblationRow(name, evaluation.photographs, round(report.minutes, 2), evaluation.rows)

    def _pictures(self, layout: Layout, group: _Group, synthesis: LoadedSynthesis) -> dict[str, Picture]:
        canvas, table = self._composed(layout, group), self._held_out.table
        return {
            CANVAS: Picture(canvas.rgb, float((canvas.presence == PHOTO).mean())),
            FULL: synthesize_picture(canvas, table, layout, synthesis, rows=ROWS),
            EMPTY: synthesize_picture(Canvas.empty(layout.size), table, layout, synthesis, rows=ROWS),
        }

    def _composed(self, layout: Layout, group: _Group) -> Canvas:
        return self._canvases[layout.digest, group]

    def _compose_all(self, composer: PipelineComposer) -> None:
        if self._held_out.table.digest != self._bank.table.digest:
            raise AblationError(f"{self._bank.name}: its classes are not those of the photographs to be judged")
        known = {(source.provenance.dataset, source.provenance.group) for source in self._bank.sources()}
        names = spread_evenly(self._held_out.names(), self._limit)
        scenes: list[tuple[str, Layout, _Group]] = []
        for name in names:
            try:
                sample = self._held_out.load(name)
            except SampleError:
                continue  # judging names it
            group = (sample.provenance.dataset, sample.provenance.group)
            if group in known:
                raise AblationError(
                    f"{name}: f would be judged on what it is trained on: {self._bank.name} has photographs of the "
                    "same drive or scene"
                )
            scenes.append((name, scale_sample(sample, ROWS)[1], group))
        scenes += [(each.name, each.layout, each.group) for each in load_photographs(self._bank, rows=ROWS).items]
        for number, (name, layout, group) in enumerate(scenes):
            self._progress(number, len(scenes), name)
            self._canvases[layout.digest, group] = composer(layout, group)
