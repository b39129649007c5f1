"""What the command line wishes of single regions: picks, bans, order and spill, as the painter would say them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.cli.errors import CommandError
from engine.cli.options import Wishes
from engine.document.document import Document
from engine.document.matching import match_regions
from engine.document.record import OrderCycleError
from engine.document.snapshot import MAX_SPILL, Quality, Snapshot
from engine.regions import Region, find_regions

if TYPE_CHECKING:
    from engine.pipeline.pipeline import Pipeline

INVENTED = "none"
_KEY = r"[0-9a-f]{16}"
_REGION = r"(?:\d{1,5},\d{1,5}|\d{1,9})"


def apply_wishes(document: Document, wishes: Wishes, pipeline: Pipeline) -> Document:
    """Return a document in which the wishes are the painter's decisions.

    Args:
        document: as it was opened.
        wishes: the options.
        pipeline: its banks are searched; it completes the layout where that is on.

    Raises:
        CommandError: if an option is malformed, names no region or segment, or contradicts another one.
    """
    if wishes.first() is None:
        return document
    addressed = _Addressed(document.snapshot(Quality.FINAL), pipeline)
    decided = addressed.document
    for text in wishes.picks:
        region, key = _parts(text, "--pick", rf"({_REGION})=({_KEY}|{INVENTED})", "X,Y=SEGMENT or RECORD=SEGMENT")
        record_id = addressed.record(region, f"--pick {text}")
        if key == INVENTED:
            decided.invent(record_id)
        elif addressed.has_segment(key):
            decided.pick(record_id, key)
        else:
            raise CommandError(f"--pick {text}: no open bank has the segment {key}")
    for text in wishes.bans:
        region, key = _parts(text, "--ban", rf"(?:({_REGION})=)?({_KEY})", "KEY, X,Y=KEY or RECORD=KEY")
        records = addressed.record_ids if not region else (addressed.record(region, f"--ban {text}"),)
        is_segment = addressed.has_segment(key)
        if not is_segment and not addressed.has_source(key):
            raise CommandError(f"--ban {text}: no open bank has a segment or a photograph {key}")
        for record_id in records:
            (decided.ban if is_segment else decided.ban_source)(record_id, key)
    ordered = dict[tuple[int, int], str]()
    for text in wishes.orders:
        front, back = _parts(text, "--order", rf"({_REGION})>({_REGION})", "FRONT>BACK, each X,Y or RECORD")
        front_id, back_id = (addressed.record(each, f"--order {text}") for each in (front, back))
        ordered[front_id, back_id] = text
        if front_id != back_id and (back_id, front_id) in ordered:
            raise CommandError(f"--order {text}: --order {ordered[back_id, front_id]} wants the opposite")
        try:
            decided.put_in_front(front_id, back_id)
        except OrderCycleError as error:
            raise CommandError(f"--order {text}: {error}") from None
    for text in wishes.spills:
        region, share = _parts(text, "--spill", rf"(?:({_REGION})=)?(\d?\.?\d+)", "SHARE, X,Y=SHARE or RECORD=SHARE")
        if float(share) > MAX_SPILL:
            raise CommandError(f"--spill {text}: the spill lies from 0 to {MAX_SPILL} picture heights")
        if region:
            decided.set_spill(addressed.record(region, f"--spill {text}"), float(share))
        else:
            decided.change_settings(spill=float(share))
    return decided


class _Addressed:
    """A document whose records are matched, so that its regions can be named."""

    def __init__(self, snapshot: Snapshot, pipeline: Pipeline) -> None:
        layout, table = snapshot.layout, snapshot.table
        if snapshot.settings.complete:
            layout = pipeline.complete(layout, table)
        self._regions: Sequence[Region] = find_regions(layout, table)
        matching = match_regions(snapshot.records, self._regions, table, layout.size, snapshot.next_record_id)
        self._snapshot, self._banks = snapshot, pipeline.banks
        self.record_ids = matching.record_ids
        self.document = Document(
            snapshot.layout,
            table,
            settings=snapshot.settings,
            records=matching.records,
            next_record_id=matching.next_record_id,
            segments=snapshot.segments,
            document_id=snapshot.document_id,
        )

    def record(self, region: str, option: str) -> int:
        """Return the record of a region that is named by a pixel or by its record."""
        if "," not in region:
            if int(region) not in self.record_ids:
                raise CommandError(f"{option}: no region has the record {region}")
            return int(region)
        x, y = (int(part) for part in region.split(","))
        for found, record_id in zip(self._regions, self.record_ids, strict=True):
            box = found.bounds
            is_inside = box.left <= x < box.right and box.top <= y < box.bottom
            if is_inside and found.mask[y - box.top, x - box.left]:
                return record_id
        raise CommandError(f"{option}: there is no region at the pixel {x},{y}")

    def has_segment(self, key: str) -> bool:
        """Return whether a segment of that key is at hand."""
        return key in self._snapshot.segments or any(key in bank for bank in self._banks)

    def has_source(self, key: str) -> bool:
        """Return whether an open bank, or the project, has a photograph of that key."""
        carried = (crop.source_key for crop in self._snapshot.segments.values())
        return key in carried or any(source.key == key for bank in self._banks for source in bank.sources())


def _parts(text: str, option: str, pattern: str, form: str) -> tuple[str, str]:
    match = re.fullmatch(pattern, text)
    if match is None:
        raise CommandError(f"{option} {text}: write {form}; segments and photographs are named by 16 hex digits")
    return match[1] or "", match[2]
