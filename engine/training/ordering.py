"""Training of the ordering network on the adjacent regions of photographs (method.md, section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.geometry import compose_affine
from engine.networks.ordering import OrderingConfig, OrderingNetwork
from engine.pipeline.alignment import Box, box_affine, pixel_edges_to_index
from engine.pipeline.contacts import (
    SCENE_ROWS,
    Contact,
    PairPicture,
    PlacedLayer,
    Scene,
    build_scene,
    find_contacts,
    pair_picture,
)
from engine.pipeline.ordering import pair_tensors
from engine.pipeline.sampling import Affine, Layer, build_layer
from engine.regions import Region, find_regions
from engine.training.order_truth import TruthSource, contact_point_order, depth_order
from engine.training.photographs import Photograph, Photographs, load_photographs
from engine.training.trainer import Batch

COLOURLESS_SHARE = 0.15
BORROWED_SHARE = 0.5
LAYER_SIDE_PX = 96
WARP_NODES = 5
"""Nodes a side of the mesh by which the picture of a pair is bent."""
WARP = 0.04
"""Standard deviation of a node's displacement, in sides of the picture; unbent, pairs are soon known by heart."""
MAX_ZOOM, MAX_SHIFT = 1.2, 0.08


@dataclass(frozen=True, eq=False)
class OrderedScene:
    """A photograph whose adjacent regions have a known order.

    Attributes:
        scene: its layout at working size.
        regions: its regions.
        contacts: the pairs whose order is known.
        first_in_front: for each of them, whether the first region is in front.
        source: where that is known from.
        layers: for each region its own pixels, and the edges of its box, in pixels of the scene.
    """

    scene: Scene
    regions: tuple[Region, ...]
    contacts: tuple[Contact, ...]
    first_in_front: tuple[bool, ...]
    source: TruthSource
    layers: tuple[tuple[Layer, Box], ...]


