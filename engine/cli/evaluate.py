"""``python -m engine evaluate``: judge the pictures made of the layouts of a split, beside the photographs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.cached_bank import cached_bank, find_bank, open_importer, print_progress, report_progress
from engine.cli.errors import CommandError
from engine.cli.options import DeviceOption, WeightsOption, require_files, require_picture, require_png

if TYPE_CHECKING:
    from engine.evaluation.evaluator import Evaluator
    from engine.evaluation.report import StageReports
    from engine.pipeline.pipeline import Pipeline

TRAINING_SPLITS = {"dev": "dev-train", "val": "train"}
"""Which split a held-out one is painted from; any other is painted from itself, without a picture's own group."""


def evaluate(
    importer: Annotated[str, typer.Option("--importer", metavar="NAME", help="What reads the data set.")],
    root: Annotated[Path, typer.Option("--root", metavar="DIR", help="Folder of the data set.")],
    split: Annotated[
        str | None, typer.Option("--split", metavar="S", help="The part whose layouts are painted; default: all.")
    ] = None,
    bank: Annotated[
        Path | None, typer.Option("--bank", metavar="B.bank", help="Paint from it; default: the training split's.")
    ] = None,
    weights: WeightsOption = None,
    evaluator: Annotated[
        Path | None, typer.Option("--evaluator", metavar="W", help="Weights of the judge; default: the shipped one.")
    ] = None,
    features: Annotated[
        Path | None,
        typer.Option(
            "--features",
            metavar="W",
            help="Take the Fréchet distances with these features: feature weights, or torchvision's VGG-19 (.pth); "
            "default: the judge's own.",
        ),
    ] = None,
    other_bank: Annotated[
        Path | None,
        typer.Option("--other-bank", metavar="B.bank", help="Paint from this bank, too: one of another domain."),
    ] = None,
    device: DeviceOption = "auto",
    limit: Annotated[
        int | None, typer.Option("--limit", metavar="N", help="So many photographs, spread evenly.", min=1)
    ] = None,
    stages: Annotated[bool, typer.Option("--stages", help="Judge alignment, ordering and completion too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="SHEET.png", help="Write sixteen scenes side by side.")
    ] = None,
    best_worst: Annotated[
        Path | None,
        typer.Option(
            "--best-worst",
            metavar="B.webp",
            help="Write the eight scenes whose images the judge reads most as painted (pixel accuracy), and the eight "
            "least; as .webp or .png.",
        ),
    ] = None,
) -> None:
    """Paint the layouts of a split and score the pictures: agreement with the layout, features, spectrum."""
    if sheet is not None:
        require_png(sheet)
    if best_worst is not None:
        require_picture(best_worst)
    require_files(path for path in (evaluator, features, other_bank) if path is not None)
    samples = open_importer(importer, root, split)
    bank_path = (
        find_bank(bank, None, None, None)
        if bank
        else cached_bank(importer, root, TRAINING_SPLITS.get(split or "", split))
    )

    from rich.console import Console

    from engine.data.layout_file import save_rgb
    from engine.evaluation.evaluator import Evaluator
    from engine.evaluation.painting import evaluate_split
    from engine.evaluation.report import report_of, score_table, stage_tables
    from engine.evaluation.sheet import RANKED_SCENES, SHEET_SCENES, draw_sheet, save_best_and_worst
    from engine.pipeline.pipeline import Pipeline
    from engine.pipeline.weights import WEIGHTS_ROOT

    judge = Evaluator(evaluator or WEIGHTS_ROOT / samples.table.key / "evaluator.safetensors", features)
    pipeline = Pipeline(weights=weights, device=device, banks=[bank_path])
    other = None if other_bank is None else Pipeline(weights=weights, device=device, banks=[other_bank])
    evaluation = evaluate_split(
        samples,
        pipeline,
        judge,
        other=other,
        limit=limit,
        scenes=SHEET_SCENES if sheet is not None else 0,
        ranked=RANKED_SCENES if best_worst is not None else 0,
        progress=report_progress(print_progress),
    )
    for error in evaluation.skipped:
        print_progress(f"skipped {error}")
    judged = _judge_stages(pipeline, importer, root, split) if stages else None
    if sheet is not None:
        try:
            save_rgb(sheet, draw_sheet(evaluation.scenes))
        except OSError as error:
            raise CommandError(f"{sheet}: cannot be written: {error.strerror}") from None
    if best_worst is not None:
        try:
            save_best_and_worst(best_worst, evaluation.best, evaluation.worst)
        except OSError as error:
            raise CommandError(f"{best_worst}: cannot be written: {error.strerror or error}") from None
    synthesis = pipeline.networks_for(samples.table).synthesis
    facts = _facts(pipeline, other, judge, synthesis.digest, importer, split)
    if as_json:
        print(json.dumps(report_of(evaluation, judged, facts), indent=2))
        return
    console = Console()
    title = f"{evaluation.photographs} layouts of {importer} {split or 'photographs'}, read by evaluator {judge.digest}"
    scores = score_table(evaluation.rows, title, untrained=evaluation.untrained)
    if judge.features.digest != judge.digest:
        scores.caption = f"Fréchet distances by {judge.features.name} {judge.features.digest}"
    for table in (scores, *(stage_tables(judged) if judged else ())):
        console.print(table)


def _facts(
    pipeline: Pipeline, other: Pipeline | None, judge: Evaluator, synthesis: str, importer: str, split: str | None
) -> dict[str, Any]:
    banks = [{"name": bank.name, "digest": bank.digest} for each in (pipeline, other) if each for bank in each.banks]
    return {
        "importer": importer,
        "split": split,
        "bank": banks[0],
        "other_bank": banks[1] if other is not None else None,
        "evaluator": judge.digest,
        "features": {"name": judge.features.name, "digest": judge.features.digest},
        "synthesis": synthesis,
        "device": pipeline.device,
    }


def _judge_stages(pipeline: Pipeline, importer: str, root: Path, split: str | None) -> StageReports:
    from engine.bank.bank import Bank
    from engine.evaluation.alignment import evaluate_alignment
    from engine.evaluation.completion import evaluate_completion
    from engine.evaluation.displacement import measure_displacements
    from engine.evaluation.ordering import evaluate_ordering
    from engine.evaluation.report import StageReports

    held_out = Bank.open(cached_bank(importer, root, split))
    try:
        networks = pipeline.networks_for(held_out.table)
        if networks.table.digest != held_out.table.digest:
            raise CommandError(f"{networks.folder}: trained for other classes than those of {importer}")
        print_progress("judging alignment, ordering and completion")
        return StageReports(
            displacement=measure_displacements(held_out, among=pipeline.banks[0]),
            alignment=evaluate_alignment(networks.alignment, held_out),
            ordering=evaluate_ordering(networks.ordering, held_out),
            completion=evaluate_completion(networks.completion, held_out),
        )
    finally:
        held_out.close()
