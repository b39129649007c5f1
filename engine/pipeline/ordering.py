"""Ordering: which regions lie in front, by the ordering network and the painter's constraints (method.md, 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import torch

from engine.classes import VOID, ClassInfo, ClassTable
from engine.document.snapshot import SegmentCrop
from engine.geometry import Size, Theta, pixel_affine
from engine.layout import Layout
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.pipeline.canvas import CONTACT_ELISION
from engine.pipeline.contacts import (
    DEFAULT_REACH,
    Contact,
    PairPicture,
    PlacedLayer,
    Scene,
    build_scene,
    find_contacts,
    find_near,
    pair_digest,
    pair_picture,
)
from engine.pipeline.depth_order import DepthOrder, EdgeSource, OrderEdge, PairOrder, build_depth_order
from engine.pipeline.sampling import Layer, segment_layer
from engine.regions import Region

PAIR_BATCH = 4
"""Pairs a run of the network; always so many, filled up with empty ones, so that no pair's result depends on others."""


@dataclass(frozen=True, eq=False)
class OrderItem:
    """A region and what was laid onto it.

    Attributes:
        region: the region.
        crop: its segment, or None where the network invents the region.
        theta: alignment of the segment, region to segment frame, or None where there is no segment.
    """

    region: Region
    crop: SegmentCrop | None = None
    theta: Theta | None = None


def order_regions(
    items: Sequence[OrderItem],
    layout: Layout,
    table: ClassTable,
    network: OrderingNetwork,
    *,
    constraints: frozenset[tuple[int, int]] = frozenset(),
    settled: Mapping[tuple[int, int], float] = MappingProxyType({}),
    names: Sequence[str] | None = None,
    reaches: Mapping[int, float] = MappingProxyType({}),
    logits: MutableMapping[str, float] | None = None,
    layer_of: Callable[[SegmentCrop], Layer] = segment_layer,
    check: Callable[[], None] = lambda: None,
) -> DepthOrder:
    """Order the regions of a layout from back to front.

    Args:
        items: regions in the order of `find_regions`, with their aligned segments.
        layout: the (effective) layout they were found in, in class ids of the network's own table.
        table: the class table of the regions.
        network: the ordering network, on the CPU.
        constraints: pairs (i, j) of indices into ``items``: the painter wants i in front of j.
        settled: pairs (i, j) whose order was found earlier, i in front, and how sure it was; where they meet they keep
            it, unless the painter or the ground says otherwise, and the network is not asked.
        names: what the painter calls the regions, for a refusal; their indices by default.
        reaches: gap in picture heights across which a region, by its index, still meets others: its spill where that
            is more than `DEFAULT_REACH`.
        logits: cache of the network's answers by digest of what it saw; read and added to.
        layer_of: a segment as the network sees it; a caller may keep them.
        check: called between steps and before every batch; raises where the run is no longer wanted.

    Raises:
        OrderingError: if the painter's constraints contradict one another.
        ValueError: if a constraint names a region that does not exist.
    """
    scene = build_scene([item.region for item in items], layout)
    check()
    contacts = _contacts(scene, reaches)
    check()
    open_contacts = [c for c in contacts if not {(c.first, c.second), (c.second, c.first)} & settled.keys()]
    known: MutableMapping[str, float] = {} if logits is None else logits
    keys = _ask(items, scene, open_contacts, network, known, layer_of, check)
    sure = dict(settled)  # how sure it is that the first of a pair lies in front of the second
    for key, contact in zip(keys, open_contacts, strict=True):
        sure[contact.first, contact.second] = _confidence(known[key])
    met = [(contact.first, contact.second) for contact in contacts]
    check()
    near = sorted(set(find_near(scene, reaches, margin=CONTACT_ELISION)) - set(met))
    check()
    edges = [OrderEdge(i, j, 1.0, "painter") for i, j in sorted(constraints)]
    infos = [table[item.region.class_id] for item in items]
    for first, second in (*met, *near):
        edges += _edges(first, second, infos, sure, settled)
    order = build_depth_order(len(items), edges, [info.depth_order for info in infos], names)
    sources: dict[tuple[int, int], EdgeSource] = {(e.front, e.behind): e.by for e in reversed(order.edges)}
    pairs, others = (tuple(_pair(i, j, order.ranks, sure, sources) for i, j in each) for each in (met, near))
    return replace(order, pairs=pairs, near=others)


