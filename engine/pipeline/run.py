"""One run of the pipeline: a snapshot's way through the stages."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import Descriptor, context_grid, describe_region
from engine.document.matching import Matching, match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, SegmentCrop, Snapshot
from engine.geometry import Size, Theta
from engine.layout import Layout, frozen
from engine.pipeline.alignment import AlignItem, align_segments
from engine.pipeline.cache import StageCache
from engine.pipeline.canvas import (
    Canvas,
    PlacedSegment,
    compose_canvas,
    index_regions,
    scale_regions,
)
from engine.pipeline.choice import choose_segment, rank_sources
from engine.pipeline.harmonise import apply_colour_map, harmonise_tones
from engine.pipeline.ordering import DEFAULT_REACH, OrderItem, order_regions
from engine.pipeline.results import Candidate, RegionResult, Result, Stamp
from engine.pipeline.retrieval import retrieve_candidates
from engine.pipeline.synthesis import FINAL_ROWS, PREVIEW_ROWS, LoadedSynthesis, synthesize_image
from engine.pipeline.weights import Networks
from engine.regions import Region, find_regions

TOP_K = 50
MAX_LOGITS = 65_536
"""Answers of the ordering network that are kept between runs."""
STAGES = ("completion", "regions", "retrieval", "alignment", "ordering", "canvas", "synthesis")

Check = Callable[[], None]
Report = Callable[[str, float], None]
Groups = frozenset[tuple[str, str]]


@dataclass(frozen=True, eq=False)
class _Placement:
    """One region with its photograph, before composing."""

    region_index: int
    crop: SegmentCrop
    theta: Theta
    spill: float


class Run:
    """One run: its inputs, and the clock of its stages. Made and used once, on the pipeline's thread."""

    def __init__(
        self,
        networks: Networks,
        banks: Sequence[Bank],
        cache: StageCache,
        snapshot: Snapshot,
        *,
        complete: Callable[[Layout], Layout],
        check: Check,
        report: Report,
        excluded_groups: Groups,
    ) -> None:
        """Take what the run needs; nothing is computed yet."""
        self._networks, self._banks, self._cache, self._snapshot = networks, banks, cache, snapshot
        self._complete, self._check, self._report, self._excluded = complete, check, report, excluded_groups
        self._final = snapshot.quality is Quality.FINAL
        self._parametric = snapshot.settings.parametric or not (banks or snapshot.segments)
        self._bank_digests = tuple(bank.digest for bank in banks)
        self._stage_ms: dict[str, float] = {}

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        self._check()
        self._report(name, STAGES.index(name) / len(STAGES))
        started_s = time.perf_counter()
        yield
        self._stage_ms[name] = round((time.perf_counter() - started_s) * 1000, 3)

    def result(self) -> Result:
        """Go through all stages."""
        snapshot, table = self._snapshot, self._snapshot.table
        layout = snapshot.layout
        if snapshot.settings.complete:
            with self._stage("completion"):
                layout = self._complete(layout)
        if not self._final:
            layout = _decimated(layout, FINAL_ROWS)
        with self._stage("regions"):
            regions = find_regions(layout, table)
            matching = match_regions(snapshot.records, regions, table, layout.size, snapshot.next_record_id)
            region_index = index_regions(regions, layout.size)
        records, candidates, crops = self._choose(layout, regions, matching)
        placements = self._align(layout.size, regions, matching, records, crops)
        with self._stage("ordering"):
            ranks = self._order(layout, regions, matching, records, placements)
        size = layout.size
        if not self._final:
            size = Size(max(8, round(size.width * PREVIEW_ROWS / size.height)), PREVIEW_ROWS)
        with self._stage("canvas"):
            canvas, placed_keys = self._compose(regions, region_index, placements, ranks, size)
        with self._stage("synthesis"):
            synthesis = self._networks.twin if self._parametric else self._networks.synthesis
            _, index = scale_regions((), region_index, size)
            class_ids = _scaled(layout.class_ids, size)
            image, share = self._synthesize(canvas, class_ids, synthesis)
        self._report("done", 1.0)
        record_of_region = np.array([*matching.record_ids, -1], np.int32)
        chosen = {record.id: record for record in records}
        by_region = {p.region_index: p for p in placements}
        return Result(
            stamp=Stamp(snapshot.document_id, snapshot.generation, snapshot.quality),
            regions=tuple(
                RegionResult(
                    record_id=record_id,
                    class_key=table[region.class_id].key,
                    bounds=region.bounds,
                    area_px=region.area_px,
                    candidates=candidates[i],
                    choice=chosen[record_id].choice if not self._parametric else None,
                    chosen_by=chosen[record_id].chosen_by,
                    theta=by_region[i].theta if i in by_region else None,
                    depth_rank=ranks[i] if i in by_region else -1,
                )
                for i, (region, record_id) in enumerate(zip(regions, matching.record_ids, strict=True))
            ),
            records=records if self._final else None,
            next_record_id=matching.next_record_id,
            segments={p.crop.key: crops[p.region_index] for p in placements},
            region_ids=frozen(record_of_region[index]),
            effective_class_ids=class_ids,
            canvas=canvas.rgb,
            presence=canvas.presence,
            segment_index=canvas.segment_index,
            placed=placed_keys,
            image=image,
            copy_share=share,
            parametric=self._parametric,
            stage_ms=self._stage_ms,
            device=self._networks.device,
            bank_digests=self._bank_digests,
            weights_digest=synthesis.digest,
        )

    def _choose(
        self, layout: Layout, regions: Sequence[Region], matching: Matching
    ) -> tuple[tuple[RegionRecord, ...], list[tuple[Candidate, ...]], dict[int, SegmentCrop]]:
        """Retrieve candidates and choose; return all records, candidates by region and crops by region index."""
        if self._parametric:
            return matching.records, [() for _ in regions], {}
        table, banks = self._snapshot.table, self._banks
        records = {record.id: record for record in matching.records}
        with self._stage("retrieval"):
            grid = context_grid(layout.class_ids, table)
            prior = rank_sources(grid, table, banks, excluded=self._excluded)
            candidates, crops = [], {}
            for i, (region, record_id) in enumerate(zip(regions, matching.record_ids, strict=True)):
                self._check()
                descriptor = describe_region(region, layout.size, grid)
                found = self._retrieve(descriptor, table[region.class_id].key, records[record_id].banned)
                candidates.append(found)
                records[record_id] = choose_segment(
                    records[record_id], found, prior, basis=descriptor.digest, is_available=self._is_available
                )
                choice = records[record_id].choice
                if choice is not None and self._is_available(choice):
                    crops[i] = self._crop(choice)
        return tuple(records[record.id] for record in matching.records), candidates, crops

    def _retrieve(self, descriptor: Descriptor, class_key: str, banned: tuple[str, ...]) -> tuple[Candidate, ...]:
        key = (descriptor.digest, class_key, banned, self._bank_digests, self._snapshot.table.digest, self._excluded)
        return self._cache.get(
            "retrieval",
            key,
            lambda: retrieve_candidates(
                descriptor,
                class_key,
                self._banks,
                self._snapshot.table,
                top_k=TOP_K,
                banned=frozenset(banned),
                excluded_groups=self._excluded,
            ),
        )

    def _is_available(self, segment_key: str) -> bool:
        return segment_key in self._snapshot.segments or any(segment_key in bank for bank in self._banks)

    def _crop(self, segment_key: str) -> SegmentCrop:
        bank = next((b for b in self._banks if segment_key in b), None)
        if bank is None:
            return self._snapshot.segments[segment_key]
        return self._cache.get("crop", (bank.digest, segment_key), lambda: bank.crop(segment_key))

    def _align(
        self,
        size: Size,
        regions: Sequence[Region],
        matching: Matching,
        records: Sequence[RegionRecord],
        crops: dict[int, SegmentCrop],
    ) -> list[_Placement]:
        by_id = {record.id: record for record in records}
        placements = []
        with self._stage("alignment"):
            for i, crop in crops.items():
                self._check()
                record = by_id[matching.record_ids[i]]
                theta = record.theta or self._cache.get(
                    "alignment",
                    (crop.digest, _region_digest(regions[i], size), str(self._networks.folder)),
                    lambda i=i, crop=crop: (
                        align_segments([AlignItem(regions[i], size, crop)], self._networks.alignment)[0].theta
                    ),
                )
                spill = self._snapshot.settings.spill if record.spill is None else record.spill
                placements.append(_Placement(i, crop, theta, spill))
            maps = harmonise_tones([p.crop for p in placements], [regions[p.region_index].area_px for p in placements])
            return [
                replace(
                    p,
                    crop=self._cache.get(
                        "harmonise", (p.crop.digest, colour_map), lambda p=p, m=colour_map: apply_colour_map(p.crop, m)
                    ),
                )
                for p, colour_map in zip(placements, maps, strict=True)
            ]

    def _order(
        self,
        layout: Layout,
        regions: Sequence[Region],
        matching: Matching,
        records: Sequence[RegionRecord],
        placements: Sequence[_Placement],
    ) -> tuple[int, ...]:
        if not placements:
            return tuple(range(len(regions)))
        index_of = {record_id: i for i, record_id in enumerate(matching.record_ids)}
        constraints = frozenset(
            (index_of[record.id], index_of[other])
            for record in records
            if record.id in index_of
            for other in record.in_front_of
            if other in index_of
        )
        placed = {p.region_index: p for p in placements}
        items = [
            OrderItem(region, placed[i].crop, placed[i].theta) if i in placed else OrderItem(region)
            for i, region in enumerate(regions)
        ]
        return order_regions(
            items,
            layout,
            self._snapshot.table,
            self._networks.ordering,
            constraints=constraints,
            reach=max(DEFAULT_REACH, *(p.spill for p in placements)),
            logits=self._cache.stage(f"ordering {self._networks.folder}", limit=MAX_LOGITS),
            check=self._check,
        ).ranks

    def _compose(
        self,
        regions: Sequence[Region],
        region_index: npt.NDArray[np.int32],
        placements: Sequence[_Placement],
        ranks: Sequence[int],
        size: Size,
    ) -> tuple[Canvas, tuple[str, ...]]:
        if not placements:
            return Canvas.empty(size), ()
        scaled, index = scale_regions(regions, region_index, size)
        ordered = sorted(placements, key=lambda p: ranks[p.region_index])
        placed = [PlacedSegment(p.region_index, p.crop, p.theta, p.spill) for p in ordered]
        canvas = compose_canvas(index, scaled, placed, ranks, self._snapshot.table, seed=self._snapshot.settings.seed)
        return canvas, tuple(p.crop.key for p in placed)

    def _synthesize(
        self, canvas: Canvas, class_ids: npt.NDArray[np.uint8], synthesis: LoadedSynthesis
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        rows = FINAL_ROWS if self._final else PREVIEW_ROWS
        if self._final and self._networks.device != "cpu" and class_ids.shape[0] >= 2 * FINAL_ROWS:
            rows = 2 * FINAL_ROWS
        image, share = synthesize_image(canvas, class_ids, synthesis, rows=rows, check=self._check)
        return frozen(image), frozen(share)


def _region_digest(region: Region, size: Size) -> str:
    sha = hashlib.sha256(repr((region.class_id, region.bounds, size)).encode())
    sha.update(np.packbits(region.mask).data)
    return sha.hexdigest()


def _decimated(layout: Layout, rows: int) -> Layout:
    """Return the layout by nearest neighbour at no more than so many rows; a preview needs no more."""
    if layout.size.height <= rows:
        return layout
    size = Size(max(8, round(layout.size.width * rows / layout.size.height)), rows)
    instances = cv2.resize(layout.instance_ids, (size.width, size.height), interpolation=cv2.INTER_NEAREST_EXACT)
    return Layout(_scaled(layout.class_ids, size), np.asarray(instances, np.uint16))


def _scaled(class_ids: npt.NDArray[np.uint8], size: Size) -> npt.NDArray[np.uint8]:
    if Size.of(class_ids) == size:
        return class_ids
    target = (size.width, size.height)
    return frozen(np.asarray(cv2.resize(class_ids, target, interpolation=cv2.INTER_NEAREST_EXACT), np.uint8))
