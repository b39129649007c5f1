"""Simulated canvases: what a bank would have offered for a photograph, made from the photograph itself.

Per region another photograph's segment is retrieved (never of the same drive) and used as a stencil: the photograph's
own pixels are kept only where that segment, placed on the region, covers it. Colours are transferred, outlines are
painted roughly, and the same `compose_canvas` as in the app elides boundaries. After Qi et al. 2018, section 5.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import context_grid, describe_region
from engine.data.sample import Provenance
from engine.document.snapshot import SegmentCrop
from engine.geometry import IDENTITY_THETA, Bounds, Size, Theta, frame_box, round_theta
from engine.layout import Layout
from engine.pipeline.alignment import bbox_fit
from engine.pipeline.canvas import Canvas, PlacedSegment, compose_canvas, index_regions, warp_crop
from engine.pipeline.filling import fill_segment
from engine.pipeline.ordering import fixed_depth_ranks
from engine.pipeline.retrieval import retrieve_candidates
from engine.regions import Mask, Region, find_regions
from engine.training.photographs import Photograph, Photographs

MAX_SPILL = 0.05
MAX_STRETCH = 8.0
"""A stencil that would be stretched more is no stencil."""


@dataclass(frozen=True)
class SimulationConfig:
    """How canvases are simulated; probabilities and sizes, lengths in picture heights.

    Attributes:
        stencils: how many of the best candidates a stencil is drawn from.
        colour_transfer: probability that a region takes on the stencil's colours.
        missing: probability that a region has no segment.
        mismatched: probability that a region shows a segment of another class, so that f learns what not to copy.
        continued: probability that a segment's texture goes on where it covers nothing of its region; else holes stay.
        label_noise: probability that the layout is painted roughly.
        noise_shift: largest displacement of a rough outline.
        misalignment: probability that a segment is slightly displaced.
        shift: its largest displacement.
    """

    stencils: int = 6
    colour_transfer: float = 0.3
    missing: float = 0.06
    mismatched: float = 0.05
    continued: float = 0.6
    label_noise: float = 0.6
    noise_shift: float = 0.02
    misalignment: float = 0.3
    shift: float = 0.008


@dataclass(frozen=True, eq=False)
class SimulatedCanvas:
    """A canvas imitated from a photograph, with the layout as it was painted and the photograph itself."""

    canvas: Canvas
    painted: Layout
    rgb: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class _Scene:
    photograph: Photograph
    regions: tuple[Region, ...]
    region_index: npt.NDArray[np.int32]
    stencils: tuple[tuple[str, ...], ...]


class CanvasSimulator:
    """Draws simulated canvases; used by one thread at a time, which opens the bank for itself."""

    def __init__(self, bank: Bank, photographs: Photographs, config: SimulationConfig) -> None:
        """Retrieve the stencils of every region of every photograph once."""
        self.table = photographs.table
        self.config = config
        self._bank_path = bank.path
        self._bank: Bank | None = None
        self._scenes = [self._scene(bank, photograph) for photograph in photographs.items]

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self._scenes)

    def paint(self, number: int, rng: np.random.Generator) -> Layout:
        """Return the layout of one photograph as somebody might have painted it.

        Args:
            number: which photograph.
            rng: source of every draw.
        """
        layout, config = self._scenes[number].photograph.layout, self.config
        if rng.random() < config.label_noise:
            return paint_roughly(layout, config.noise_shift * rng.random(), rng)
        return layout

    def simulate(self, number: int, rng: np.random.Generator) -> SimulatedCanvas:
        """Simulate the canvas of one photograph.

        Args:
            number: which photograph.
            rng: source of every draw.
        """
        if self._bank is None:
            self._bank = Bank.open(self._bank_path)
        scene, config = self._scenes[number], self.config
        painted = self.paint(number, rng)
        regions = find_regions(painted, self.table)
        placed = []
        for i, region in enumerate(regions):
            if rng.random() < config.missing:
                continue
            place = self._misplace if rng.random() < config.mismatched else self._place
            segment = place(self._bank, scene, i, region, rng)
            if segment is not None:
                placed.append(segment)
        canvas = compose_canvas(
            index_regions(regions, painted.size),
            regions,
            placed,
            fixed_depth_ranks(regions, self.table),
            self.table,
            seed=int(rng.integers(2**31)),
        )
        return SimulatedCanvas(canvas, painted, scene.photograph.rgb)

    def _scene(self, bank: Bank, photograph: Photograph) -> _Scene:
        layout = photograph.layout
        regions = find_regions(layout, self.table)
        grid = context_grid(layout.class_ids, self.table)
        stencils = []
        for region in regions:
            candidates = retrieve_candidates(
                describe_region(region, layout.size, grid),
                self.table[region.class_id].key,
                [bank],
                self.table,
                top_k=self.config.stencils,
                excluded_groups=frozenset({photograph.group}),
            )
            stencils.append(tuple(c.segment_key for c in candidates))
        return _Scene(photograph, regions, index_regions(regions, layout.size), tuple(stencils))

    def _place(
        self, bank: Bank, scene: _Scene, index: int, region: Region, rng: np.random.Generator
    ) -> PlacedSegment | None:
        original = _most_covered(scene, region)
        if original is None or not scene.stencils[original]:
            return None
        keys = scene.stencils[original]
        stencil = bank.crop(keys[int(rng.integers(len(keys)))])
        rgb, size = scene.photograph.rgb, scene.photograph.layout.size
        window = region.bounds.expanded(int(np.ceil(MAX_SPILL * size.height))).clipped(size)
        if not _is_similar(region.bounds, size, stencil):
            return None
        theta = bbox_fit(region.bounds, size, stencil.bounds, stencil.source_size)
        warped = warp_crop(stencil, theta, window, size)
        mask = warped.mask & (scene.region_index[window.slices] == original)
        if not mask.any():
            return None
        colours = rgb[window.slices]
        if rng.random() < self.config.colour_transfer:
            colours = transfer_colours(colours, mask, stencil.rgb, stencil.mask, strength=float(rng.uniform(0.3, 1)))
        crop = _own_crop(
            colours, mask, warped.shade & mask, window, size, scene.photograph, self.table[region.class_id].key
        )
        theta = _jitter(rng, self.config.shift) if rng.random() < self.config.misalignment else IDENTITY_THETA
        return self._placed(index, crop, theta, rng)

    def _misplace(
        self, bank: Bank, scene: _Scene, index: int, region: Region, rng: np.random.Generator
    ) -> PlacedSegment | None:
        """Place a segment of another class on a region, as it is."""
        other = self._scenes[int(rng.integers(len(self._scenes)))]
        drawn = [keys for keys in other.stencils if keys]
        if not drawn:
            return None
        segment = bank.crop(drawn[int(rng.integers(len(drawn)))][0])
        size, class_key = scene.photograph.layout.size, self.table[region.class_id].key
        if segment.class_key == class_key or not _is_similar(region.bounds, size, segment):
            return None
        theta = bbox_fit(region.bounds, size, segment.bounds, segment.source_size)
        return self._placed(index, replace(segment, class_key=class_key), theta, rng)

    def _placed(self, index: int, crop: SegmentCrop, theta: Theta, rng: np.random.Generator) -> PlacedSegment:
        """Lay a segment onto a region, its texture continued as in the app, or with holes as where it is too thin."""
        spill, continued = float(rng.uniform(0, MAX_SPILL)), rng.random() < self.config.continued
        return PlacedSegment(index, fill_segment(crop) if continued else crop, theta, spill, continued=continued)


def paint_roughly(layout: Layout, shift: float, rng: np.random.Generator) -> Layout:
    """Return the layout as an unsteady hand would paint it: outlines smoothly displaced and rounded.

    Args:
        layout: the exact one.
        shift: standard deviation of the displacement in picture heights.
        rng: source of every draw.
    """
    height, width = layout.class_ids.shape
    cells = (max(3, int(8 * width / height)), 8)
    dx, dy = (
        cv2.resize(
            rng.normal(0, shift * height, cells[::-1]).astype(np.float32),
            (width, height),
            interpolation=cv2.INTER_CUBIC,
        )
        for _ in range(2)
    )
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    ids = cv2.remap(layout.class_ids, x + dx, y + dy, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    instances = cv2.remap(layout.instance_ids, x + dx, y + dy, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    if rng.random() < 0.5 and not instances.any():
        ids = np.asarray(cv2.medianBlur(ids, 5))  # rounds outlines; void is the largest id and shrinks like a class
    return Layout(np.asarray(ids, np.uint8), np.asarray(instances, np.uint16))


def transfer_colours(
    rgb: npt.NDArray[np.uint8],
    mask: Mask,
    like_rgb: npt.NDArray[np.uint8],
    like_mask: Mask,
    *,
    strength: float = 1.0,
) -> npt.NDArray[np.uint8]:
    """Give colours the mean and covariance of other colours: the linear Monge-Kantorovich map (Pitié and Kokaram 2007).

    Args:
        rgb: (H, W, 3) uint8, mapped everywhere.
        mask: (H, W) bool, where its statistics are taken.
        like_rgb: (h, w, 3) uint8.
        like_mask: (h, w) bool, where the target statistics are taken.
        strength: 0 leaves the colours, 1 maps them fully.
    """
    own, like = rgb[mask].astype(np.float64), like_rgb[like_mask].astype(np.float64)
    if len(own) < 8 or len(like) < 8:
        return rgb
    floor = 4.0 * np.eye(3)
    own_cov, like_cov = np.cov(own.T) + floor, np.cov(like.T) + floor
    root = _square_root(own_cov)
    inverse = np.linalg.inv(root)
    matrix = inverse @ _square_root(root @ like_cov @ root) @ inverse
    matrix = strength * matrix + (1 - strength) * np.eye(3)
    own_mean = own.mean(0)
    mean = strength * like.mean(0) + (1 - strength) * own_mean
    mapped = (rgb.astype(np.float64) - own_mean) @ matrix.T + mean
    return np.clip(np.round(mapped), 0, 255).astype(np.uint8)


def _square_root(matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T


def _is_similar(bounds: Bounds, size: Size, segment: SegmentCrop) -> bool:
    """Return whether a segment fits a region of a picture without being stretched beyond reason."""
    own, other = frame_box(bounds, size), frame_box(segment.bounds, segment.source_size)
    ratios = [(other[i + 2] - other[i]) / (own[i + 2] - own[i]) for i in (0, 1)]
    return all(1 / MAX_STRETCH <= ratio <= MAX_STRETCH for ratio in ratios)


def _most_covered(scene: _Scene, region: Region) -> int | None:
    inside = scene.region_index[region.bounds.slices][region.mask]
    counts = np.bincount(inside[inside >= 0], minlength=len(scene.regions))
    for original in np.argsort(-counts, kind="stable")[:4]:
        if counts[original] and scene.regions[original].class_id == region.class_id:
            return int(original)
    return None


def _jitter(rng: np.random.Generator, shift: float) -> Theta:
    angle, scale = rng.normal(0, 0.01), float(np.exp(rng.normal(0, 0.01)))
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    du, dv = rng.uniform(-shift, shift, 2)
    return round_theta((cosine, -sine, du, sine, cosine, dv))


def _own_crop(
    rgb: npt.NDArray[np.uint8],
    mask: Mask,
    shade: Mask,
    window: Bounds,
    size: Size,
    photograph: Photograph,
    class_key: str,
) -> SegmentCrop:
    return SegmentCrop(
        key="",
        class_key=class_key,
        rgb=np.ascontiguousarray(rgb),
        mask=np.ascontiguousarray(mask),
        shade=np.ascontiguousarray(shade),
        bounds=window,
        source_size=size,
        source_key=photograph.source_key,
        provenance=Provenance(*photograph.group, group=photograph.group[1]),
        tone=(0.0, 0.0, 0.0, 1.0, 1.0, 1.0),
    )