def _contacts(scene: Scene, reaches: Mapping[int, float]) -> list[Contact]:
    """Return the pairs that meet; a region that reaches farther meets more, and changes nothing between others."""
    near = find_contacts(scene, reach=DEFAULT_REACH)
    wide = {index for index, reach in reaches.items() if reach > DEFAULT_REACH}
    if not wide:
        return list(near)
    known = {(contact.first, contact.second) for contact in near}
    far = find_contacts(scene, reach=max(reaches[index] for index in wide))
    more = (c for c in far if (c.first, c.second) not in known and wide & {c.first, c.second})
    return sorted((*near, *more), key=lambda contact: (contact.first, contact.second))


def _ask(
    items: Sequence[OrderItem],
    scene: Scene,
    contacts: Sequence[Contact],
    network: OrderingNetwork,
    known: MutableMapping[str, float],
    layer_of: Callable[[SegmentCrop], Layer],
    check: Callable[[], None],
) -> list[str]:
    """Ask the network about pairs it has not answered; return the keys of all answers."""
    names = {i: _name_of(items[i]) for contact in contacts for i in (contact.first, contact.second)}
    keys = [pair_digest(scene, c, names[c.first], names[c.second]) for c in contacts]
    missing = [(key, contact) for key, contact in zip(keys, contacts, strict=True) if key not in known]
    asked = {i for _, contact in missing for i in (contact.first, contact.second)}
    check()
    placed = {i: _placed(items[i], scene.size, layer_of) for i in asked}
    for start in range(0, len(missing), PAIR_BATCH):
        check()
        chunk = missing[start : start + PAIR_BATCH]
        pictures = [pair_picture(scene, c, placed[c.first], placed[c.second], network.config.grid_px) for _, c in chunk]
        check()
        for (key, _), logit in zip(chunk, score_pairs(pictures, network), strict=True):
            known[key] = logit
    return keys


def score_pairs(pictures: Sequence[PairPicture], network: OrderingNetwork) -> list[float]:
    """Return the logit, first in front of second, of at most `PAIR_BATCH` pairs; each is independent of the others.

    Raises:
        ValueError: if there are more.
    """
    if len(pictures) > PAIR_BATCH:
        raise ValueError(f"at most {PAIR_BATCH} pairs at once, not {len(pictures)}")
    with torch.inference_mode():
        logits = network(*pair_tensors(pictures, network.config, batch_size=PAIR_BATCH))
    return [float(v) for v in logits[: len(pictures)]]


