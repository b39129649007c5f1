"""The automatic choice of segments: jointly, so that few photographs bring one light. The ranking stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.classes import VOID, ClassTable
from engine.document.record import RegionRecord, Shuffle, Tone
from engine.document.snapshot import Settings
from engine.pipeline.ablation import WHOLE, Ablation
from engine.pipeline.offer import offer_candidates
from engine.pipeline.results import Candidate

SCENE_WEIGHT = 1.0
"""How much the agreement of a photograph's whole layout with the painted one counts, beside the two IoUs."""
FAVOURED_SOURCES = 4
FAVOUR = 0.3
"""Bonus of segments from the photographs that agree best: one photograph brings one light."""
TONE_UNITS = (20.0, 8.0, 12.0, 12.0, 6.0, 6.0)
"""Differences of tone (means and deviations of L, a, b) that count as quite another light."""
SWEEPS = 2
KEEP_MARGIN = 0.15
"""By how much another candidate must beat an automatic choice whose region has changed: no flicker."""
DRAWN_FROM = 16
"""A shuffle draws among so many of the candidates that are offered first."""
SOURCE_CHANCE, SEGMENT_CHANCE = 0.5, 0.3
"""How much chance counts in a shuffle: the photographs' part is the same for all regions, so that light stays one."""


@dataclass(frozen=True, slots=True)
class ChoiceWeights:
    """What counts in an automatic choice beside the equation's score and the scene; tuned on development splits.

    Attributes:
        outline: of the agreement of outlines fitted to one box: how well a segment covers its region once aligned.
        colour: of disagreement with the light of what is chosen for the other regions.
        enlargement: of how much a segment must be enlarged, as a natural logarithm: enlarged pixels are soft.
    """

    outline: float = 0.4
    colour: float = 0.6
    enlargement: float = 0.3


DEFAULT_WEIGHTS = ChoiceWeights()


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


def choice_weights(settings: Settings, ablation: Ablation = WHOLE) -> ChoiceWeights:
    """Return the weights of a document: the painter's wish for one scene is one for one light as well."""
    factor = settings.scene_weight / Settings.scene_weight
    return ChoiceWeights(
        outline=DEFAULT_WEIGHTS.outline if ablation.outline_agreement else 0.0,
        colour=factor * DEFAULT_WEIGHTS.colour if ablation.colour_agreement else 0.0,
        enlargement=DEFAULT_WEIGHTS.enlargement if ablation.scale_agreement else 0.0,
    )


@dataclass(frozen=True, eq=False)
class Choosing:
    """One region that a segment is chosen for.

    Attributes:
        record: the region's record.
        candidates: what was retrieved, best first by the equation, banned ones left out.
        basis: of `choice_basis`.
        area_px: how much of the layout it covers.
        is_available: whether the pixels of a segment are at hand.
    """

    record: RegionRecord
    candidates: tuple[Candidate, ...]
    basis: str
    area_px: int
    is_available: Callable[[str], bool]


def choose_segments(
    regions: Sequence[Choosing],
    prior: Mapping[str, float],
    *,
    tone_of: Callable[[str], Tone | None],
    weights: ChoiceWeights = DEFAULT_WEIGHTS,
    steady: bool = False,
) -> list[RegionRecord]:
    """Return the records with their choices made, jointly: what is chosen for one region bears on the others.

    A choice stays where it is the painter's ("let the network invent" among them), locked, or made for the same region
    and context. The others are made from the largest region to the smallest, each in the light of all that are made,
    then once more, now that all are known (iterated conditional modes, Besag 1986). One that a region had before its
    outline changed goes only if another candidate beats it by `KEEP_MARGIN`.

    Args:
        regions: all regions of the layout.
        prior: by source key, of `rank_sources`.
        tone_of: tone of the photograph a segment was cut from, None where it is not at hand.
        weights: how much outlines and colours count.
        steady: keep an automatic choice whatever became of the region: a preview, whose grids are coarser.
    """
    kept = [_keep(region, steady=steady) for region in regions]
    records = [region.record if record is None else record for region, record in zip(regions, kept, strict=True)]
    free = sorted((i for i, record in enumerate(kept) if record is None), key=lambda i: -regions[i].area_px)
    tones = np.full((len(regions), 6), np.nan)
    for i, record in enumerate(kept):
        if record is not None and record.choice is not None:
            tones[i] = tone_of(record.choice) or np.nan
    areas = np.array([float(region.area_px) for region in regions])
    for _ in range(SWEEPS if weights.colour else 1):
        before = [records[i].choice for i in free]
        for i in free:
            tones[i] = np.nan
            records[i] = _choose(regions[i], prior, weights, tones, areas)
            by_key = {candidate.segment_key: candidate.tone for candidate in regions[i].candidates}
            tones[i] = by_key.get(records[i].choice or "") or np.nan
        if [records[i].choice for i in free] == before:
            break
    return records


