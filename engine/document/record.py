"""What the document knows of one region: its photograph, and what the painter decided about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from engine.geometry import Bounds, Size, Theta

ChosenBy = Literal["none", "auto", "painter"]


class OrderCycleError(ValueError):
    """A wish about the order that contradicts earlier ones; the message names the regions in one line."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """The cells of a coarse grid that a region covers, for finding it again after an edit.

    Attributes:
        columns: cells a row; rows are 128, so a cell is square.
        bits: 128 * columns bits, packed, row by row.
    """

    columns: int
    bits: bytes


@dataclass(frozen=True, slots=True)
class Mood:
    """The light a painter wants.

    Attributes:
        like: key of a segment, or of a source, whose colours are taken on; None for nobody's.
        warmth: in [-1, 1]; above 0 is warmer.
        brightness: in [-1, 1]; above 0 is brighter.
    """

    like: str | None = None
    warmth: float = 0.0
    brightness: float = 0.0


NEUTRAL_MOOD = Mood()


@dataclass(frozen=True, slots=True)
class Shuffle:
    """A draw among the candidates, in place of the best one.

    Attributes:
        seed: of the draw, in [0, 2**31).
        avoided: segment key that is not drawn, what the region was made of before, or None.
    """

    seed: int
    avoided: str | None = None


@dataclass(frozen=True, slots=True)
class Reveal:
    """Where another candidate was painted in: it shows there, inside its region, in front of the region's own segment.

    Attributes:
        segment_key: the candidate.
        size: size of the layout the mask was painted on; on another one it is scaled.
        bounds: smallest bounds of the mask, in pixels of that layout; never empty.
        bits: the mask inside the bounds, row by row, eight pixels a byte, the first pixel in the highest bit.
        theta: the painter's own alignment of the candidate, region to segment frame, or None for the network's.
    """

    segment_key: str
    size: Size
    bounds: Bounds
    bits: bytes
    theta: Theta | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """The order of a region and its neighbours as the last FINAL found it.

    Attributes:
        key: digest of the region, its context, its segment and the painter's wishes at that time.
        ahead_of: ids of the records it lay in front of, of those it met.
        confidences: how sure each of these was, in [0, 1].
    """

    key: str
    ahead_of: tuple[int, ...]
    confidences: tuple[float, ...]


Tone = tuple[float, float, float, float, float, float]
"""Mean and standard deviation of a photograph's colours in CIELAB: L a b, L a b."""


@dataclass(frozen=True)
class RegionRecord:
    """One region's record; frozen, held by the document, carried by every snapshot.

    Attributes:
        id: number of the record, never used twice in a document.
        class_key: class of the region.
        footprint: where the region was when it was last matched by a FINAL.
        choice: key of the segment it is made of, or None: the network invents it.
        chosen_by: who chose; an automatic choice may be revised when the region changes, the painter's never, and
            the painter may have chosen None.
        locked: the choice stays, whatever happens to the region.
        banned: keys of segments that are never chosen.
        banned_sources: keys of photographs none of whose segments is ever chosen.
        shuffle: the draw that makes the automatic choice, or None: the best candidate.
        theta: the painter's own alignment, region to segment frame, or None for the network's.
        spill: how far the photograph's outline may leave the region, in picture heights; None for the default.
        mood: the light wanted for this region, or None for the document's.
        reveals: other candidates painted in, no pixel in two of them.
        in_front_of: ids of records this region must lie in front of; the painter's constraints.
        basis: what the automatic choice was made on: digest of the region and its context.
        light: tone that its photograph is brought to, chosen once so that an edit elsewhere does not change it.
        settled: its order among its neighbours, kept while none of them changes.
        extra: fields of newer versions, kept as they were read.
    """

    id: int
    class_key: str
    footprint: Footprint
    choice: str | None = None
    chosen_by: ChosenBy = "none"
    locked: bool = False
    banned: tuple[str, ...] = ()
    banned_sources: tuple[str, ...] = ()
    shuffle: Shuffle | None = None
    theta: Theta | None = None
    spill: float | None = None
    mood: Mood | None = None
    reveals: tuple[Reveal, ...] = ()
    in_front_of: tuple[int, ...] = ()
    basis: str = ""
    light: Tone | None = None
    settled: Settled | None = None
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def is_invented(self) -> bool:
        """Whether the painter wants the network to invent the region."""
        return self.chosen_by == "painter" and self.choice is None

    @property
    def asked_keys(self) -> frozenset[str]:
        """Keys of the segments, and perhaps a source, that the record needs the pixels of."""
        like = None if self.mood is None else self.mood.like
        keys = {self.choice, like, *(reveal.segment_key for reveal in self.reveals)}
        return frozenset(key for key in keys if key is not None)
