"""What the document knows of one region: its photograph, and what the painter decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.geometry import Theta

ChosenBy = Literal["none", "auto", "painter"]


@dataclass(frozen=True, slots=True)
class Footprint:
    """The cells of a coarse grid that a region covers, for finding it again after an edit.

    Attributes:
        columns: cells a row; rows are 128, so a cell is square.
        bits: 128 * columns bits, packed, row by row.
    """

    columns: int
    bits: bytes


@dataclass(frozen=True)
class RegionRecord:
    """One region's record; frozen, held by the document, carried by every snapshot.

    Attributes:
        id: number of the record, never used twice in a document.
        class_key: class of the region.
        footprint: where the region was when it was last matched by a FINAL.
        choice: key of the segment it is made of, or None: the network invents it.
        chosen_by: who chose; an automatic choice may be revised when the region changes, the painter's never.
        locked: the choice stays, whatever happens to the region.
        banned: keys of segments that are never chosen.
        theta: the painter's own alignment, region to segment frame, or None for the network's.
        spill: how far the photograph's outline may leave the region, in picture heights; None for the default.
        in_front_of: ids of records this region must lie in front of; the painter's constraints.
        basis: digest of the region and its context when the automatic choice was made.
        extra: fields of newer versions, kept as they were read.
    """

    id: int
    class_key: str
    footprint: Footprint
    choice: str | None = None
    chosen_by: ChosenBy = "none"
    locked: bool = False
    banned: tuple[str, ...] = ()
    theta: Theta | None = None
    spill: float | None = None
    in_front_of: tuple[int, ...] = ()
    basis: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