def _keep(region: Choosing, *, steady: bool) -> RegionRecord | None:
    """Return the record where its choice stays, None where one is to be made."""
    record, basis = region.record, region.basis
    if _is_kept(region) and record.basis == basis:
        return record
    is_bound = record.chosen_by == "painter" or record.locked or (steady and _has_same_weights(region))
    if _is_kept(region) and is_bound:
        return replace(record, basis=basis)
    if record.is_invented or (record.chosen_by == "painter" and record.choice not in record.banned):
        return replace(record, basis=basis)  # where its bank is closed, the region is empty until the bank is back
    if not region.candidates and _is_kept(region):
        return replace(record, basis=basis)  # its bank is closed, but the project carries the segment
    if not region.candidates:
        return replace(record, choice=None, chosen_by="none", basis=basis)
    return None


def _is_kept(region: Choosing) -> bool:
    choice = region.record.choice
    return choice is not None and choice not in region.record.banned and region.is_available(choice)


def _has_same_weights(region: Choosing) -> bool:
    return region.record.basis.partition(":")[2] == region.basis.partition(":")[2]


def _choose(
    region: Choosing,
    prior: Mapping[str, float],
    weights: ChoiceWeights,
    tones: npt.NDArray[np.float64],
    areas: npt.NDArray[np.float64],
) -> RegionRecord:
    record, scores = region.record, _scores(region, prior, weights, tones, areas)
    best = min(scores, key=lambda key: (-scores[key], key))
    margin = KEEP_MARGIN if _has_same_weights(region) else 0.0
    if _is_kept(region) and record.choice in scores and scores[record.choice] >= scores[best] - margin:
        best = record.choice
    return replace(record, choice=best, chosen_by="auto", basis=region.basis)


def _scores(
    region: Choosing,
    prior: Mapping[str, float],
    weights: ChoiceWeights,
    tones: npt.NDArray[np.float64],
    areas: npt.NDArray[np.float64],
) -> dict[str | None, float]:
    record, drawn = region.record, list(region.candidates)
    shuffle = record.shuffle
    if shuffle is not None:
        others = [c for c in drawn if c.segment_key != shuffle.avoided] or drawn
        drawn = [others[i] for i in offer_candidates(others)[:DRAWN_FROM]]
    own = np.array([(np.nan,) * 6 if c.tone is None else c.tone for c in drawn])
    foreign = _foreignness(own, tones, areas) if weights.colour else np.zeros(len(drawn))
    return {
        c.segment_key: c.score
        + prior.get(c.source_key, 0.0)
        + weights.outline * c.outline_fit
        - weights.colour * alien
        - weights.enlargement * c.enlargement
        + (0.0 if shuffle is None else _chance(shuffle, record.id, c))
        for c, alien in zip(drawn, foreign.tolist(), strict=True)
    }


def _foreignness(
    own: npt.NDArray[np.float64], tones: npt.NDArray[np.float64], areas: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return (K,) in [0, 1]: how far photographs' tones lie from those chosen for the other regions, by their areas."""
    known = ~np.isnan(tones[:, 0])
    if not known.any():
        return np.zeros(len(own))
    apart = np.abs(own[:, None] - tones[known]) / np.array(TONE_UNITS)
    apart = np.minimum(np.nan_to_num(apart.mean(2), nan=0.5), 1.0)
    return (apart * areas[known]).sum(1) / areas[known].sum()


def _chance(shuffle: Shuffle, record_id: int, candidate: Candidate) -> float:
    by_source = _draw(f"{shuffle.seed} {candidate.source_key}")
    return SOURCE_CHANCE * by_source + SEGMENT_CHANCE * _draw(f"{shuffle.seed} {record_id} {candidate.segment_key}")


def _draw(text: str) -> float:
    """Return a number in [0, 1) that a text alone decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:6], "big") / 2**48
