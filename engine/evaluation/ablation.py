"""Ablations of the stages before f: the pipeline without one part at a time, with the same f."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from engine.data.sample import Importer
from engine.evaluation.ablation_file import AblationRow
from engine.evaluation.evaluator import Evaluator, judge_pictures
from engine.evaluation.painting import paint_layout
from engine.pipeline.ablation import WHOLE, Ablation
from engine.pipeline.pipeline import Pipeline

STAGES: Mapping[str, Ablation] = MappingProxyType(
    {
        "full": WHOLE,
        "without context IoU": Ablation(context=False),
        "without scene prior": Ablation(scene_prior=False),
        "without colour agreement": Ablation(colour_agreement=False),
        "without outline agreement": Ablation(outline_agreement=False),
        "without scale agreement": Ablation(scale_agreement=False),
        "without T": Ablation(transformation=False),
        "without ordering network": Ablation(ordering=False),
        "without filling": Ablation(filling=False),
        "without elision": Ablation(elision=False),
        "without harmonise": Ablation(harmonise=False),
    }
)


def judge_without(
    name: str,
    importer: Importer,
    bank: Path,
    evaluator: Evaluator,
    *,
    weights: Path | None,
    device: str,
    limit: int | None = None,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> AblationRow:
    """Paint every layout of a split without one part of the pipeline and judge canvases and pictures.

    Args:
        name: one of `STAGES`.
        importer: the split.
        bank: where segments come from; none of a layout's own group (video drive, scene) is a candidate for it.
        evaluator: the judge.
        weights: folder of the networks; None for those that ship with Tessera.
        device: ``auto``, ``cpu`` or ``cuda``.
        limit: take so many photographs, spread evenly over the split; None for all.
        progress: told photographs done, photographs in all, and the name of the next.

    Raises:
        BankFormatError: if the bank cannot be opened.
        CheckpointError: if the weights cannot be used.
        KeyError: if there is no such ablation.
        SampleError: if no photograph of the split can be read.
    """
    pipeline = Pipeline(weights=weights, device=device, banks=[bank], ablation=STAGES[name])
    try:
        evaluation = judge_pictures(
            importer,
            lambda layout, group: paint_layout(pipeline, importer.table, layout, group),
            evaluator,
            limit=limit,
            progress=progress,
        )
    finally:
        pipeline.close_bank(bank)
    return AblationRow(name, evaluation.photographs, None, evaluation.rows)
