"""A pipeline for tests of the window: real regions and records, invented candidates, coloured noise for pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine.bank.bank import ClassCount
from engine.classes import VOID, ClassTable, builtin_class_table
from engine.data.sample import Provenance
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, Snapshot
from engine.layout import Layout, frozen
from engine.pipeline.results import Candidate, RegionResult, Result, Stamp
from engine.regions import Region, find_regions

CANDIDATES = 5
STAGES = ("regions", "retrieval", "alignment", "ordering", "canvas", "synthesis")


@dataclass(frozen=True)
class FakeBankSummary:
    """What the fake says of a bank; any path opens, save one that is called ``broken.bank``."""

    path: Path
    name: str
    digest: str
    counts: tuple[ClassCount, ...]
    table: ClassTable


@dataclass
class FakePipeline:
    """Answers at once and in full, as the real one would; ``failure`` makes the next runs fail."""

    snapshots: list[Snapshot] = field(default_factory=list)
    failure: str = ""
    banks: list[Path] = field(default_factory=list)

    def run(self, snapshot: Snapshot, *, check: Callable[[], None], report: Callable[[str, float], None]) -> Result:
        """Return a result whose pictures depend on layout, choices and seed."""
        self.snapshots.append(snapshot)
        for at, stage in enumerate(STAGES):
            check()
            report(stage, at / len(STAGES))
        if self.failure:
            raise ValueError(self.failure)
        return build_result(snapshot)

    def open_bank(self, path: Path) -> FakeBankSummary:
        """Open any path as a bank of the built-in table."""
        if path.name == "broken.bank":
            raise ValueError(f"{path}: no bank")
        self.banks.append(path)
        table = builtin_class_table()
        counts = tuple(ClassCount(info.id, info.key, 10 * (info.id + 1), info.id + 1) for info in table)
        return FakeBankSummary(path, path.stem, hashlib.sha256(str(path).encode()).hexdigest()[:16], counts, table)

    def close_bank(self, path: Path) -> None:
        """Close a bank."""
        self.banks.remove(path)


def build_result(snapshot: Snapshot) -> Result:
    """Return the fake result of a snapshot; a PREVIEW's pictures have half its size."""
    layout, table = snapshot.layout, snapshot.table
    if snapshot.settings.complete:
        is_void = layout.class_ids == VOID
        layout = Layout(np.where(is_void, np.uint8(0), layout.class_ids), layout.instance_ids.copy())
    regions = find_regions(layout, table)
    matching = match_regions(snapshot.records, regions, table, layout.size, snapshot.next_record_id)
    records = {record.id: record for record in matching.records}
    region_ids = np.full(layout.class_ids.shape, -1, np.int32)
    region_results = []
    for rank, (region, record_id) in enumerate(zip(regions, matching.record_ids, strict=True)):
        region_ids[region.bounds.slices][region.mask] = record_id
        record = _chosen(records[record_id])
        records[record_id] = record
        region_results.append(_region_result(region, record, table, rank))
    is_final = snapshot.quality is Quality.FINAL
    step = 1 if is_final else 2
    seed = hash((snapshot.settings.seed, tuple((r.id, r.choice) for r in records.values()))) & 0xFFFFFFFF
    noise = np.random.default_rng(seed).integers(-18, 18, (*layout.class_ids.shape, 3))
    image = np.clip(table.colours()[layout.class_ids].astype(np.int16) + noise, 0, 255).astype(np.uint8)
    canvas = image // 2
    presence = np.where(region_ids >= 0, np.uint8(2), np.uint8(0))
    canvas[presence == 0] = 0
    shape = region_ids[::step, ::step].shape
    return Result(
        stamp=Stamp(snapshot.document_id, snapshot.generation, snapshot.quality),
        regions=tuple(region_results),
        records=tuple(records[i] for i in sorted(records)) if is_final else None,
        next_record_id=matching.next_record_id,
        segments=MappingProxyType({}),
        region_ids=frozen(region_ids[::step, ::step].copy()),
        effective_class_ids=frozen(layout.class_ids[::step, ::step].copy()),
        canvas=frozen(canvas[::step, ::step].copy()),
        presence=frozen(presence[::step, ::step].copy()),
        segment_index=frozen(np.zeros(shape, np.uint16)),
        placed=(),
        image=frozen(image[::step, ::step].copy()),
        copy_share=frozen(np.zeros(shape, np.uint8)),
        parametric=False,
        stage_ms=MappingProxyType(dict.fromkeys(STAGES, 1.0)),
    )


def _chosen(record: RegionRecord) -> RegionRecord:
    if record.choice is not None or record.locked:
        return record
    key = next((k for k in _keys(record.class_key) if k not in record.banned), None)
    return replace(record, choice=key, chosen_by="auto" if key else "none")


def _keys(class_key: str) -> list[str]:
    return [hashlib.sha256(f"{class_key}{i}".encode()).hexdigest()[:16] for i in range(CANDIDATES)]


def _region_result(region: Region, record: RegionRecord, table: ClassTable, rank: int) -> RegionResult:
    class_key = table[region.class_id].key
    candidates = tuple(
        Candidate(key, 0.9 - 0.1 * i, 0.6 - 0.1 * i, "0" * 16, Provenance("Fake", f"{i}.jpg", licence="CC0"))
        for i, key in enumerate(_keys(class_key))
    )
    return RegionResult(
        record_id=record.id,
        class_key=class_key,
        bounds=region.bounds,
        area_px=region.area_px,
        candidates=candidates,
        choice=record.choice,
        chosen_by=record.chosen_by,
        theta=None,
        depth_rank=rank,
    )
