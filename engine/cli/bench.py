"""``python -m engine bench latency``: how long a stroke takes to become an image on this machine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

from engine.cli.errors import CommandError
from engine.cli.options import BankOption, DeviceOption, WeightsOption, require_files

if TYPE_CHECKING:
    from engine.bank.bank import Bank
    from engine.classes import ClassTable
    from engine.document.document import Document
    from engine.geometry import Size
    from engine.layout import Layout
    from engine.pipeline.pipeline import Pipeline
    from engine.pipeline.results import Result

DEFAULT_SIZES = "512x256,1024x512,2048x1024"
WARM_UP_STROKES = 2
STROKE_STEPS = 6
RADIUS_HEIGHTS = 0.04
LENGTH_HEIGHTS = 0.3
SKETCH = (("sky", 0.0, 1.0, 0.0, 1.0), ("mountain", 0.0, 1.0, 0.3, 0.6), ("forest", 0.0, 0.4, 0.4, 0.62),
          ("grass", 0.0, 1.0, 0.6, 1.0), ("water", 0.0, 0.3, 0.6, 1.0), ("rock", 0.55, 0.75, 0.5, 0.75))  # fmt: skip
"""Class, left, right, top and bottom of each part of a landscape, in widths and heights of the picture."""


@dataclass
class Times:
    """Milliseconds measured at one size."""

    first_ms: float = 0.0
    preview_ms: list[float] = field(default_factory=list)
    final_ms: list[float] = field(default_factory=list)
    swap_preview_ms: list[float] = field(default_factory=list)
    swap_final_ms: list[float] = field(default_factory=list)
    stages_ms: list[dict[str, float]] = field(default_factory=list)


def latency(
    bank: BankOption = None,
    weights: WeightsOption = None,
    sizes: Annotated[
        str, typer.Option("--sizes", metavar="WxH[,WxH…]", help="Sizes of the layouts to paint.")
    ] = DEFAULT_SIZES,
    repeat: Annotated[int, typer.Option("--repeat", min=1, max=1000, help="Strokes measured at each size.")] = 12,
    device: DeviceOption = "auto",
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure the time from a stroke's release to the image, of its preview, and of a swap.

    A real document is painted with short random strokes on a layout of the bank (a drawn landscape where there is
    none); the first strokes are not counted.
    """
    from engine.geometry import Size

    try:
        parsed = [Size.parse(text) for text in sizes.split(",")]
    except ValueError as error:
        raise CommandError(f"--sizes: {error}") from None
    require_files(bank or ())

    from rich.console import Console
    from rich.progress import Progress

    from engine.bank.bundled import bundled_banks
    from engine.pipeline.pipeline import Pipeline

    pipeline = Pipeline(weights=weights, device=device, banks=bank or bundled_banks())
    console = Console(stderr=True)
    measured: dict[str, Times] = {}
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        for size in parsed:
            bar = progress.add_task(str(size), total=repeat + WARM_UP_STROKES)
            measured[str(size)] = measure(pipeline, size, repeat, on_stroke=lambda bar=bar: progress.advance(bar))
    report = report_of_times(measured, pipeline.device)
    if json_output:
        print(json.dumps(report, indent=1))
    else:
        _print_table(report)


def measure(pipeline: Pipeline, size: Size, repeat: int, *, on_stroke: Callable[[], None]) -> Times:
    """Paint a document and measure; every stroke is drawn from a fixed seed.

    Args:
        pipeline: with its banks open.
        size: size of the layout.
        repeat: strokes that count.
        on_stroke: called after each, for progress.

    Raises:
        CommandError: if a document may not have this size.
    """
    from engine.document.document import Document

    layout, table = layout_to_paint(size, pipeline.banks)
    document = Document(layout, table)
    draw = np.random.default_rng(0)
    times = Times()
    started_s = time.perf_counter()
    result = _final(pipeline, document)
    times.first_ms = _since_ms(started_s)
    for stroke in range(-WARM_UP_STROKES, repeat):
        preview_ms, final_ms, result = _paint_stroke(pipeline, document, draw)
        swap = _swap(pipeline, document, result, draw)
        if stroke >= 0:
            times.preview_ms.append(preview_ms)
            times.final_ms.append(final_ms)
            times.stages_ms.append(dict(result.stage_ms))
            if swap is not None:
                times.swap_preview_ms.append(swap[0])
                times.swap_final_ms.append(swap[1])
        on_stroke()
    return times


