"""How often the ordering network agrees with the true order of adjacent regions, beside a fixed order of classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.bank.bank import Bank
from engine.classes import ClassTable
from engine.networks.ordering import OrderingNetwork
from engine.pipeline.contacts import SCENE_ROWS, Contact, PlacedLayer, pair_picture
from engine.pipeline.ordering import PAIR_BATCH, score_pairs
from engine.training.order_truth import fixed_class_order
from engine.training.ordering import OrderedScene, ordered_scenes
from engine.training.photographs import load_photographs


@dataclass(frozen=True)
class OrderingAgreement:
    """Agreement with the truth over one group of pairs.

    Attributes:
        name: ``all``, ``same class`` or ``other classes``.
        pairs: how many.
        network: share judged rightly by the network, from the regions' own pixels.
        colourless: share judged rightly by the network where neither region has a segment.
        fixed: share judged rightly by the fixed order of classes (of one class, the region that reaches lower).
    """

    name: str
    pairs: int
    network: float
    colourless: float
    fixed: float


@dataclass(frozen=True)
class OrderingReport:
    """The evaluation of the ordering network.

    Attributes:
        truth: what the order is compared with: ``depth`` or ``contact-point rule``.
        groups: all pairs first; groups without a pair are left out.
    """

    truth: str
    groups: tuple[OrderingAgreement, ...]

    @property
    def beats_fixed_order(self) -> bool:
        """Whether the network agrees with the truth more often than the fixed order of classes does."""
        return bool(self.groups) and self.groups[0].network > self.groups[0].fixed


def evaluate_ordering(network: OrderingNetwork, bank: Bank, *, seed: int = 0, photographs: int = 60) -> OrderingReport:
    """Judge the adjacent regions of held-out photographs.

    Args:
        network: the ordering network, on the CPU.
        bank: of photographs it was not trained on.
        seed: of the draw, where the bank has more photographs than wanted.
        photographs: how many photographs at most.
    """
    loaded = load_photographs(bank, rows=2 * SCENE_ROWS)
    scenes = ordered_scenes(loaded)
    if len(scenes) > photographs:
        chosen = np.random.default_rng(seed).choice(len(scenes), photographs, replace=False)
        scenes = tuple(scenes[i] for i in sorted(chosen.tolist()))
    return evaluate_scenes(network, scenes, bank.table)


def evaluate_scenes(network: OrderingNetwork, scenes: Sequence[OrderedScene], table: ClassTable) -> OrderingReport:
    """Judge the pairs of scenes made by `build_ordered_scene`."""
    rows = [row for scene in scenes for row in _judge(network, scene, table)]
    judged = np.array(rows, dtype=np.bool_).reshape(-1, 4)  # same class, network, colourless, fixed
    groups = []
    for name, chosen in (("all", slice(None)), ("same class", judged[:, 0]), ("other classes", ~judged[:, 0])):
        if len(part := judged[chosen]):
            right = part[:, 1:].mean(0).tolist()
            groups.append(OrderingAgreement(name, len(part), *right))
    return OrderingReport(" and ".join(sorted({scene.source for scene in scenes})), tuple(groups))


def _judge(network: OrderingNetwork, ordered: OrderedScene, table: ClassTable) -> list[tuple[bool, bool, bool, bool]]:
    contacts = ordered.contacts
    own = [PlacedLayer(layer, np.eye(2, 3)) for layer, _ in ordered.layers]
    coloured = _logits(network, ordered, contacts, own)
    colourless = _logits(network, ordered, contacts, [None] * len(own))
    rows = []
    for contact, truth, a, b in zip(contacts, ordered.first_in_front, coloured, colourless, strict=True):
        same = ordered.regions[contact.first].class_id == ordered.regions[contact.second].class_id
        fixed = fixed_class_order(contact, ordered.regions, table)
        rows.append((same, (a > 0) == truth, (b > 0) == truth, fixed == truth))
    return rows


def _logits(
    network: OrderingNetwork,
    ordered: OrderedScene,
    contacts: Sequence[Contact],
    placed: Sequence[PlacedLayer | None],
) -> list[float]:
    logits = list[float]()
    for start in range(0, len(contacts), PAIR_BATCH):
        pictures = [
            pair_picture(ordered.scene, c, placed[c.first], placed[c.second], network.config.grid_px)
            for c in contacts[start : start + PAIR_BATCH]
        ]
        logits += score_pairs(pictures, network)
    return logits
