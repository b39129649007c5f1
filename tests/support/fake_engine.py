"""A pipeline for tests of the window: real regions and records, invented candidates, coloured noise for pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from engine.bank.bank import ClassCount
from engine.classes import VOID, ClassTable, builtin_class_table
from engine.data.sample import Provenance
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, SegmentCrop, Snapshot
from engine.geometry import IDENTITY_THETA, Size
from engine.layout import Layout, frozen
from engine.pipeline.device import DeviceError, DeviceInfo
from engine.pipeline.results import (
    Candidate,
    Contact,
    PlacedItem,
    Placement,
    RegionResult,
    Result,
    SegmentRef,
    Stamp,
)
from engine.regions import Region, find_regions

CANDIDATES = 5
STAGES = ("regions", "retrieval", "alignment", "ordering", "canvas", "synthesis")


@dataclass(frozen=True)
class FittingOutline:
    """As the pipeline's own, whose module loads torch."""

    segment_key: str
    source_key: str
    mask_iou: float
    polygons: tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True)
class FakeBankSummary:
    """What the fake says of a bank; any path opens, save one that is called ``broken.bank``."""

    path: Path
    name: str
    digest: str
    counts: tuple[ClassCount, ...]
    table: ClassTable
    sources: int = 3
    is_living: bool = False


@dataclass
class FakePipeline:
    """Answers at once and in full, as the real one would; ``failure`` makes the next runs fail."""

    snapshots: list[Snapshot] = field(default_factory=list)
    failure: str = ""
    banks: list[Path] = field(default_factory=list)
    banks_off: set[Path] = field(default_factory=set)
    settings: dict[str, str | int] = field(default_factory=dict)

    def run(self, snapshot: Snapshot, *, check: Callable[[], None], report: Callable[[str, float], None]) -> Result:
        """Return a result whose pictures depend on layout, choices and seed."""
        self.snapshots.append(snapshot)
        for at, stage in enumerate(STAGES):
            check()
            report(stage, at / len(STAGES))
        if self.failure:
            raise ValueError(self.failure)
        return build_result(snapshot)

    def find_candidates(
        self, snapshot: Snapshot, record_id: int, *, like: str | None = None, source_key: str | None = None
    ) -> tuple[Candidate, ...]:
        """Return the candidates of a photograph; or all but one, the last ones first."""
        region = next(r for r in build_result(snapshot).regions if r.record_id == record_id)
        if like is not None:
            return tuple(c for c in reversed(region.candidates) if c.segment_key != like)
        return tuple(c for c in region.candidates if c.source_key == source_key)

    def fitting_outlines(self, snapshot: Snapshot, record_id: int) -> tuple[FittingOutline, ...]:
        """Return the left half of a region's bounds as an outline for its third candidate."""
        region = next(r for r in build_result(snapshot).regions if r.record_id == record_id)
        box, third = region.bounds, region.candidates[2]
        middle = (box.left + box.right) / 2
        ring = ((box.left, box.top), (middle, box.top), (middle, box.bottom), (box.left, box.bottom))
        polygons = (tuple((float(x), float(y)) for x, y in ring),)
        return (FittingOutline(third.segment_key, third.source_key, 0.5, polygons),)

    def devices(self) -> tuple[DeviceInfo, ...]:
        """Name the CPU alone."""
        return (DeviceInfo("cpu", "2 processor cores"),)

    def use_device(self, name: str) -> None:
        """Note the device; there is no CUDA."""
        if name == "cuda":
            raise DeviceError("no CUDA device can be used here")
        self.settings["device"] = name

    def use_threads(self, count: int) -> None:
        """Note the number of threads."""
        self.settings["threads"] = count

    def open_bank(self, path: Path) -> FakeBankSummary:
        """Open any path as a bank of the built-in table."""
        if path.name == "broken.bank":
            raise ValueError(f"{path}: no bank")
        self.banks.append(path)
        table = builtin_class_table("street")
        counts = tuple(ClassCount(info.id, info.key, 10 * (info.id + 1), info.id + 1) for info in table)
        return FakeBankSummary(path, path.stem, hashlib.sha256(str(path).encode()).hexdigest()[:16], counts, table)

    def set_bank_on(self, path: Path, on: bool, /) -> None:
        """Note which banks are off."""
        (self.banks_off.discard if on else self.banks_off.add)(path)

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
    for region, record_id in zip(regions, matching.record_ids, strict=True):
        region_ids[region.bounds.slices][region.mask] = record_id
        records[record_id] = _chosen(records[record_id])
    ranks = _ranks(matching.record_ids, records)
    region_results = [
        _region_result(region, records[record_id], table, ranks, layout.size, snapshot.settings.spill)
        for region, record_id in zip(regions, matching.record_ids, strict=True)
    ]
    is_final = snapshot.quality is Quality.FINAL
    step = 1 if is_final else 2
    seed = hash((snapshot.settings.seed, tuple((r.id, r.choice) for r in records.values()))) & 0xFFFFFFFF
    noise = np.random.default_rng(seed).integers(-18, 18, (*layout.class_ids.shape, 3))
    image = np.clip(table.colours()[layout.class_ids].astype(np.int16) + noise, 0, 255).astype(np.uint8)
    canvas = image // 2
    presence = np.where(region_ids >= 0, np.uint8(2), np.uint8(0))
    canvas[presence == 0] = 0
    items, crops, segment_index = [], {}, np.zeros(region_ids.shape, np.uint16)
    for found in sorted(region_results, key=lambda r: r.depth_rank):
        if found.choice is not None and found.placement is not None:
            crops[found.choice] = _crop(found, table, layout.size)
            items.append(
                PlacedItem(found.record_id, found.choice, found.placement.theta, found.placement.spill, False, None)
            )
            segment_index[region_ids == found.record_id] = len(items)
    shape = region_ids[::step, ::step].shape
    return Result(
        stamp=Stamp(snapshot.document_id, snapshot.generation, snapshot.quality),
        regions=tuple(region_results),
        records=tuple(records[i] for i in sorted(records)) if is_final else None,
        next_record_id=matching.next_record_id,
        segments=MappingProxyType(crops),
        region_ids=frozen(region_ids[::step, ::step].copy()),
        effective_class_ids=frozen(layout.class_ids[::step, ::step].copy()),
        canvas=frozen(canvas[::step, ::step].copy()),
        presence=frozen(presence[::step, ::step].copy()),
        segment_index=frozen(segment_index[::step, ::step].copy()),
        placed=tuple(item.segment_key for item in items),
        image=frozen(image[::step, ::step].copy()),
        copy_share=frozen(np.full(shape, 204, np.uint8)),
        parametric=False,
        stage_ms=MappingProxyType(dict.fromkeys(STAGES, 1.0)),
        items=tuple(items),
    )


