"""Documents on the command line: opened from a file, with segments picked by pixel or by record."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable, builtin_class_table
from engine.cli.errors import CommandError
from engine.data.layout_file import load_layout
from engine.document.document import Document
from engine.document.matching import match_regions
from engine.document.project_file import ProjectError, load_project
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.regions import Region, find_regions

if TYPE_CHECKING:
    from engine.pipeline.pipeline import Pipeline


def open_document(path: Path, table: ClassTable | None, banks: Sequence[Bank]) -> Document:
    """Open a layout or a project as the app opens it.

    Args:
        path: a PNG, or a project.
        table: the class table asked for, or None: the project's, else the first bank's, else the built-in one.
        banks: the open banks.

    Raises:
        LayoutFileError: if a layout cannot be read.
        ProjectError: if a project cannot be read, or has classes that the table asked for lacks.
    """
    if path.suffix.lower() == ".png":
        if table is None:
            table = banks[0].table if banks else builtin_class_table()
        return Document(load_layout(path, table), table)
    project = load_project(path)
    if table is not None:
        layout = _translated(path, project.layout, project.table, table)
        project = replace(project, layout=layout, table=table)
    return project.build_document()


def pick_segments(document: Document, picks: Sequence[str], pipeline: Pipeline) -> Document:
    """Return the document with segments picked as the painter would pick them.

    Args:
        document: as it was opened.
        picks: ``X,Y=SEGMENT`` (a pixel of the layout) or ``RECORD=SEGMENT`` (a record of the report).
        pipeline: its banks are searched; it completes the layout where that is on.

    Raises:
        CommandError: if a pick is malformed, or there is no such region or segment.
    """
    snapshot = document.snapshot(Quality.FINAL)
    layout, table = snapshot.layout, snapshot.table
    if snapshot.settings.complete:
        layout = pipeline.complete(layout, table)
    regions = find_regions(layout, table)
    matching = match_regions(snapshot.records, regions, table, layout.size, snapshot.next_record_id)
    picked = Document(
        snapshot.layout,
        table,
        settings=snapshot.settings,
        records=matching.records,
        next_record_id=matching.next_record_id,
        segments=snapshot.segments,
        document_id=snapshot.document_id,
    )
    for text in picks:
        match = re.fullmatch(r"(?:(\d{1,5}),(\d{1,5})|(\d{1,9}))=([0-9a-f]{16})", text)
        if match is None:
            raise CommandError(f"--pick {text}: write X,Y=SEGMENT or RECORD=SEGMENT, a segment being 16 hex digits")
        x, y, record, segment_key = match.groups()
        record_id = int(record) if record else _record_at(int(x), int(y), regions, matching.record_ids)
        if record_id not in matching.record_ids:
            raise CommandError(f"--pick {text}: no region has the record {record_id}")
        if segment_key not in snapshot.segments and not any(segment_key in bank for bank in pipeline.banks):
            raise CommandError(f"--pick {text}: no open bank has the segment {segment_key}")
        picked.pick(record_id, segment_key)
    return picked


def _record_at(x: int, y: int, regions: Sequence[Region], record_ids: Sequence[int]) -> int:
    for region, record_id in zip(regions, record_ids, strict=True):
        bounds = region.bounds
        is_inside = bounds.left <= x < bounds.right and bounds.top <= y < bounds.bottom
        if is_inside and region.mask[y - bounds.top, x - bounds.left]:
            return record_id
    raise CommandError(f"--pick {x},{y}: there is no region at that pixel")


def _translated(path: Path, layout: Layout, own: ClassTable, wanted: ClassTable) -> Layout:
    """Return a layout with its classes mapped, by key, to another table's ids."""
    lookup = own.mapping_to(wanted)
    lost = [own[i].key for i in np.unique(layout.class_ids).tolist() if i != VOID and lookup[i] == VOID]
    if lost:
        raise ProjectError(path, f"the class table {wanted.key!r} lacks {', '.join(lost)}")
    return Layout(lookup[layout.class_ids], layout.instance_ids)
