"""Reports of an evaluation, for people and for scripts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.table import Table

from engine.evaluation.alignment import AlignmentReport
from engine.evaluation.completion import CompletionReport
from engine.evaluation.displacement import DisplacementReport
from engine.evaluation.evaluator import NOT_TRAINED, Evaluation, RowScore
from engine.evaluation.ordering import OrderingReport

_NUMBERS = tuple(name for name in RowScore.__dataclass_fields__ if name != "name")


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
        "rows": [
            *(asdict(row) for row in evaluation.rows),
            *({"name": name, **dict.fromkeys(_NUMBERS), "note": NOT_TRAINED} for name in evaluation.untrained),
        ],
    }
    if stages is not None:
        report["stages"] = asdict(stages)
    return without_nan(report)


def without_nan(value: Any) -> Any:
    """Return JSON values with null in place of every number that is not finite."""
    if isinstance(value, Mapping):
        return {key: without_nan(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def score_table(rows: Sequence[RowScore], title: str, *, untrained: Sequence[str] = ()) -> Table:
    """Return scores as a table for a terminal, one line each, and a line for each way that has no weights."""
    table = Table(title=title, title_justify="left")
    table.add_column("picture", no_wrap=True)
    for heading in ("mIoU %", "pixel %", "Fréchet", "deep", "spectrum", "copied %", "detail %", "ms"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row.name,
            f"{row.miou:.1%}"[:-1],
            f"{row.accuracy:.1%}"[:-1],
            f"{row.frechet_middle:.2f}",
            f"{row.frechet_deep:.2f}",
            f"{row.spectrum:.3f}",
            f"{row.copied:.0%}"[:-1],
            "" if row.detail is None else f"{row.detail:.0%}"[:-1],
            "" if row.ms is None else f"{row.ms:.0f}",
        )
    for name in untrained:
        table.add_row(f"{name}: {NOT_TRAINED}")
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
