"""Looking through a bank: its photographs and segments, by class and by words. Runs on the reader thread."""

from __future__ import annotations

from dataclasses import dataclass

from engine.bank.bank import Bank
from engine.bank.segment import Source

MAX_ENTRIES = 5000
"""As many as a list shows; a search narrows it."""


@dataclass(frozen=True, slots=True)
class SegmentEntry:
    """One segment in a list.

    Attributes:
        key: its segment key.
        class_key: key of its class in the bank's table.
        source: the photograph it lies in.
    """

    key: str
    class_key: str
    source: Source


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """One photograph in a list, with how many segments it has (of the class asked for)."""

    source: Source
    segments: int


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found.

    Attributes:
        segments: segments, photograph by photograph; empty in a list of photographs.
        sources: photographs; empty in a list of segments.
        total: how many there are, where more were found than are listed.
    """

    segments: tuple[SegmentEntry, ...] = ()
    sources: tuple[SourceEntry, ...] = ()
    total: int = 0


def list_segments(
    bank: Bank, *, class_key: str | None = None, words: str = "", source_key: str | None = None
) -> Listing:
    """Return the segments of a class, or of all, whose photograph has all the words in what is known of it.

    Args:
        bank: the bank.
        class_key: key of a class in the bank's own table, None for all.
        words: to be found, in any case, in name, file, data set, author, licence or group of the photograph.
        source_key: only segments of this photograph.
    """
    wanted = _matching(bank, words)
    if source_key is not None:
        wanted = {row for row in wanted if bank.sources()[row].key == source_key}
    class_id = _class_id(bank, class_key)
    total = sum(count for row, count in bank.segments_by_source(class_id).items() if row in wanted)
    entries: list[SegmentEntry] = []
    for key, found, row in bank.segment_rows(class_id) if total else ():
        if row in wanted:
            entries.append(SegmentEntry(key, bank.table[found].key, bank.sources()[row]))
            if len(entries) == min(total, MAX_ENTRIES):
                break
    return Listing(segments=tuple(entries), total=total)


def list_sources(bank: Bank, *, class_key: str | None = None, words: str = "") -> Listing:
    """Return the photographs that have all the words, and a segment of the class where one is asked for.

    Arguments as in `list_segments`.
    """
    counts = bank.segments_by_source(_class_id(bank, class_key))
    found = [
        SourceEntry(bank.sources()[row], counts.get(row, 0))
        for row in sorted(_matching(bank, words))
        if class_key is None or row in counts
    ]
    return Listing(sources=tuple(found[:MAX_ENTRIES]), total=len(found))


def _class_id(bank: Bank, class_key: str | None) -> int | None:
    """Return the id of a class in a bank, None for all classes, and -1, which no segment has, for an unknown one."""
    if class_key is None:
        return None
    info = bank.table.get(class_key)
    return -1 if info is None else info.id


def _matching(bank: Bank, words: str) -> set[int]:
    needles = words.casefold().split()
    return {row for row, source in enumerate(bank.sources()) if _has(source, needles)}


def _has(source: Source, needles: list[str]) -> bool:
    origin = source.provenance
    text = "\n".join((source.name, origin.dataset, origin.file, origin.group, origin.author, origin.licence))
    return all(needle in text.casefold() for needle in needles)
