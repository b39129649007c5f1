"""One run of the pipeline: a snapshot's way through the stages."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import Descriptor, context_grid, describe_region
from engine.document.matching import match_regions
from engine.document.record import RegionRecord
from engine.document.snapshot import Quality, SegmentCrop, Snapshot
from engine.geometry import Bounds, Size, Theta
from engine.layout import Layout, frozen
from engine.pipeline.ablation import WHOLE, Ablation, without_context
from engine.pipeline.cache import StageCache
from engine.pipeline.canvas import (
    Canvas,
    PlacedSegment,
    Warped,
    compose_canvas,
    index_regions,
    scale_regions,
    warp_crop,
)
from engine.pipeline.choice import Choosing, choice_basis, choice_weights, choose_segments, rank_sources
from engine.pipeline.depth_order import DepthOrder
from engine.pipeline.embedded import embedded_candidates
from engine.pipeline.fit import poor_fit_below
from engine.pipeline.materials import Materials
from engine.pipeline.neighbours import contacts_of, neighbours_of, painter_constraints, settled_pairs, with_settled
from engine.pipeline.offer import offer_candidates
from engine.pipeline.ordering import OrderItem, fixed_depth_ranks, order_regions
from engine.pipeline.placing import Laid, Placer
from engine.pipeline.results import Candidate, RegionResult, Result, Stamp
from engine.pipeline.retrieval import retrieve_candidates
from engine.pipeline.sampling import segment_layer
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
        ablation: Ablation = WHOLE,
    ) -> None:
        """Take what the run needs; nothing is computed yet."""
        self._networks, self._banks, self._cache, self._snapshot = networks, banks, cache, snapshot
        self._network_ids = networks.ids_from(snapshot.table)
        self._ablation = ablation
        self._complete, self._check, self._report, self._excluded = complete, check, report, excluded_groups
        self._final = snapshot.quality is Quality.FINAL
        self._parametric = snapshot.settings.parametric or not (banks or snapshot.segments)
        self._bank_digests = tuple(bank.digest for bank in banks)
        self._materials = Materials(banks, snapshot.segments, cache)
        self._placer = Placer(
            self._materials, cache, lambda: networks.alignment, str(networks.folder), snapshot, ablation
        )
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
            found = find_regions(layout, table)
            self._check()
            regions = [self._cache.get("region", region.digest, lambda region=region: region) for region in found]
            matching = match_regions(snapshot.records, regions, table, layout.size, snapshot.next_record_id)
            self._check()
            region_index = index_regions(regions, layout.size)
        by_id = {record.id: record for record in matching.records}
        records = [by_id[record_id] for record_id in matching.record_ids]
        records, candidates, crops = self._choose(layout, regions, records)
        with self._stage("alignment"):
            laid: list[Laid] = []
            if not self._parametric:
                laid = self._placer.lay(layout.size, regions, records, crops, check=self._check)
                laid, records = self._placer.give_light(laid, regions, records, check=self._check)
        with self._stage("ordering"):
            order = self._order(layout, regions, records, laid)
            contacts, neighbours = contacts_of(records, order), neighbours_of(records, order)
            records = records if self._parametric else with_settled(records, order)
        size = layout.size
        if not self._final:
            size = Size(max(8, round(size.width * PREVIEW_ROWS / size.height)), PREVIEW_ROWS)
        laid.sort(key=lambda each: order.ranks[each.region_index])
        with self._stage("canvas"):
            canvas = self._compose(regions, region_index, laid, order.ranks, size)
        with self._stage("synthesis"):
            synthesis = self._networks.twin if self._parametric else self._networks.synthesis
            _, index = scale_regions((), region_index, size)
            class_ids = _scaled(layout.class_ids, size)
            self._check()
            image, share = self._synthesize(canvas, class_ids, synthesis)
        self._report("done", 1.0)
        own = {each.region_index: each for each in laid if each.reveal is None}
        shown = {each.region_index for each in laid}
        by_id.update({record.id: record for record in records})
        return Result(
            stamp=Stamp(snapshot.document_id, snapshot.generation, snapshot.quality),
            regions=tuple(
                RegionResult(
                    record_id=record.id,
                    class_key=table[region.class_id].key,
                    bounds=region.bounds,
                    area_px=region.area_px,
                    candidates=candidates[i],
                    choice=record.choice if not self._parametric else None,
                    chosen_by=record.chosen_by,
                    theta=own[i].theta if i in own else None,
                    depth_rank=order.ranks[i] if i in shown else -1,
                    contacts=contacts[i],
                    neighbours=neighbours[i],
                    fit=candidates[i][0].score if candidates[i] else 0.0,
                    poor_below=0.0 if self._parametric else poor_fit_below(region.area_px / region_index.size),
                    placement=own[i].placement if i in own else None,
                    offered=self._offer(candidates[i]),
                )
                for i, (region, record) in enumerate(zip(regions, records, strict=True))
            ),
            records=tuple(by_id[record.id] for record in matching.records) if self._final else None,
            next_record_id=matching.next_record_id,
            segments={**self._placer.likenesses, **{each.crop.key: each.crop for each in laid}},
            region_ids=frozen(np.array([*matching.record_ids, -1], np.int32)[index]),
            effective_class_ids=class_ids,
            canvas=canvas.rgb,
            presence=canvas.presence,
            segment_index=canvas.segment_index,
            placed=tuple(each.crop.key for each in laid),
            image=image,
            copy_share=share,
            parametric=self._parametric,
            stage_ms=self._stage_ms,
            device=self._networks.device,
            bank_digests=self._bank_digests,
            weights_digest=synthesis.digest,
            items=tuple(each.item for each in laid),
            missing=tuple(sorted(self._materials.missing)),
            settings=snapshot.settings,
            reach=synthesis.reach(size, rows=self._rows(class_ids)),
        )

    def _choose(
        self, layout: Layout, regions: Sequence[Region], records: Sequence[RegionRecord]
    ) -> tuple[list[RegionRecord], list[tuple[Candidate, ...]], dict[int, SegmentCrop]]:
        """Retrieve candidates and choose; return the regions' records, their candidates, and crops by region index."""
        if self._parametric:
            return list(records), [() for _ in regions], {}
        table, banks, settings = self._snapshot.table, self._banks, self._snapshot.settings
        choosing = list[Choosing]()
        with self._stage("retrieval"):
            grid = context_grid(layout.class_ids, table)
            self._check()
            weight = settings.scene_weight if self._ablation.scene_prior else 0.0
            prior = rank_sources(grid, table, banks, excluded=self._excluded, weight=weight)
            for region, record in zip(regions, records, strict=True):
                self._check()
                descriptor = describe_region(region, layout.size, grid)
                if not self._ablation.context:
                    descriptor = without_context(descriptor)
                found = self._retrieve(descriptor, table[region.class_id].key, record)
                basis = choice_basis(descriptor.digest, settings)
                choosing.append(Choosing(record, found, basis, region.area_px, partial(self._may_use, record)))
            self._check()
            chosen = choose_segments(
                choosing,
                prior,
                tone_of=self._materials.tone,
                weights=choice_weights(settings, self._ablation),
                steady=not self._final,
            )
            self._check()
            crops = {
                i: crop
                for i, record in enumerate(chosen)
                if record.choice is not None and (crop := self._materials.find(record.choice)) is not None
            }
        return chosen, [region.candidates for region in choosing], crops

    def _may_use(self, record: RegionRecord, segment_key: str) -> bool:
        """Return whether a segment is at hand, and not cut from a photograph that is banned for the region."""
        if not self._materials.has_segment(segment_key):
            return False
        may_be_banned = record.banned_sources and record.chosen_by != "painter"
        return not may_be_banned or self._materials.crop(segment_key).source_key not in record.banned_sources

    def _retrieve(self, descriptor: Descriptor, class_key: str, record: RegionRecord) -> tuple[Candidate, ...]:
        banned, banned_sources = frozenset(record.banned), frozenset(record.banned_sources)
        table = self._snapshot.table
        if not self._banks:
            return embedded_candidates(
                descriptor,
                class_key,
                self._snapshot.segments,
                table,
                self._cache,
                top_k=TOP_K,
                banned=banned,
                banned_sources=banned_sources,
            )
        return self._cache.get(
            "retrieval",
            (descriptor.digest, class_key, banned, banned_sources, self._bank_digests, table.digest, self._excluded),
            lambda: retrieve_candidates(
                descriptor,
                class_key,
                self._banks,
                table,
                top_k=TOP_K,
                banned=banned,
                banned_sources=banned_sources,
                excluded_groups=self._excluded,
            ),
        )

    def _offer(self, candidates: tuple[Candidate, ...]) -> tuple[int, ...]:
        key = self._bank_digests, tuple(candidate.segment_key for candidate in candidates)
        return self._cache.get("offer", key, lambda: offer_candidates(candidates))

    def _order(
        self, layout: Layout, regions: Sequence[Region], records: Sequence[RegionRecord], laid: Sequence[Laid]
    ) -> DepthOrder:
        if not laid:
            return DepthOrder(tuple(range(len(regions))), ())
        table = self._snapshot.table
        if not self._ablation.ordering:
            return DepthOrder(fixed_depth_ranks(regions, table), ())
        placed = {each.region_index: each for each in laid if each.reveal is None}
        self._check()
        items = [
            OrderItem(region, placed[i].crop, placed[i].theta) if i in placed else OrderItem(region)
            for i, region in enumerate(regions)
        ]
        return order_regions(
            items,
            replace(layout, class_ids=frozen(self._network_ids[layout.class_ids])),
            table,
            self._networks.ordering,
            constraints=painter_constraints(records),
            names=[
                f"{table[region.class_id].name} ({record.id})" for region, record in zip(regions, records, strict=True)
            ],
            settled=settled_pairs(records, trusting=not self._final),
            reaches={i: each.spill for i, each in placed.items()},
            logits=self._cache.stage(f"ordering {self._networks.folder}", limit=MAX_LOGITS),
            layer_of=lambda crop: self._cache.get("layer", crop.digest, lambda: segment_layer(crop)),
            check=self._check,
        )

    def _compose(
        self,
        regions: Sequence[Region],
        region_index: npt.NDArray[np.int32],
        laid: Sequence[Laid],
        ranks: Sequence[int],
        size: Size,
    ) -> Canvas:
        if not laid:
            return Canvas.empty(size)
        scaled, index = scale_regions(regions, region_index, size)
        self._check()
        filled, shrunk = self._ablation.filling, not self._final
        placed = list[PlacedSegment]()
        for each in laid:
            self._check()
            placed.append(each.placed(self._materials, size, shrunk=shrunk, filled=filled))
        seed, elides, table = self._snapshot.settings.seed, self._ablation.elision, self._snapshot.table
        return compose_canvas(
            index, scaled, placed, ranks, table, seed=seed, elides=elides, warp=self._warp, check=self._check
        )

    def _warp(self, crop: SegmentCrop, theta: Theta, window: Bounds, size: Size) -> Warped:
        return self._cache.get("warp", (crop.digest, theta, window, size), lambda: warp_crop(crop, theta, window, size))

    def _rows(self, class_ids: npt.NDArray[np.uint8]) -> int:
        """Return the rows of the network's frame."""
        if not self._final:
            return PREVIEW_ROWS
        is_large = self._networks.device != "cpu" and class_ids.shape[0] >= 2 * FINAL_ROWS
        return 2 * FINAL_ROWS if is_large else FINAL_ROWS

    def _synthesize(
        self, canvas: Canvas, class_ids: npt.NDArray[np.uint8], synthesis: LoadedSynthesis
    ) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
        network_ids, rows = self._network_ids[class_ids], self._rows(class_ids)
        image, share = synthesize_image(canvas, network_ids, synthesis, rows=rows, check=self._check)
        return frozen(image), frozen(share)


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
