"""Placing: the segments of all regions, and the candidates painted in, each aligned and in its colours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.document.record import NEUTRAL_MOOD, Mood, RegionRecord, Reveal, Tone
from engine.document.reveals import reveal_mask
from engine.document.snapshot import SegmentCrop, Snapshot
from engine.geometry import Size, Theta, pixel_affine
from engine.layout import frozen
from engine.networks.alignment import AlignmentNetwork
from engine.pipeline.ablation import WHOLE, Ablation
from engine.pipeline.alignment import AlignItem, align_segments
from engine.pipeline.cache import StageCache
from engine.pipeline.canvas import PlacedSegment
from engine.pipeline.harmonise import ColourMap, Wish, choose_light, colour_map_of
from engine.pipeline.materials import Materials
from engine.pipeline.results import PlacedItem, Placement, SegmentRef
from engine.regions import Region


@dataclass(frozen=True, eq=False)
class Laid:
    """A segment laid onto its region, before composing.

    Attributes:
        region_index: index of the region.
        record_id: its record.
        crop: the segment in the colours of its photograph.
        theta: region to segment frame.
        theta_network: the alignment without the painter's hand.
        spill: how far its outline may leave the region, in picture heights.
        reveal: where it was painted in, or None for the region's own segment.
        colour_map: what harmonising and mood do to its colours.
    """

    region_index: int
    record_id: int
    crop: SegmentCrop
    theta: Theta
    theta_network: Theta
    spill: float
    reveal: Reveal | None = None
    colour_map: ColourMap | None = None

    @property
    def placement(self) -> Placement:
        """How it lies, for the result."""
        crop = self.crop
        segment = SegmentRef(crop.key, crop.source_key, crop.source_size, crop.bounds)
        return Placement(self.theta, self.theta_network, self.spill, segment)

    @property
    def item(self) -> PlacedItem:
        """What was pasted, for the result."""
        return PlacedItem(
            self.record_id, self.crop.key, self.theta, self.spill, self.reveal is not None, self.colour_map
        )

    def placed(self, materials: Materials, size: Size, *, shrunk: bool, filled: bool = True) -> PlacedSegment:
        """Return it as it is composed into a canvas of some size.

        Args:
            materials: changes its colours.
            size: size of the canvas.
            shrunk: whether to shrink it first to what the canvas shows of it: a preview, whose colours change quickly.
            filled: whether its texture goes on where it does not reach; without only to measure what that is worth.
        """
        within = None if self.reveal is None else frozen(reveal_mask(self.reveal, size))
        crop = materials.filled(self.crop) if filled else self.crop
        if shrunk:
            matrix = pixel_affine(self.theta, size, crop.source_size)
            crop = materials.shrunk(crop, int(np.sqrt(abs(np.linalg.det(matrix[:, :2])))))
        crop = materials.mapped(crop, self.colour_map)
        return PlacedSegment(self.region_index, crop, self.theta, self.spill, within, continued=filled)


class Placer:
    """Aligns and colours the segments of one run."""

    def __init__(
        self,
        materials: Materials,
        cache: StageCache,
        network: Callable[[], AlignmentNetwork],
        network_name: str,
        snapshot: Snapshot,
        ablation: Ablation = WHOLE,
    ) -> None:
        """Take what placing needs; the network is loaded when the first segment is aligned."""
        self._materials, self._cache = materials, cache
        self._settings, self._table = snapshot.settings, snapshot.table
        self._network, self._network_name, self._ablation = network, network_name, ablation
        self.likenesses: dict[str, SegmentCrop] = {}

    def lay(
        self,
        size: Size,
        regions: Sequence[Region],
        records: Sequence[RegionRecord],
        crops: Mapping[int, SegmentCrop],
        *,
        check: Callable[[], None],
    ) -> list[Laid]:
        """Align the segments of all regions and what was painted in; a region's own segment comes first.

        Args:
            size: size of the layout.
            regions: its regions.
            records: their records, in the same order.
            crops: the chosen segments, by index of the region.
            check: called before every region; raises where the run is no longer wanted.
        """
        laid: list[Laid] = []
        for i, (region, record) in enumerate(zip(regions, records, strict=True)):
            check()
            if i in crops:
                own = self._align(crops[i], region, size)
                spill = self._settings.spill if record.spill is None else record.spill
                laid.append(Laid(i, record.id, crops[i], record.theta or own, own, spill))
            for reveal in record.reveals:
                crop = self._materials.find(reveal.segment_key)
                if crop is not None:
                    own = self._align(crop, region, size)
                    laid.append(Laid(i, record.id, crop, reveal.theta or own, own, 0.0, reveal))
        return laid

    def give_light(
        self,
        laid: Sequence[Laid],
        regions: Sequence[Region],
        records: Sequence[RegionRecord],
        *,
        check: Callable[[], None],
    ) -> tuple[list[Laid], list[RegionRecord]]:
        """Give every segment its colour map, and every record that has none yet its light.

        Args:
            laid: of `lay`.
            regions: all regions.
            records: their records, in the same order.
            check: called before every segment; raises where the run is no longer wanted.
        """
        own = [each for each in laid if each.reveal is None] or list(laid)
        light = choose_light(
            [records[each.region_index].light for each in own],
            [each.crop.tone for each in own],
            [each.crop.source_key for each in own],
            [regions[each.region_index].area_px for each in own],
        )
        lit = list(records)
        for each in laid if self._ablation.harmonise else ():
            if lit[each.region_index].light is None:
                lit[each.region_index] = replace(lit[each.region_index], light=light)
        lighted = list[Laid]()
        for each in laid:
            check()
            lighted.append(replace(each, colour_map=self._colour_map(each.crop, lit[each.region_index])))
        return lighted, lit

    def _align(self, crop: SegmentCrop, region: Region, size: Size) -> Theta:
        network = self._network if self._ablation.transformation else lambda: None
        is_stuff = self._table[region.class_id].kind == "stuff"
        item = AlignItem(region, size, crop, is_stuff=is_stuff)
        return self._cache.get(
            "alignment",
            (crop.digest, region_digest(region, size), self._network_name, is_stuff),
            lambda: align_segments([item], network())[0].theta,
        )

    def _colour_map(self, crop: SegmentCrop, record: RegionRecord) -> ColourMap | None:
        mood = self._settings.mood if record.mood is None else record.mood
        like = None if mood.like is None else self._materials.find_likeness(mood.like)
        light: Tone = crop.tone if record.light is None else record.light
        wish = Wish(crop.tone, light, mood=_without_likeness(mood))
        if like is not None:
            self.likenesses[like.key] = like
            is_photograph = like.key == like.source_key
            if is_photograph or record.mood is None:  # one segment's colours cannot be everybody's
                wish = replace(wish, like_tone=like.tone)
            else:
                wish = replace(wish, own=self._materials.colours(crop), like=self._materials.colours(like))
        return colour_map_of(wish)


def region_digest(region: Region, size: Size) -> str:
    """Return a text that names a region: its class, its place and its pixels."""
    sha = hashlib.sha256(repr((region.class_id, region.bounds, size)).encode())
    sha.update(np.packbits(region.mask).data)
    return sha.hexdigest()


def _without_likeness(mood: Mood) -> Mood | None:
    bare = replace(mood, like=None)
    return None if bare == NEUTRAL_MOOD else bare
