"""``python -m engine bench retrieval``: how long the best 50 of many segments take to find on this machine."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from engine.cli.errors import CommandError

if TYPE_CHECKING:
    from engine.bank.index import IndexColumns

TOP_K = 50
QUERIES = 40
SEGMENTS_A_SOURCE = 8
CLASSES = 12


def bench_retrieval(
    segments: Annotated[
        int, typer.Option("--segments", min=100, max=2_000_000, help="Segments of the one class to search.")
    ] = 100_000,
    *,
    bank: Annotated[
        Path | None, typer.Option("--bank", metavar="B.bank", help="Take segments from here instead of drawing them.")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure exact retrieval, both terms, of the best 50 among many segments of one class.

    Queries are segments of the same kind, each moved by some cells; the index is kept in memory.
    """
    from engine.bank.index import SegmentIndex

    draw = np.random.default_rng(0)
    columns = draw_columns(segments, draw) if bank is None else _repeated_columns(bank, segments, draw)
    index = SegmentIndex(columns)
    times_ms = []
    for number in range(-2, QUERIES):
        row = int(draw.integers(segments))
        grid = np.unpackbits(columns.bits[row].view(np.uint8), bitorder="little").reshape(64, 128)
        shift = tuple(int(v) for v in draw.integers(-3, 4, 2))
        bits = np.packbits(np.roll(grid, shift, (0, 1)), bitorder="little")
        top, bottom, left, right = columns.rects[:, row]
        context = np.full((32, 64), 255, np.uint8)
        context[top:bottom, left:right] = columns.contexts[int(draw.integers(len(columns.contexts)))][
            top:bottom, left:right
        ]
        started_s = time.perf_counter()
        hits = index.search(bits, context, int((context != 255).sum()), top_k=TOP_K)
        if number >= 0:
            times_ms.append((time.perf_counter() - started_s) * 1000)
        if len(hits) != TOP_K:
            raise CommandError(f"a query found {len(hits)} segments instead of {TOP_K}")
    report = {
        "segments": segments,
        "sources": len(columns.contexts),
        "top_k": TOP_K,
        "queries": len(times_ms),
        "median_ms": round(float(np.median(times_ms)), 3),
        "p95_ms": round(float(np.percentile(times_ms, 95)), 3),
    }
    if json_output:
        print(json.dumps({"retrieval": report}, indent=1))
    else:
        print(
            f"top {TOP_K} of {segments} segments of one class, both terms, exact: "
            f"median {report['median_ms']:.1f} ms, p95 {report['p95_ms']:.1f} ms over {len(times_ms)} queries"
        )


def draw_columns(count: int, draw: np.random.Generator) -> IndexColumns:
    """Draw the columns of an index of plausible segments.

    Masks are ellipses of every size and place, larger near the bottom; contexts are stacked bands of classes with
    upright blocks in them, eight segments a source.

    Args:
        count: number of segments.
        draw: source of randomness.
    """
    from engine.bank.index import IndexColumns

    sources = -(-count // SEGMENTS_A_SOURCE)
    contexts = np.empty((sources, 32, 64), np.uint8)
    for context in contexts:
        edges = np.sort(draw.integers(4, 30, 3))
        context[:] = np.repeat(draw.permutation(CLASSES)[:4], np.diff([0, *edges, 32]))[:, None]
        for _ in range(5):
            left, top = int(draw.integers(0, 60)), int(draw.integers(0, 28))
            context[top : top + int(draw.integers(2, 14)), left : left + int(draw.integers(2, 10))] = draw.integers(
                CLASSES
            )
    y, x = np.mgrid[0:64, 0:128].astype(np.float32)
    bits = np.empty((count, 128), np.uint64)
    rects = np.empty((4, count), np.int32)
    for row in range(count):
        middle_x, middle_y = draw.uniform(0, 128), draw.uniform(8, 60)
        radius_x, radius_y = np.exp(draw.uniform(0.5, 3.6)), np.exp(draw.uniform(0.5, 3.0))
        rows = slice(max(0, int(middle_y - radius_y)), min(64, int(middle_y + radius_y) + 2))
        columns = slice(max(0, int(middle_x - radius_x)), min(128, int(middle_x + radius_x) + 2))
        grid = np.zeros((64, 128), np.bool_)
        grid[rows, columns] = ((x[rows, columns] - middle_x) / radius_x) ** 2 + (
            (y[rows, columns] - middle_y) / radius_y
        ) ** 2 <= 1
        grid[min(63, int(middle_y)), min(127, int(middle_x))] = True
        bits[row] = np.packbits(grid, bitorder="little").view("<u8")
        rects[:, row] = rows.start // 2, -(-rows.stop // 2), columns.start // 2, -(-columns.stop // 2)
    cells = np.bitwise_count(bits).sum(1, dtype=np.int32)
    valid = ((rects[1] - rects[0]) * (rects[3] - rects[2])).astype(np.int32)
    keys = np.sort(np.array([f"{row:016x}" for row in range(count)], "S16"))
    source_rows = (np.arange(count) // SEGMENTS_A_SOURCE).astype(np.int32)
    return IndexColumns(keys, source_rows, cells, valid, rects, bits, contexts)


def _repeated_columns(path: Path, count: int, draw: np.random.Generator) -> IndexColumns:
    """Return the columns of the bank's largest class, repeated with masks and contexts dealt anew."""
    from contextlib import closing

    from engine.bank.bank import Bank
    from engine.bank.index import IndexColumns
    from engine.bank.schema import BankFormatError

    try:
        with closing(Bank.open(path)) as bank:
            index = bank.index(max(bank.counts(), key=lambda c: c.segments).key)
    except BankFormatError as error:
        raise CommandError(str(error)) from None
    if index is None:
        raise CommandError(f"{path}: holds no segments")
    old = index.columns
    picked = draw.integers(len(old.keys), size=count)
    keys = np.array([f"{row:016x}" for row in range(count)], "S16")
    return IndexColumns(
        keys,
        old.source_rows[picked],
        old.cells[picked],
        old.valid[picked],
        np.ascontiguousarray(old.rects[:, picked]),
        np.ascontiguousarray(old.bits[picked]),
        old.contexts,
    )