def pair_tensors(
    pictures: Sequence[PairPicture], config: OrderingConfig, *, batch_size: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return pictures of pairs as the network takes them: first, second and scene, filled up with zeros."""
    grid_px, count = config.grid_px, len(pictures)
    first, second = (np.zeros((batch_size, grid_px, grid_px, 4), np.uint8) for _ in range(2))
    class_ids = np.full((batch_size, grid_px, grid_px), VOID, np.uint8)
    v = np.zeros((batch_size, grid_px), np.float32)
    centres = (np.arange(grid_px, dtype=np.float32) + 0.5) / grid_px
    for i, picture in enumerate(pictures):
        first[i], second[i], class_ids[i] = picture.first, picture.second, picture.class_ids
        v[i] = picture.v[0] + (picture.v[1] - picture.v[0]) * centres
    scene = torch.zeros(batch_size, config.classes + 2, grid_px, grid_px)
    ids = torch.from_numpy(np.minimum(class_ids, config.classes).astype(np.int64))
    scene.scatter_(1, ids[:, None], 1.0)
    scene[:count, -1] = torch.from_numpy(v)[:count, :, None]
    sides = (torch.from_numpy(side).permute(0, 3, 1, 2).float() / 255 for side in (first, second))
    return next(sides), next(sides), scene


def _edges(
    first: int,
    second: int,
    infos: Sequence[ClassInfo],
    sure: Mapping[tuple[int, int], float],
    settled: Mapping[tuple[int, int], float],
) -> Iterator[OrderEdge]:
    """Yield what is known of two regions: ground lies behind things, what was settled, the network, the classes."""
    if (first, second) not in sure and (second, first) not in sure:
        is_first = infos[first].depth_order > infos[second].depth_order
        front, behind = (first, second) if is_first else (second, first)
        yield OrderEdge(front, behind, 0.5, "class")
    for front, behind in ((first, second), (second, first)):
        confidence = _sureness(front, behind, sure)
        if infos[behind].ground and not infos[front].ground and infos[front].kind == "thing":
            yield OrderEdge(front, behind, 1.0, "ground")
        if (front, behind) in settled:
            yield OrderEdge(front, behind, confidence, "settled")
        elif confidence > 0.5 and (behind, front) not in settled:
            yield OrderEdge(front, behind, confidence)


def _pair(
    first: int,
    second: int,
    ranks: Sequence[int],
    sure: Mapping[tuple[int, int], float],
    sources: Mapping[tuple[int, int], EdgeSource],
) -> PairOrder:
    front, behind = (first, second) if ranks[first] > ranks[second] else (second, first)
    by = sources.get((front, behind))
    if by == "painter" or by == "ground":
        return PairOrder(front, behind, 1.0, by)
    confidence = _sureness(front, behind, sure)
    return PairOrder(front, behind, confidence, "class" if confidence == 0.5 else "network")


def _sureness(front: int, behind: int, sure: Mapping[tuple[int, int], float]) -> float:
    return sure[front, behind] if (front, behind) in sure else 1 - sure.get((behind, front), 0.5)


def _confidence(logit: float) -> float:
    return 1 / (1 + math.exp(-min(max(logit, -36.0), 36.0)))


def _placed(item: OrderItem, scene_size: Size, layer_of: Callable[[SegmentCrop], Layer]) -> PlacedLayer | None:
    if item.crop is None or item.theta is None:
        return None
    return PlacedLayer(layer_of(item.crop), pixel_affine(item.theta, scene_size, item.crop.source_size))


def _name_of(item: OrderItem) -> str | None:
    """Name what is laid onto a region: the pixels, since harmonising changes them and not the key, and the theta."""
    if item.crop is None or item.theta is None:
        return None
    return f"{item.crop.digest} {item.theta}"


def fixed_depth_ranks(regions: Sequence[Region], table: ClassTable) -> tuple[int, ...]:
    """Return ranks by the fixed order of classes, then by the lowest pixel: the ordering without a network."""
    by_depth = sorted(
        range(len(regions)),
        key=lambda i: (table[regions[i].class_id].depth_order, regions[i].bounds.bottom, i),
    )
    ranks = [0] * len(regions)
    for rank, i in enumerate(by_depth):
        ranks[i] = rank
    return tuple(ranks)


def load_ordering(path: Path, table: ClassTable) -> OrderingNetwork:
    """Read the ordering network from a weight file, ready to run on the CPU.

    Raises:
        CheckpointError: if the file is missing, damaged, of another network or class table, or holds numbers that are
            not finite.
    """
    checkpoint = load_checkpoint(path, kind="ordering", table=table)
    config = config_from(OrderingConfig, checkpoint.config)
    if config.classes != len(checkpoint.table):
        raise CheckpointError(f"{path}: made for {config.classes} classes, its table has {len(checkpoint.table)}")
    network = OrderingNetwork(config)
    checkpoint.load_into(network)
    return network.eval().requires_grad_(False)
