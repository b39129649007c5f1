"""Ordering: which regions lie in front, by the ordering network and the painter's constraints (method.md, 4)."""

from __future__ import annotations

import math
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from engine.classes import VOID, ClassTable
from engine.document.snapshot import SegmentCrop
from engine.geometry import Size, Theta, pixel_affine
from engine.layout import Layout
from engine.networks.checkpoint import CheckpointError, config_from, load_checkpoint
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.pipeline.contacts import (
    DEFAULT_REACH,
    PairPicture,
    PlacedLayer,
    build_scene,
    find_contacts,
    pair_digest,
    pair_picture,
)
from engine.pipeline.depth_order import DepthOrder, OrderEdge, build_depth_order
from engine.pipeline.sampling import segment_layer
from engine.regions import Region

PAIR_BATCH = 16
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
    reach: float = DEFAULT_REACH,
    logits: MutableMapping[str, float] | None = None,
    check: Callable[[], None] = lambda: None,
) -> DepthOrder:
    """Order the regions of a layout from back to front.

    Args:
        items: regions in the order of `find_regions`, with their aligned segments.
        layout: the (effective) layout they were found in.
        table: its class table, the one the network was trained with.
        network: the ordering network, on the CPU.
        constraints: pairs (i, j) of indices into ``items``: the painter wants i in front of j.
        reach: gap in picture heights across which two regions still meet; at least the spill.
        logits: cache of the network's answers by digest of what it saw; read and added to.
        check: called before every batch; raises where the run is no longer wanted.

    Raises:
        OrderingError: if the painter's constraints contradict one another.
        ValueError: if a constraint names a region that does not exist.
    """
    scene = build_scene([item.region for item in items], layout)
    contacts = find_contacts(scene, reach=reach)
    touching = {i for contact in contacts for i in (contact.first, contact.second)}
    names = {i: _name_of(items[i]) for i in touching}
    known: MutableMapping[str, float] = {} if logits is None else logits
    keys = [pair_digest(scene, c, names[c.first], names[c.second]) for c in contacts]
    missing = [(key, contact) for key, contact in zip(keys, contacts, strict=True) if key not in known]
    asked = {i for _, contact in missing for i in (contact.first, contact.second)}
    placed = {i: _placed(items[i], scene.size) for i in asked}
    for start in range(0, len(missing), PAIR_BATCH):
        check()
        chunk = missing[start : start + PAIR_BATCH]
        pictures = [pair_picture(scene, c, placed[c.first], placed[c.second], network.config.grid_px) for _, c in chunk]
        for (key, _), logit in zip(chunk, score_pairs(pictures, network), strict=True):
            known[key] = logit
    edges = [OrderEdge(i, j, 1.0, "painter") for i, j in sorted(constraints)]
    for key, contact in zip(keys, contacts, strict=True):
        if edge := _edge(contact.first, contact.second, known[key]):
            edges.append(edge)
    return build_depth_order(len(items), edges, [table[item.region.class_id].depth_order for item in items])


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


def _edge(first: int, second: int, logit: float) -> OrderEdge | None:
    if logit == 0:
        return None
    confidence = 1 / (1 + math.exp(-min(abs(logit), 36.0)))
    return OrderEdge(first, second, confidence) if logit > 0 else OrderEdge(second, first, confidence)


def _placed(item: OrderItem, scene_size: Size) -> PlacedLayer | None:
    if item.crop is None or item.theta is None:
        return None
    return PlacedLayer(segment_layer(item.crop), pixel_affine(item.theta, scene_size, item.crop.source_size))


def _name_of(item: OrderItem) -> str | None:
    """Name what is laid onto a region: the pixels, since harmonising changes them and not the key, and the theta."""
    if item.crop is None or item.theta is None:
        return None
    return f"{item.crop.digest} {item.theta}"


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