def layout_to_paint(size: Size, banks: Sequence[Bank]) -> tuple[Layout, ClassTable]:
    """Return the layout of the first bank's first photograph at the given size, or a drawn landscape.

    Raises:
        CommandError: if a layout may not have this size.
    """
    from engine.classes import builtin_class_table
    from engine.layout import Layout, check_size

    try:
        check_size(size)
    except ValueError as error:
        raise CommandError(str(error)) from None
    rows = (np.arange(size.height) + 0.5) / size.height
    columns = (np.arange(size.width) + 0.5) / size.width
    if banks:
        source = banks[0].layout(banks[0].sources()[0].key)
        picked_rows = (rows * source.size.height).astype(np.intp)
        picked_columns = (columns * source.size.width).astype(np.intp)
        return Layout.from_classes(source.class_ids[np.ix_(picked_rows, picked_columns)]), banks[0].table
    table = builtin_class_table()
    class_ids = np.zeros((size.height, size.width), np.uint8)
    for key, left, right, top, bottom in SKETCH:
        info = table.get(key)
        if info is not None:
            class_ids[np.ix_((rows >= top) & (rows < bottom), (columns >= left) & (columns < right))] = info.id
    return Layout.from_classes(class_ids), table


def report_of_times(measured: dict[str, Times], device: str) -> dict[str, Any]:
    """Return medians and 95th percentiles as JSON values."""
    return {
        "latency": {
            size: {
                "first_ms": round(times.first_ms, 2),
                "preview": _summary(times.preview_ms),
                "final": _summary(times.final_ms),
                "stages": {
                    stage: round(float(np.median([ms.get(stage, 0.0) for ms in times.stages_ms])), 2)
                    for stage in times.stages_ms[-1]
                },
            }
            for size, times in measured.items()
        },
        "swap": {
            size: {"preview": _summary(times.swap_preview_ms), "final": _summary(times.swap_final_ms)}
            for size, times in measured.items()
            if times.swap_final_ms
        },
        "device": device,
    }


def _final(pipeline: Pipeline, document: Document) -> Result:
    """Run a FINAL and write its automatic choices into the document, as the app does."""
    from engine.document.snapshot import Quality

    result = pipeline.run(document.snapshot(Quality.FINAL))
    if result.records is not None:
        document.annotate(result.stamp.generation, result.records, result.next_record_id, result.segments)
    return result


def _paint_stroke(pipeline: Pipeline, document: Document, draw: np.random.Generator) -> tuple[float, float, Result]:
    """Paint one short stroke; return the milliseconds of its preview and from its release to its image."""
    from engine.document.snapshot import Quality

    size = document.size
    start = draw.uniform((0, 0), (size.width, size.height))
    angle = draw.uniform(0, 2 * np.pi)
    step = np.array([np.cos(angle), np.sin(angle)]) * LENGTH_HEIGHTS * size.height / STROKE_STEPS
    points = [tuple(float(v) for v in start + step * i) for i in range(STROKE_STEPS + 1)]
    classes = np.unique(document.class_ids)
    document.begin_stroke(int(draw.choice(classes[classes < len(document.table)])))
    radius_px = max(1.0, RADIUS_HEIGHTS * size.height)
    half = len(points) // 2
    document.paint([(x, y) for x, y in points[:half]], radius_px)
    started_s = time.perf_counter()
    pipeline.run(document.snapshot(Quality.PREVIEW))
    preview_ms = _since_ms(started_s)
    document.paint([(x, y) for x, y in points[half:]], radius_px)
    started_s = time.perf_counter()
    document.commit_stroke()
    result = _final(pipeline, document)
    return preview_ms, _since_ms(started_s), result


def _swap(
    pipeline: Pipeline, document: Document, result: Result, draw: np.random.Generator
) -> tuple[float, float] | None:
    """Pick another candidate for some region; return the milliseconds to its preview, and from there to its image.

    None where no region has another.
    """
    from engine.document.snapshot import Quality

    regions = [region for region in result.regions if region.choice is not None and len(region.candidates) > 1]
    if not regions:
        return None
    region = regions[int(draw.integers(len(regions)))]
    others = [c.segment_key for c in region.candidates if c.segment_key != region.choice]
    document.pick(region.record_id, others[int(draw.integers(min(5, len(others))))])
    started_s = time.perf_counter()
    pipeline.run(document.snapshot(Quality.PREVIEW))
    preview_ms, started_s = _since_ms(started_s), time.perf_counter()
    _final(pipeline, document)
    final_ms = _since_ms(started_s)
    document.undo()
    return preview_ms, final_ms


def _since_ms(started_s: float) -> float:
    return (time.perf_counter() - started_s) * 1000


def _summary(values_ms: Sequence[float]) -> dict[str, float]:
    median, p95 = np.percentile(values_ms, (50, 95))
    return {"median_ms": round(float(median), 2), "p95_ms": round(float(p95), 2)}


def _print_table(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    headings = ("size", "first image", "preview", "final", "final p95", "swap, preview", "then final")
    table = Table(*headings, title=f"latency, ms ({report['device']})")
    for size, entry in report["latency"].items():
        swap = report["swap"].get(size)
        table.add_row(
            size,
            f"{entry['first_ms']:.0f}",
            f"{entry['preview']['median_ms']:.0f}",
            f"{entry['final']['median_ms']:.0f}",
            f"{entry['final']['p95_ms']:.0f}",
            *(("–", "–") if swap is None else (f"{swap[kind]['median_ms']:.0f}" for kind in ("preview", "final"))),
        )
    Console().print(table)