def _chosen(record: RegionRecord) -> RegionRecord:
    if record.choice is not None or record.locked or record.is_invented:
        return record
    avoided = {*record.banned, *record.banned_sources}
    if record.shuffle is not None:
        avoided.add(record.shuffle.avoided or "")
    keys = [k for i, k in enumerate(_keys(record.class_key)) if not avoided & {k, source_key_of(i)}]
    if record.shuffle is not None and keys:
        keys = keys[record.shuffle.seed % len(keys) :]
    return replace(record, choice=keys[0] if keys else None, chosen_by="auto" if keys else "none")


def _keys(class_key: str) -> list[str]:
    return [hashlib.sha256(f"{class_key}{i}".encode()).hexdigest()[:16] for i in range(CANDIDATES)]


def source_key_of(number: int) -> str:
    """Return the photograph of a numbered candidate: the first two were cut from one, the others from another."""
    return ("a" if number < 2 else "b") * 16


def _origin(number: int) -> Provenance:
    return Provenance("Fake", f"{source_key_of(number)[0]}.jpg", author="A. Painter", licence="CC0")


def _ranks(record_ids: Sequence[int], records: Mapping[int, RegionRecord]) -> dict[int, int]:
    """Return the depth rank of every region: in the order they were found, but for the painter's wishes."""
    order = list(record_ids)
    for _ in order:
        for front in list(order):
            for back in records[front].in_front_of:
                if back in order and order.index(back) > order.index(front):
                    order.remove(front)
                    order.insert(order.index(back) + 1, front)
    return {record_id: rank for rank, record_id in enumerate(order)}


def _region_result(
    region: Region, record: RegionRecord, table: ClassTable, ranks: Mapping[int, int], size: Size, spill: float
) -> RegionResult:
    class_key = table[region.class_id].key
    candidates = tuple(
        Candidate(key, 0.9 - 0.1 * i, 0.6 - 0.1 * i, source_key_of(i), _origin(i))
        for i, key in enumerate(_keys(class_key))
    )
    rank = ranks[record.id]
    placement = None
    if record.choice is not None:
        source_key = next((c.source_key for c in candidates if c.segment_key == record.choice), "a" * 16)
        ref = SegmentRef(record.choice, source_key, size, region.bounds)
        own = spill if record.spill is None else record.spill
        placement = Placement(record.theta or IDENTITY_THETA, IDENTITY_THETA, own, ref)
    return RegionResult(
        record_id=record.id,
        class_key=class_key,
        bounds=region.bounds,
        area_px=region.area_px,
        candidates=candidates,
        choice=record.choice,
        chosen_by=record.chosen_by,
        theta=None if placement is None else placement.theta,
        depth_rank=-1 if placement is None else rank,
        contacts=tuple(
            Contact(other, rank > other_rank, 0.9, "painter" if other in record.in_front_of else "network")
            for other, other_rank in sorted(ranks.items())
            if other != record.id
        ),
        fit=candidates[0].score,
        placement=placement,
    )


def _crop(found: RegionResult, table: ClassTable, size: Size) -> SegmentCrop:
    """Return a crop of a region's own shape, in the colour of its class."""
    assert found.choice is not None and found.placement is not None
    box, info = found.bounds, table.get(found.class_key)
    assert info is not None
    rgb = np.empty((box.height, box.width, 3), np.uint8)
    rgb[:] = info.colour
    full, none = np.ones((box.height, box.width), np.bool_), np.zeros((box.height, box.width), np.bool_)
    source_key = found.placement.segment.source_key
    origin = _origin(0 if source_key == source_key_of(0) else 2)
    return SegmentCrop(
        found.choice, found.class_key, frozen(rgb), frozen(full), frozen(none), box, size, source_key, origin,
        (50.0, 0.0, 0.0, 10.0, 5.0, 5.0),
    )  # fmt: skip
