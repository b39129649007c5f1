"""Retrieval: the segments of every open bank that fit a region best, by mask IoU + context IoU."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np
import numpy.typing as npt

from engine.bank.bank import Bank
from engine.bank.descriptors import Descriptor
from engine.classes import VOID, ClassTable
from engine.pipeline.outline import enlargements, outline_fits
from engine.pipeline.results import Candidate


def retrieve_candidates(
    descriptor: Descriptor,
    class_key: str,
    banks: Sequence[Bank],
    table: ClassTable,
    *,
    top_k: int = 50,
    banned: Set[str] = frozenset(),
    banned_sources: Set[str] = frozenset(),
    only_source: str | None = None,
    excluded_groups: Set[tuple[str, str]] = frozenset(),
) -> tuple[Candidate, ...]:
    """Return the best segments of the region's class, best first, ties to the lower segment key.

    The equation alone ranks. Cells of classes a bank does not know count in the union and match nothing; a segment
    that several banks hold appears once.

    Args:
        descriptor: the region, its context in ids of ``table``.
        class_key: the region's class.
        banks: the open banks.
        table: class table of the document.
        top_k: at most so many.
        banned: segment keys that are left out.
        banned_sources: keys of photographs that are left out.
        only_source: the only photograph that is searched, or None for all.
        excluded_groups: (dataset, group) of photographs that are left out: leave-one-out in training.

    Raises:
        KeyError: if the table lacks the class.

    Source: Qi et al. 2018, equation 1; method.md section 2.
    """
    info = table.get(class_key)
    if info is None:
        raise KeyError(class_key)
    found: dict[str, Candidate] = {}
    for bank in banks:
        allowed = _allowed_sources(bank, banned_sources, only_source, excluded_groups)
        for candidate in _retrieve_from(bank, descriptor, info.id, table, top_k, banned, allowed):
            found.setdefault(candidate.segment_key, candidate)
    ranked = sorted(found.values(), key=lambda c: (-c.score, c.segment_key))
    return tuple(ranked[:top_k])


def _allowed_sources(
    bank: Bank, banned: Set[str], only: str | None, excluded_groups: Set[tuple[str, str]]
) -> npt.NDArray[np.bool_] | None:
    """Return (S,) bool over a bank's sources, or None for all of them."""
    if not banned and only is None and not excluded_groups:
        return None
    return np.array(
        [
            source.key not in banned
            and only in (None, source.key)
            and (source.provenance.dataset, source.provenance.group) not in excluded_groups
            for source in bank.sources()
        ]
    )


def _retrieve_from(
    bank: Bank,
    descriptor: Descriptor,
    class_id: int,
    table: ClassTable,
    top_k: int,
    banned: Set[str],
    allowed: npt.NDArray[np.bool_] | None,
) -> list[Candidate]:
    lookup = table.mapping_to(bank.table)
    bank_class = int(lookup[class_id])
    index = None if bank_class == VOID else bank.index(bank.table[bank_class].key)
    if index is None or (allowed is not None and not allowed.any()):
        return []
    sources = bank.sources()
    hits = index.search(
        descriptor.mask_bits,
        lookup[descriptor.context],
        descriptor.valid_cells,
        top_k=top_k + sum(index.row(key) is not None for key in banned),
        allowed_sources=allowed,
    )
    grids = index.columns.bits[[hit.row for hit in hits]].view(np.uint8)
    fits = outline_fits(descriptor.mask_bits, grids, is_stuff=table[class_id].kind == "stuff")
    larger = enlargements(descriptor.mask_bits, grids)
    candidates = []
    for hit, fit, enlargement in zip(hits, fits.tolist(), larger.tolist(), strict=True):
        key, source = index.key(hit.row), sources[index.source_row(hit.row)]
        if key not in banned:
            candidates.append(
                Candidate(
                    key,
                    hit.mask_iou,
                    hit.context_iou,
                    source.key,
                    source.provenance,
                    outline_fit=fit,
                    tone=bank.tone(source.key),
                    enlargement=enlargement,
                )
            )
    return candidates
