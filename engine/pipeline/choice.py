"""The automatic choice of segments: jointly, so that few photographs bring one light. The ranking stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable
from engine.document.record import RegionRecord, Shuffle
from engine.document.snapshot import Settings
from engine.pipeline.offer import offer_candidates
from engine.pipeline.results import Candidate

SCENE_WEIGHT = 0.6
"""How much the agreement of a photograph's whole layout with the painted one counts, beside the two IoUs."""
FAVOURED_SOURCES = 4
FAVOUR = 0.25
"""Bonus of segments from the photographs that agree best: one photograph brings one light."""
KEEP_MARGIN = 0.06
"""By how much another candidate must beat an automatic choice whose region has changed: no flicker."""
DRAWN_FROM = 16
"""A shuffle draws among so many of the candidates that are offered first."""
SOURCE_CHANCE, SEGMENT_CHANCE = 0.5, 0.3
"""How much chance counts in a shuffle: the photographs' part is the same for all regions, so that light stays one."""


def rank_sources(
    context: npt.NDArray[np.uint8],
    table: ClassTable,
    banks: Sequence[Bank],
    *,
    excluded: frozenset[tuple[str, str]],
    weight: float = Settings.scene_weight,
) -> Mapping[str, float]:
    """Return, by source key, how well each photograph's whole layout agrees with the painted one, plus its favour.

    Args:
        context: (32, 64) uint8 class of every cell of the painted layout, VOID where unpainted.
        table: class table of ``context``.
        banks: the open banks.
        excluded: (dataset, group) of photographs that are no candidates.
        weight: how strongly one scene is favoured, in [0, 1]: at 0 not at all, at 1 twice as much as by default.
    """
    agreements: dict[str, float] = {}
    for bank in banks:
        cells = table.mapping_to(bank.table)[context]  # VOID maps to VOID
        grids = bank.scene_contexts()
        painted = cells != VOID
        matches = ((grids == cells) & painted).sum((1, 2))
        union = painted.sum() + ((grids != VOID) & painted).sum((1, 2)) - matches
        for source, match, total in zip(bank.sources(), matches.tolist(), union.tolist(), strict=True):
            if (source.provenance.dataset, source.provenance.group) not in excluded:
                agreements[source.key] = max(agreements.get(source.key, 0.0), match / max(total, 1))
    favoured = sorted(agreements, key=lambda key: (-agreements[key], key))[:FAVOURED_SOURCES]
    factor = weight / Settings.scene_weight
    return {key: factor * (SCENE_WEIGHT * v + (FAVOUR if key in favoured else 0.0)) for key, v in agreements.items()}


def choice_basis(descriptor_digest: str, settings: Settings) -> str:
    """Return what an automatic choice is made on, as a text: the region, its context, and the painter's weights."""
    weight = settings.scene_weight
    return descriptor_digest if weight == Settings.scene_weight else f"{descriptor_digest}:{weight!r}"


def choose_segment(
    record: RegionRecord,
    candidates: Sequence[Candidate],
    prior: Mapping[str, float],
    *,
    basis: str,
    is_available: Callable[[str], bool],
    steady: bool = False,
) -> RegionRecord:
    """Return the record with its choice made.

    The painter's choice, "let the network invent" among them, and a locked one stay. An automatic one changes only if
    the region or its context changed, and only if another candidate beats it by `KEEP_MARGIN`; or if the painter
    changed how strongly one scene is favoured.

    Args:
        record: the region's record.
        candidates: what was retrieved, best first by the equation, banned ones left out.
        prior: by source key, of `rank_sources`.
        basis: of `choice_basis`.
        is_available: whether the pixels of a segment are at hand.
        steady: keep an automatic choice whatever became of the region: a preview, whose grids are coarser.
    """
    kept = record.choice is not None and record.choice not in record.banned and is_available(record.choice)
    if kept and record.basis == basis:
        return record
    same_weights = record.basis.partition(":")[2] == basis.partition(":")[2]
    if kept and (record.chosen_by == "painter" or record.locked or (steady and same_weights)):
        return replace(record, basis=basis)
    if record.is_invented or (record.chosen_by == "painter" and record.choice not in record.banned):
        return replace(record, basis=basis)  # where its bank is closed, the region is empty until the bank is back
    scores = _scores(record, candidates, prior)
    if not scores and kept:
        return replace(record, basis=basis)  # its bank is closed, but the project carries the segment
    if not scores:
        return replace(record, choice=None, chosen_by="none", basis=basis)
    best = min(scores, key=lambda key: (-scores[key], key))
    margin = KEEP_MARGIN if same_weights else 0.0
    if kept and record.choice in scores and scores[record.choice] >= scores[best] - margin:
        best = record.choice
    return replace(record, choice=best, chosen_by="auto", basis=basis)


def _scores(
    record: RegionRecord, candidates: Sequence[Candidate], prior: Mapping[str, float]
) -> dict[str | None, float]:
    drawn, shuffle = candidates, record.shuffle
    if shuffle is not None:
        others = [c for c in candidates if c.segment_key != shuffle.avoided] or candidates
        drawn = [others[i] for i in offer_candidates(others)[:DRAWN_FROM]]
    return {
        c.segment_key: c.score
        + prior.get(c.source_key, 0.0)
        + (0.0 if shuffle is None else _chance(shuffle, record.id, c))
        for c in drawn
    }


def _chance(shuffle: Shuffle, record_id: int, candidate: Candidate) -> float:
    by_source = _draw(f"{shuffle.seed} {candidate.source_key}")
    return SOURCE_CHANCE * by_source + SEGMENT_CHANCE * _draw(f"{shuffle.seed} {record_id} {candidate.segment_key}")


def _draw(text: str) -> float:
    """Return a number in [0, 1) that a text alone decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
