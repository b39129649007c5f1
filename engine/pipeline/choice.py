"""The automatic choice of segments: jointly, so that few photographs bring one light. The ranking stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable
from engine.document.record import RegionRecord
from engine.pipeline.results import Candidate

SCENE_WEIGHT = 0.6
"""How much the agreement of a photograph's whole layout with the painted one counts, beside the two IoUs."""
FAVOURED_SOURCES = 4
FAVOUR = 0.25
"""Bonus of segments from the photographs that agree best: one photograph brings one light."""
KEEP_MARGIN = 0.06
"""By how much another candidate must beat an automatic choice whose region has changed: no flicker."""


def rank_sources(
    context: npt.NDArray[np.uint8], table: ClassTable, banks: Sequence[Bank], *, excluded: frozenset[tuple[str, str]]
) -> Mapping[str, float]:
    """Return, by source key, how well each photograph's whole layout agrees with the painted one, plus its favour.

    Args:
        context: (32, 64) uint8 class of every cell of the painted layout, VOID where unpainted.
        table: class table of ``context``.
        banks: the open banks.
        excluded: (dataset, group) of photographs that are no candidates.
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
    return {key: SCENE_WEIGHT * v + (FAVOUR if key in favoured else 0.0) for key, v in agreements.items()}


def choose_segment(
    record: RegionRecord,
    candidates: Sequence[Candidate],
    prior: Mapping[str, float],
    *,
    basis: str,
    is_available: Callable[[str], bool],
) -> RegionRecord:
    """Return the record with its choice made.

    The painter's choice and a locked one stay. An automatic one changes only if the region or its context changed,
    and only if another candidate beats it by `KEEP_MARGIN`.

    Args:
        record: the region's record.
        candidates: what was retrieved, best first by the equation, banned ones left out.
        prior: by source key, of `rank_sources`.
        basis: digest of the region and its context.
        is_available: whether the pixels of a segment are at hand.
    """
    kept = record.choice is not None and record.choice not in record.banned and is_available(record.choice)
    if kept and (record.chosen_by == "painter" or record.locked or record.basis == basis):
        return record
    if record.chosen_by == "painter" and record.choice is not None and record.choice not in record.banned:
        return record  # its bank is closed: the decision stays, the region is empty until the bank is back
    scores = {c.segment_key: c.score + prior.get(c.source_key, 0.0) for c in candidates}
    if not scores and kept:
        return replace(record, basis=basis)  # its bank is closed, but the project carries the segment
    if not scores:
        return replace(record, choice=None, chosen_by="none", basis=basis)
    best = min(scores, key=lambda key: (-scores[key], key))
    if kept and record.choice in scores and scores[record.choice] >= scores[best] - KEEP_MARGIN:
        best = record.choice
    return replace(record, choice=best, chosen_by="auto", basis=basis)
