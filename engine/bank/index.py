"""Exact retrieval among all segments of one class: both IoUs of every segment that could be among the best.

Nothing is approximate. Cheap upper bounds (set cells of 8x8 blocks, overlap of the context rectangles) leave out what
cannot reach the best ``top_k``; the rest is counted bit by bit. Source: method.md section 2.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.bank.descriptors import CONTEXT_COLUMNS, CONTEXT_ROWS, MASK_BYTES
from engine.classes import VOID

MASK_WORDS = MASK_BYTES // 8
_BLOCKS = (8, 16)
_FIRST_LOOK = 4
_CHUNK = 8192
_MARGIN = np.float32(1e-5)

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class IndexColumns:
    """What an index is made of, one entry a segment, in the order of their keys.

    Attributes:
        keys: (N,) S16, rising.
        source_rows: (N,) int32 into ``contexts``.
        cells: (N,) int32 set cells of the mask grid.
        valid: (N,) int32 context cells that are not void.
        rects: (4, N) int32 top, bottom, left, right of the context rectangle.
        bits: (N, 128) uint64 mask grids, two words a row, the first cell in the lowest bit.
        contexts: (S, 32, 64) uint8 context grids of the sources, in ids of the bank's table.
    """

    keys: npt.NDArray[np.bytes_]
    source_rows: npt.NDArray[np.int32]
    cells: Counts
    valid: Counts
    rects: Counts
    bits: Words
    contexts: npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Hit:
    """One retrieved segment: its row in the index and its two scores."""

    row: int
    mask_iou: float
    context_iou: float

    @property
    def score(self) -> float:
        """The sum of both."""
        return self.mask_iou + self.context_iou


@dataclass(frozen=True, eq=False)
class _Query:
    words: Words
    first_word: int
    last_word: int
    cells: int
    blocks: npt.NDArray[np.uint8]
    planes: Words
    rows: slice
    columns: tuple[int, int]
    known: Words
    valid: int


class SegmentIndex:
    """Ranks the segments of one class of one bank. Immutable; used by the thread that owns the bank."""

    def __init__(self, columns: IndexColumns, *, blocks: npt.NDArray[np.uint8] | None = None) -> None:
        """Prepare bounds and bit planes.

        Args:
            columns: the segments.
            blocks: (128, N) uint8, what `block_counts` returns for them, where it is at hand.
        """
        self.columns = columns
        self._blocks = block_counts(columns.bits) if blocks is None else blocks
        self._plane_count = max(1, _codes(columns.contexts).max(initial=0).item().bit_length())
        self._planes = _bit_planes(_codes(columns.contexts), self._plane_count)
        left, right = columns.rects[2], columns.rects[3]
        self._column_words = _ones(right) & ~_ones(left)
        self._rects = columns.rects.astype(np.int16)

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self.columns.keys)

    def key(self, row: int) -> str:
        """Return the key of the segment in a row."""
        return self.columns.keys[row].decode()

    def row(self, key: str) -> int | None:
        """Return the row of a segment, or None."""
        row = int(np.searchsorted(self.columns.keys, key.encode()))
        return row if row < len(self) and self.key(row) == key else None

    def source_row(self, row: int) -> int:
        """Return which source the segment in a row lies in: a position among the bank's sources."""
        return int(self.columns.source_rows[row])

    def search(
        self,
        mask_bits: npt.NDArray[np.uint8],
        context: npt.NDArray[np.uint8],
        valid_cells: int,
        *,
        top_k: int,
        allowed_sources: npt.NDArray[np.bool_] | None = None,
    ) -> list[Hit]:
        """Return the best segments by mask IoU + context IoU, best first, ties to the lower key.

        Args:
            mask_bits: (1024,) uint8 packed mask grid of the region.
            context: (32, 64) uint8 surroundings in ids of the bank's table; VOID where void or of a class it lacks.
            valid_cells: the region's context cells that are not void, those of classes the bank lacks included.
            top_k: at most so many.
            allowed_sources: (S,) bool over the bank's sources, None for all.
        """
        if not len(self) or top_k < 1:
            return []
        query = self._query(mask_bits, context, valid_cells)
        bounds = self._upper_bounds(query)
        if allowed_sources is not None:
            bounds[~allowed_sources[self.columns.source_rows]] = -1
        rows = self._contenders(query, bounds, top_k)
        mask_iou, context_iou = self._scores(query, rows)
        order = np.lexsort((rows, -(mask_iou + context_iou)))[:top_k]
        return [Hit(int(rows[i]), float(mask_iou[i]), float(context_iou[i])) for i in order]

    def _contenders(self, query: _Query, bounds: npt.NDArray[np.float32], top_k: int) -> npt.NDArray[np.intp]:
        """Return the rows that may be among the best ``top_k``: all whose bound reaches what so many surely reach."""
        likely = _likely_rows(bounds, _FIRST_LOOK * top_k)
        threshold = np.float32(0)
        if len(likely) >= top_k:
            scores = np.add(*self._scores(query, likely))
            threshold = np.float32(np.partition(scores, -top_k)[-top_k]) - _MARGIN
        if threshold > 0:
            return np.flatnonzero(bounds >= threshold)
        rows, nowhere_near = np.flatnonzero(bounds > 0), np.flatnonzero(bounds == 0)[:top_k]
        return np.sort(np.concatenate([rows, nowhere_near]))

    def _query(self, mask_bits: npt.NDArray[np.uint8], context: npt.NDArray[np.uint8], valid_cells: int) -> _Query:
        words = np.ascontiguousarray(mask_bits).view(np.uint64)
        used = np.flatnonzero(words)
        first, last = (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)
        known = context != VOID
        rows, columns = np.flatnonzero(known.any(1)), np.flatnonzero(known.any(0))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
        left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 0)
        window = slice(top, bottom)
        codes = np.where(known, context, 0)
        reachable = known & (codes < (1 << self._plane_count) - 1)
        return _Query(
            words=words,
            first_word=first,
            last_word=last,
            cells=int(np.bitwise_count(words).sum()),
            blocks=block_counts(words[None])[:, 0],
            planes=_bit_planes(codes[None] + np.uint16(1), self._plane_count)[0, window],
            rows=window,
            columns=(left, right),
            known=_pack_rows(reachable[None])[0, window],
            valid=valid_cells,
        )

    def _upper_bounds(self, query: _Query) -> npt.NDArray[np.float32]:
        """Return (N,) float32, never below the true score."""
        used = np.flatnonzero(query.blocks)
        columns = self.columns
        common = np.zeros(len(self), np.uint16)
        for i in range(0, len(used), 3):  # three counts of at most 64 fit a byte
            part = np.minimum(self._blocks[used[i]], query.blocks[used[i]])
            for block in used[i + 1 : i + 3]:
                part += np.minimum(self._blocks[block], query.blocks[block])
            common += part
        masks = _quotients(common.astype(np.int32), columns.cells + query.cells)
        top, bottom, left, right = self._rects
        rows = np.minimum(bottom, query.rows.stop) - np.maximum(top, query.rows.start)
        width = np.minimum(right, query.columns[1]) - np.maximum(left, query.columns[0])
        overlap = np.maximum(rows, 0).astype(np.int32) * np.maximum(width, 0)
        overlap = np.minimum(overlap, np.minimum(columns.valid, query.valid))
        return masks + _quotients(overlap, columns.valid + query.valid)

    def _scores(
        self, query: _Query, rows: npt.NDArray[np.intp]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return exact mask and context IoU of some rows."""
        columns = self.columns
        common = np.zeros(len(rows), np.int64)
        matches = np.zeros(len(rows), np.int64)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            common[start : start + _CHUNK] = self._common_cells(query, part)
            matches[start : start + _CHUNK] = self._matches(query, part)
        return (
            _exact_quotients(common, columns.cells[rows] + query.cells),
            _exact_quotients(matches, columns.valid[rows] + query.valid),
        )

    def _common_cells(self, query: _Query, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        span = slice(query.first_word, query.last_word)
        common = self.columns.bits[rows, span] & query.words[span]
        return np.bitwise_count(common).sum(1, dtype=np.int64)

    def _matches(self, query: _Query, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.int64]:
        """Count the cells where both have the same class, inside both rectangles."""
        sources = self.columns.source_rows[rows]
        planes = self._planes[sources, query.rows]  # (n, rows, planes)
        equal = np.bitwise_and.reduce(~(planes ^ query.planes), axis=2) & query.known
        top, bottom = self._rects[0][rows, None], self._rects[1][rows, None]
        at = np.arange(query.rows.start, query.rows.stop, dtype=np.int16)
        counts = np.bitwise_count(equal & self._column_words[rows, None])
        return (counts * ((at >= top) & (at < bottom))).sum(1, dtype=np.int64)


def _likely_rows(bounds: npt.NDArray[np.float32], count: int) -> npt.NDArray[np.intp]:
    """Return about ``count`` rows, or more, of the largest positive bounds, rising."""
    best = bounds.max(initial=0)
    for share in (0.8, 0.6, 0.4, 0.2):
        rows = np.flatnonzero(bounds > share * best)
        if len(rows) >= count:
            part = np.argpartition(bounds[rows], -count)[-count:]
            return np.sort(rows[part])
    return np.flatnonzero(bounds > 0)[:count]


def block_counts(bits: Words) -> npt.NDArray[np.uint8]:
    """Return the set cells of every 8x8 block of mask grids, (128, N) uint8, from (N, 128) uint64."""
    blocks = np.empty((_BLOCKS[0] * _BLOCKS[1], len(bits)), np.uint8)
    for start in range(0, len(bits), _CHUNK):
        part = np.ascontiguousarray(bits[start : start + _CHUNK]).view(np.uint8)
        counts = np.bitwise_count(part).reshape(len(part), _BLOCKS[0], 8, _BLOCKS[1]).sum(2, dtype=np.uint8)
        blocks[:, start : start + _CHUNK] = counts.reshape(len(part), -1).T
    return blocks


def _codes(contexts: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint16]:
    """Return class id + 1, and 0 for void."""
    return np.where(contexts == VOID, 0, contexts.astype(np.uint16) + 1).astype(np.uint16)


def _pack_rows(cells: npt.NDArray[np.bool_]) -> Words:
    """Return (n, 32) uint64 from (n, 32, 64) bool, the first cell in the lowest bit."""
    packed = np.packbits(cells, axis=2, bitorder="little")
    return packed.view("<u8").reshape(cells.shape[0], CONTEXT_ROWS).astype(np.uint64, copy=False)


def _bit_planes(codes: npt.NDArray[np.uint16], count: int) -> Words:
    """Return (n, 32, count) uint64: bit b of the codes of every row of 64 cells."""
    planes = np.empty((len(codes), CONTEXT_ROWS, count), np.uint64)
    for plane in range(count):
        planes[:, :, plane] = _pack_rows((codes >> plane & 1).astype(np.bool_))
    return planes


def _ones(count: Counts) -> Words:
    """Return words whose lowest ``count`` bits are set, 0 to 64."""
    words = (np.uint64(1) << np.minimum(count, CONTEXT_COLUMNS - 1).astype(np.uint64)) - np.uint64(1)
    return np.where(count >= CONTEXT_COLUMNS, ~np.uint64(0), words)


def _quotients(common: Counts, total: Counts) -> npt.NDArray[np.float32]:
    union = np.maximum(total - common, 1)
    return common.astype(np.float32) / union.astype(np.float32)


def _exact_quotients(common: npt.NDArray[np.int64], total: Counts) -> npt.NDArray[np.float64]:
    return common / np.maximum(total - common, 1)
