"""What a painter is offered: candidates in an order that shows different photographs first. The ranking stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.pipeline.results import Candidate

PER_GROUP = 2
"""How many segments of one drive or scene are offered before every other group has had its turn."""
ADJACENT_FRAMES = 150
"""Frames of one drive nearer than this show the same street: five seconds at 30 a second."""


def offer_candidates(candidates: Sequence[Candidate]) -> tuple[int, ...]:
    """Return indices of all candidates in the order a painter is offered them.

    In rounds, the best first in each: at most `PER_GROUP` of one drive or scene a round, no photograph twice, and, as
    long as there are others, no frame that lies next to one offered already. What is left over follows, best first.

    Args:
        candidates: best first by the equation.
    """
    groups = [_group(candidate) for candidate in candidates]
    frames = [_frame(candidate.provenance.file) for candidate in candidates]
    offered: list[int] = []
    left = list(range(len(candidates)))
    sources: set[str] = set()
    series: dict[tuple[tuple[str, str], str], list[int]] = {}  # offered frames of one series of one group
    apart = ADJACENT_FRAMES
    while left:
        taken: list[int] = []
        counts: dict[tuple[str, str], int] = {}
        for index in left:
            group, source = groups[index], candidates[index].source_key
            stem, frame = frames[index]
            known = series.setdefault((group, stem), [])
            is_near = source in sources or any(abs(frame - other) < apart for other in known)
            if counts.get(group, 0) < PER_GROUP and not is_near:
                counts[group] = counts.get(group, 0) + 1
                sources.add(source)
                known.append(frame)
                taken.append(index)
        if not taken and not apart:
            break
        if not taken:
            apart = 0
        offered += taken
        left = [index for index in left if index not in taken]
    return (*offered, *left)


def _group(candidate: Candidate) -> tuple[str, str]:
    """Return dataset and drive; a photograph that belongs to none is a group of its own."""
    origin = candidate.provenance
    return origin.dataset, origin.group or candidate.source_key


def _frame(file: str) -> tuple[str, int]:
    """Return what stands before the last number of a file name, and that number."""
    match = re.fullmatch(r"(.*?)(\d{1,9})(\D*)", file)
    return (file, 0) if match is None else (match[1] + match[3], int(match[2]))
