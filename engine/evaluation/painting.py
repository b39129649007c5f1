"""The ways of making a picture of a layout that are judged: the whole method, and what it is compared with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from engine.classes import ClassTable
from engine.data.sample import Importer
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.evaluation.evaluator import (
    CANVAS,
    EMPTY,
    FULL,
    OTHER,
    PAPER,
    ROWS,
    TWIN,
    Evaluation,
    Evaluator,
    Picture,
    judge_pictures,
)
from engine.evaluation.metrics import copied_energies
from engine.layout import Layout
from engine.pipeline.canvas import PHOTO, Canvas
from engine.pipeline.pipeline import Pipeline
from engine.pipeline.results import Result
from engine.pipeline.synthesis import LoadedSynthesis, synthesize_image
from engine.pipeline.weights import PAPER_FILE

TWIN_FILE = "synthesis_parametric.safetensors"


def evaluate_split(
    importer: Importer,
    pipeline: Pipeline,
    evaluator: Evaluator,
    *,
    other: Pipeline | None = None,
    limit: int | None = None,
    scenes: int = 0,
    ranked: int = 0,
    progress: Callable[[int, int, str], None] = lambda _done, _total, _name: None,
) -> Evaluation:
    """Paint every layout of a split and judge the pictures.

    No segment of a layout's own group (video drive, scene) is a candidate for it. Pictures have `ROWS` rows. The twin
    and the paper's network are judged where their weights stand beside the others.

    Args:
        importer: the split.
        pipeline: with its bank open.
        evaluator: the judge.
        other: the same networks with another bank, for the paper's lower bound.
        limit: take so many photographs, spread evenly over the split; None for all.
        scenes: keep so many of them to look at, spread evenly.
        ranked: keep so many of the best and of the worst scenes of the whole method.
        progress: told photographs done, photographs in all, and the name of the next.

    Raises:
        CheckpointError: if the weights cannot be used.
        SampleError: if no photograph of the split can be read.
    """
    table = importer.table
    folder = pipeline.networks_for(table).folder
    has_paper = (folder / PAPER_FILE).is_file()

    def make(layout: Layout, group: tuple[str, str]) -> Mapping[str, Picture]:
        result = run_layout(pipeline, table, layout, group)
        networks, empty = pipeline.networks_for(table), Canvas.empty(layout.size)
        made = {**pictures_of(result), EMPTY: synthesize_picture(empty, table, layout, networks.synthesis)}
        if (folder / TWIN_FILE).is_file():
            made[TWIN] = synthesize_picture(empty, table, layout, networks.twin)
        if other is not None:
            made[OTHER] = paint_layout(other, table, layout, group)[FULL]
        if has_paper:
            canvas = Canvas(result.canvas, result.presence, result.segment_index)
            made[PAPER] = synthesize_picture(canvas, table, layout, networks.paper)
        return made

    return judge_pictures(
        importer,
        make,
        evaluator,
        limit=limit,
        scenes=scenes,
        ranked=ranked,
        untrained=() if has_paper else (PAPER,),
        progress=progress,
    )


def paint_layout(pipeline: Pipeline, table: ClassTable, layout: Layout, group: tuple[str, str]) -> dict[str, Picture]:
    """Return the canvas of a layout and the picture the whole pipeline makes of it, without segments of a group."""
    return pictures_of(run_layout(pipeline, table, layout, group))


def run_layout(pipeline: Pipeline, table: ClassTable, layout: Layout, group: tuple[str, str]) -> Result:
    """Run the whole pipeline on a layout as the program does with a new document, without segments of a group."""
    return pipeline.run(Document(layout, table).snapshot(Quality.FINAL), excluded_groups=frozenset({group}))


def pictures_of(result: Result) -> dict[str, Picture]:
    """Return the canvas and the image of a run."""
    return {
        CANVAS: Picture(result.canvas, float((result.presence == PHOTO).mean())),
        FULL: Picture(
            result.image,
            float(result.copy_share.mean()) / 255,
            sum(result.stage_ms.values()),
            copied_energies(result.image, result.canvas, result.copy_share),
        ),
    }


def synthesize_picture(
    canvas: Canvas, table: ClassTable, layout: Layout, synthesis: LoadedSynthesis, *, rows: int = ROWS
) -> Picture:
    """Return what a network makes of a canvas and its layout, in a frame of so many rows."""
    class_ids = table.mapping_to(synthesis.table)[layout.class_ids]
    started_s = time.perf_counter()
    image, share = synthesize_image(canvas, class_ids, synthesis, rows=rows)
    ms = (time.perf_counter() - started_s) * 1000
    return Picture(image, float(share.mean()) / 255, ms, copied_energies(image, canvas.rgb, share))
