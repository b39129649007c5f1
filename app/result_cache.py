"""Finished results by what they were made from, so that undo shows its picture at once."""

from __future__ import annotations

from dataclasses import dataclass

import xxhash

from engine.document.document import Document
from engine.document.record import RegionRecord
from engine.document.snapshot import Settings
from engine.pipeline.results import Result

MAX_CACHE_BYTES = 160 * 2**20


@dataclass(frozen=True, eq=False)
class _Entry:
    layout_digest: bytes
    records: tuple[RegionRecord, ...]
    settings: Settings
    banks: tuple[str, ...]
    result: Result
    size_bytes: int


class ResultCache:
    """The last FINAL results of one document, oldest dropped first. Owned by the GUI thread."""

    def __init__(self, max_bytes: int = MAX_CACHE_BYTES) -> None:
        """Hold results of at most ``max_bytes`` together."""
        self._max_bytes = max_bytes
        self._entries: list[_Entry] = []

    def clear(self) -> None:
        """Forget everything: the document has changed for another."""
        self._entries.clear()

    def put(self, document: Document, banks: tuple[str, ...], result: Result) -> None:
        """Keep a result that belongs to the document as it is now."""
        digest = _layout_digest(document)
        self._entries = [e for e in self._entries if not _is_same(e, digest, document, banks)]
        self._entries.append(_Entry(digest, document.records, document.settings, banks, result, _size_bytes(result)))
        while len(self._entries) > 1 and sum(e.size_bytes for e in self._entries) > self._max_bytes:
            self._entries.pop(0)

    def get(self, document: Document, banks: tuple[str, ...]) -> Result | None:
        """Return the result of a document equal to this one, or None."""
        digest = _layout_digest(document)
        return next((e.result for e in reversed(self._entries) if _is_same(e, digest, document, banks)), None)


def _is_same(entry: _Entry, digest: bytes, document: Document, banks: tuple[str, ...]) -> bool:
    return (
        entry.layout_digest == digest
        and entry.banks == banks
        and entry.settings == document.settings
        and entry.records == document.records
    )


def _layout_digest(document: Document) -> bytes:
    state = xxhash.xxh3_128(f"{document.size} {document.table.to_json()}".encode())
    state.update(document.class_ids.data)
    state.update(document.instance_ids.data)
    return state.digest()


def _size_bytes(result: Result) -> int:
    arrays = (
        result.region_ids,
        result.effective_class_ids,
        result.canvas,
        result.presence,
        result.segment_index,
        result.image,
        result.copy_share,
    )
    return sum(a.nbytes for a in arrays) + 3 * result.presence.size  # and the lower levels of two pictures on show