def build_ordered_scene(photograph: Photograph, table: ClassTable) -> OrderedScene:
    """Find the adjacent regions of a photograph and the order of those pairs where it is known."""
    regions = find_regions(photograph.layout, table)
    scene = build_scene(regions, photograph.layout)
    target = (scene.size.width, scene.size.height)
    rgb = np.asarray(cv2.resize(photograph.rgb, target, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    depth_m: npt.NDArray[np.float32] | None = None
    if photograph.depth_m is not None:
        depth_m = np.asarray(
            cv2.resize(photograph.depth_m, target, interpolation=cv2.INTER_NEAREST_EXACT), dtype=np.float32
        )
    contacts, truth = [], []
    for contact in find_contacts(scene):
        if depth_m is not None:
            known = depth_order(scene, contact, depth_m)
        else:
            known = contact_point_order(scene, contact, regions, table)
        if known is not None:
            contacts.append(contact)
            truth.append(known)
    return OrderedScene(
        scene,
        regions,
        tuple(contacts),
        tuple(truth),
        "contact-point rule" if depth_m is None else "depth",
        tuple(_region_layer(scene, rgb, index) for index in range(len(regions))),
    )


class OrderingTask:
    """The ordering network, its batches and its loss. Batches are drawn on the trainer's background thread."""

    kind = "ordering"
    canvas_version: int | None = None

    def __init__(
        self,
        scenes: Sequence[OrderedScene],
        table: ClassTable,
        data_record: Mapping[str, Any],
        config: OrderingConfig,
        *,
        seed: int = 0,
    ) -> None:
        """Train on scenes made by `build_ordered_scene`.

        Raises:
            ValueError: if no pair of regions in them has a known order.
        """
        torch.manual_seed(seed)
        self._scenes = tuple(scenes)
        self._pairs = [(s, c) for s, scene in enumerate(scenes) for c in range(len(scene.contacts))]
        if not self._pairs:
            raise ValueError("no two regions whose order is known: there is nothing to train the ordering network with")
        self._weights = _pair_weights(self._scenes, self._pairs)
        self._by_class: dict[int, list[tuple[Layer, Box]]] = {}
        for scene in self._scenes:
            for region, layer in zip(scene.regions, scene.layers, strict=True):
                self._by_class.setdefault(region.class_id, []).append(layer)
        self.table = table
        self.network = OrderingNetwork(config)
        self.network_config: Mapping[str, Any] = asdict(config)
        sources = sorted({scene.source for scene in self._scenes})
        self.data_record: Mapping[str, Any] = {
            **data_record, "pairs": len(self._pairs), "truth": sources, "seed": seed,
        }  # fmt: skip

    def make_batch(self, rng: np.random.Generator, batch_size: int) -> Batch:
        """Draw pairs and imitate what is laid onto their regions.

        Returns:
            ``first`` and ``second`` (B, 4, G, G), ``scene`` (B, C + 2, G, G), ``first_in_front`` (B,), all float32.
        """
        pictures, truth = [], []
        for pair in rng.choice(len(self._pairs), size=batch_size, p=self._weights).tolist():
            number, position = self._pairs[pair]
            ordered = self._scenes[number]
            contact = ordered.contacts[position]
            first, second = (self._imitated(ordered, i, rng) for i in (contact.first, contact.second))
            picture = pair_picture(ordered.scene, contact, first, second, self.network.config.grid_px)
            pictures.append(warp_picture(picture, rng))
            truth.append(ordered.first_in_front[position])
        first, second, scene = pair_tensors(pictures, self.network.config, batch_size=batch_size)
        if rng.random() < 0.5:
            first, second, scene = first.flip(3), second.flip(3), scene.flip(3)
        return {"first": first, "second": second, "scene": scene, "first_in_front": torch.tensor(truth).float()}

    def loss(self, batch: Batch) -> tuple[Tensor, Mapping[str, float]]:
        """Return the binary cross-entropy, and the share of pairs judged rightly."""
        logits = self.network(batch["first"], batch["second"], batch["scene"])
        truth = batch["first_in_front"]
        loss = F.binary_cross_entropy_with_logits(logits, truth)
        return loss, {"right": float(((logits > 0) == (truth > 0.5)).float().mean())}

    def _imitated(self, ordered: OrderedScene, index: int, rng: np.random.Generator) -> PlacedLayer | None:
        """Return a region's own pixels, or those of another of its class fitted box to box, a little misplaced."""
        if rng.random() < COLOURLESS_SHARE:
            return None
        layer, own_box = ordered.layers[index]
        source_box = own_box
        if rng.random() < BORROWED_SHARE:
            others = self._by_class[ordered.regions[index].class_id]
            layer, source_box = others[int(rng.integers(len(others)))]
        jitter = rng.uniform(-0.05, 0.05, 4) * np.repeat([own_box[2] - own_box[0], own_box[3] - own_box[1]], 2)
        left, top, right, bottom = (np.array(own_box) + jitter[[0, 2, 1, 3]]).tolist()
        fit = box_affine((left, top, max(right, left + 1), max(bottom, top + 1)), source_box)
        gain = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3)
        colour = np.clip(layer.rgba[..., :3] * gain, 0, 255).astype(np.uint8)
        changed = Layer(np.dstack([colour, layer.rgba[..., 3]]), layer.pixel_to_layer)
        return PlacedLayer(changed, _edges_to_indices(fit))


def warp_picture(picture: PairPicture, rng: np.random.Generator) -> PairPicture:
    """Bend, zoom and shift the picture of a pair: other outlines in the same order. Its height in the scene stays.

    Args:
        picture: (G, G) of a pair.
        rng: source of the draw.
    """
    side = len(picture.class_ids)
    nodes = rng.normal(0, WARP * side, (2, WARP_NODES, WARP_NODES)).astype(np.float32)
    bend_x, bend_y = (cv2.resize(part, (side, side), interpolation=cv2.INTER_CUBIC) for part in nodes)
    centred = np.arange(side, dtype=np.float32) - np.float32((side - 1) / 2)
    zoom = np.exp(rng.uniform(-np.log(MAX_ZOOM), np.log(MAX_ZOOM), 2)).astype(np.float32)
    shift = (rng.uniform(-MAX_SHIFT, MAX_SHIFT, 2) * side + (side - 1) / 2).astype(np.float32)
    x = np.asarray(centred[None, :] * zoom[0] + shift[0] + bend_x, np.float32)
    y = np.asarray(centred[:, None] * zoom[1] + shift[1] + bend_y, np.float32)
    first, second = (
        np.asarray(cv2.remap(part, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)
        for part in (picture.first, picture.second)
    )
    class_ids = cv2.remap(picture.class_ids, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return PairPicture(first, second, np.asarray(class_ids, np.uint8), picture.v)


def make_ordering_task(bank: Bank, *, seed: int = 0) -> OrderingTask:
    """Return the training of the ordering network on the photographs of a bank.

    Raises:
        ValueError: if no pair of regions in them has a known order.
    """
    photographs = load_photographs(bank, rows=2 * SCENE_ROWS)
    return OrderingTask(
        ordered_scenes(photographs), bank.table, photographs.record, OrderingConfig(len(bank.table)), seed=seed
    )


def ordered_scenes(photographs: Photographs) -> tuple[OrderedScene, ...]:
    """Return every photograph as an ordered scene."""
    return tuple(build_ordered_scene(photograph, photographs.table) for photograph in photographs.items)


def _pair_weights(scenes: Sequence[OrderedScene], pairs: Sequence[tuple[int, int]]) -> npt.NDArray[np.float64]:
    """Return how often each pair is drawn: rarer combinations of classes more often, by the square root."""
    kinds = []
    for number, position in pairs:
        scene = scenes[number]
        contact = scene.contacts[position]
        kinds.append(tuple(sorted(scene.regions[i].class_id for i in (contact.first, contact.second))))
    counts = {kind: kinds.count(kind) for kind in set(kinds)}
    weights = np.array([counts[kind] ** -0.5 for kind in kinds])
    return weights / weights.sum()


def _region_layer(scene: Scene, rgb: npt.NDArray[np.uint8], index: int) -> tuple[Layer, Box]:
    """Return the pixels of a region and the edges of its box, in pixels of the scene."""
    mask = scene.region_ids == index
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return Layer(np.zeros((1, 1, 4), np.uint8), np.eye(2, 3)), (0.0, 0.0, 1.0, 1.0)
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    window = slice(top, bottom), slice(left, right)
    layer = build_layer(rgb[window], mask[window], left=left, top=top, max_side_px=LAYER_SIDE_PX)
    return layer, (float(left), float(top), float(right), float(bottom))


def _edges_to_indices(affine: Affine) -> Affine:
    """Turn an affine between pixel edges into one between pixel indices."""
    return pixel_edges_to_index(compose_affine(affine, np.array([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]])))
