"""Reports of an evaluation: for people, for scripts, and as a sheet of pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
from rich.table import Table

from engine.data.sample import Rgb8
from engine.evaluation.alignment import AlignmentReport
from engine.evaluation.completion import CompletionReport
from engine.evaluation.displacement import DisplacementReport
from engine.evaluation.evaluator import CANVAS, FULL, REAL, TWIN, Evaluation, Scene
from engine.evaluation.ordering import OrderingReport

SHEET_SCENES = 16
_TILE_ROWS, _GAP_PX, _HEADER_PX = 192, 4, 28
_COLUMNS = ("layout", CANVAS, FULL, REAL, TWIN)


@dataclass(frozen=True)
class StageReports:
    """How the stages before f do, on photographs they were not trained on."""

    displacement: DisplacementReport
    alignment: AlignmentReport
    ordering: OrderingReport
    completion: CompletionReport


def report_of(evaluation: Evaluation, stages: StageReports | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return everything as JSON values; what is not a number is null.

    Args:
        evaluation: the scores.
        stages: of the stages before f, where they were asked for.
        facts: what was judged by whom: split, bank, weights, evaluator.
    """
    report = {
        **facts,
        "photographs": evaluation.photographs,
        "skipped": [str(error) for error in evaluation.skipped],
        "rows": [asdict(row) for row in evaluation.rows],
    }
    if stages is not None:
        report["stages"] = asdict(stages)
    return _without_nan(report)


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def score_table(evaluation: Evaluation, title: str) -> Table:
    """Return the scores of every row as a table for a terminal."""
    table = Table(title=title, title_justify="left")
    table.add_column("picture", no_wrap=True)
    for heading in ("mIoU %", "pixel %", "Fréchet", "deep", "spectrum", "copied %", "ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in evaluation.rows:
        table.add_row(
            row.name,
            f"{row.miou:.1%}"[:-1],
            f"{row.accuracy:.1%}"[:-1],
            f"{row.frechet_middle:.2f}",
            f"{row.frechet_deep:.2f}",
            f"{row.spectrum:.3f}",
            f"{row.copied:.0%}"[:-1],
            "" if row.ms is None else f"{row.ms:.0f}",
        )
    return table


def stage_tables(stages: StageReports) -> list[Table]:
    """Return the scores of alignment, ordering and completion as tables for a terminal."""
    met = stages.displacement
    displacement = Table(
        title=f"displacement met from the box fit, {met.regions} regions ({met.stretched} more do not fit)",
        title_justify="left",
    )
    displacement.add_column("percentile")
    for name in met.percentiles:
        displacement.add_column(name, justify="right")
    for percentile in next(iter(met.percentiles.values())):
        displacement.add_row(str(percentile), *(f"{values[percentile]:.2f}" for values in met.percentiles.values()))
    displacement.caption = "mask IoU " + ", ".join(f"{name} {iou:.3f}" for name, iou in met.mask_iou.items())
    alignment = Table(title="alignment: colour L1 (mask IoU), simulated warps", title_justify="left")
    alignment.add_column("warp")
    methods = list(stages.alignment.cases[0].colour_l1)
    for method in methods:
        alignment.add_column(method, justify="right")
    for case in stages.alignment.cases:
        cells = (f"{case.colour_l1[m]:.4f} ({case.mask_iou[m]:.3f})" for m in methods)
        alignment.add_row(f"{case.name} ({case.segments})", *cells)
    ordering = Table(title=f"ordering: agreement with {stages.ordering.truth}, %", title_justify="left")
    for heading in ("pairs", "network", "without segments", "fixed class order"):
        ordering.add_column(heading, justify="left" if heading == "pairs" else "right")
    for group in stages.ordering.groups:
        shares = (f"{share:.1%}"[:-1] for share in (group.network, group.colourless, group.fixed))
        ordering.add_row(f"{group.name} ({group.pairs})", *shares)
    completion = Table(title="completion: pixel accuracy where half the regions are dropped, %", title_justify="left")
    for heading in ("layouts", "network", "nearest painted"):
        completion.add_column(heading, justify="right")
    done = stages.completion
    completion.add_row(str(done.layouts), f"{done.network:.1%}"[:-1], f"{done.nearest:.1%}"[:-1])
    return [displacement, alignment, ordering, completion]


def draw_sheet(scenes: Sequence[Scene]) -> Rgb8:
    """Return one picture of all scenes: a row each, layout, canvas, image and photograph (and the twin's image).

    Raises:
        ValueError: if there is no scene.
    """
    if not scenes:
        raise ValueError("a sheet shows one scene at least")
    columns = [name for name in _COLUMNS if name == "layout" or all(name in scene.pictures for scene in scenes)]
    tiles = [[_tile(scene, name) for name in columns] for scene in scenes]
    width = max(tile.shape[1] for row in tiles for tile in row)
    sheet = np.full(
        (_HEADER_PX + len(tiles) * (_TILE_ROWS + _GAP_PX), len(columns) * (width + _GAP_PX), 3), 24, np.uint8
    )
    for x, name in enumerate(columns):
        left = x * (width + _GAP_PX)
        cv2.putText(sheet, name, (left + 6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (235, 235, 235), 1, cv2.LINE_AA)
        for y, row in enumerate(tiles):
            top = _HEADER_PX + y * (_TILE_ROWS + _GAP_PX)
            sheet[top : top + _TILE_ROWS, left : left + row[x].shape[1]] = row[x]
    return sheet


def _tile(scene: Scene, name: str) -> Rgb8:
    rgb = scene.table.colours()[scene.layout.class_ids] if name == "layout" else scene.pictures[name]
    width = max(1, round(rgb.shape[1] * _TILE_ROWS / rgb.shape[0]))
    mode = cv2.INTER_NEAREST_EXACT if name == "layout" else cv2.INTER_AREA
    return np.asarray(cv2.resize(rgb, (width, _TILE_ROWS), interpolation=mode), np.uint8)
