"""What happens to a record when its region moves, or the layout gets another size. Pure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from engine.document.matching import GRID_ROWS, footprint_grid, footprint_of, grid_columns
from engine.document.record import Footprint, RegionRecord, Reveal
from engine.document.reveals import build_reveal, reveal_mask, shifted_reveal
from engine.document.snapshot import MAX_SPILL
from engine.geometry import Size, Theta, compose_affine, frame_to_pixel, pixel_to_frame, round_theta, theta_matrix
from engine.layout import frozen
from engine.regions import Region

_Affine = npt.NDArray[np.float64]


def moved_record(record: RegionRecord, region: Region, dx: int, dy: int, size: Size) -> RegionRecord:
    """Return a record whose region moves: its photograph, the painter's alignment and reveals go along.

    Who moves a region means the photograph in it: from now on it counts as chosen by the painter.

    Args:
        record: the record.
        region: its region before it moves.
        dx: pixels to the right.
        dy: pixels down.
        size: size of the layout.
    """
    target = region.bounds.shifted(dx, dy)
    kept = target.clipped(size)
    footprint = record.footprint
    if kept:
        mask = frozen(region.mask[kept.shifted(-target.left, -target.top).slices].copy())
        there = replace(region, bounds=kept, mask=mask, area_px=int(np.count_nonzero(mask)))
        footprint = footprint_of(there, size) if there.area_px else footprint
    back = np.array([[1.0, 0.0, -dx], [0.0, 1.0, -dy]])
    frame = frame_change(size, size, back)
    reveals = tuple(
        replace(moved, theta=carried_theta(moved.theta, frame))
        for reveal in record.reveals
        if (own := _on_size(reveal, size)) and (moved := shifted_reveal(own, dx, dy, size))
    )
    carried = replace(record, footprint=footprint, theta=carried_theta(record.theta, frame), reveals=reveals)
    return carried if record.choice is None else replace(carried, chosen_by="painter", shuffle=None)


def scaled_record(record: RegionRecord, old: Size, new: Size) -> RegionRecord:
    """Return a record of a layout that is scaled to another size, perhaps of another shape."""
    back = np.array(
        [
            [old.width / new.width, 0.0, 0.5 * old.width / new.width - 0.5],
            [0.0, old.height / new.height, 0.5 * old.height / new.height - 0.5],
        ]
    )
    reveals = tuple(own for reveal in record.reveals if (own := _on_size(reveal, new)))
    return _reframed(record, old, new, back, reveals)


def cropped_record(record: RegionRecord, old: Size, new: Size, offset: tuple[int, int]) -> RegionRecord:
    """Return a record of a layout of which a window is kept, or that grows.

    Args:
        record: the record.
        old: size of the layout so far.
        new: size of the window.
        offset: (x, y) of the window's top left pixel in the old layout; negative where it grows.
    """
    x, y = offset
    back = np.array([[1.0, 0.0, x], [0.0, 1.0, y]])
    reveals = tuple(
        moved
        for reveal in record.reveals
        if (own := _on_size(reveal, old)) and (moved := shifted_reveal(own, -x, -y, new))
    )
    return _reframed(record, old, new, back, reveals)


def frame_change(old: Size, new: Size, pixel_new_to_old: _Affine) -> _Affine:
    """Return the (2, 3) affine from the new picture's frame to the old one's, from that between pixel indices."""
    return compose_affine(pixel_to_frame(old), compose_affine(pixel_new_to_old, frame_to_pixel(new)))


def carried_theta(theta: Theta | None, frame_new_to_old: _Affine) -> Theta | None:
    """Return an alignment that lays the segment on the same pixels in a new frame; None where it gets out of hand."""
    if theta is None:
        return None
    try:
        carried = round_theta(compose_affine(theta_matrix(theta), frame_new_to_old))
    except ValueError:
        return None
    return carried if abs(carried[0] * carried[4] - carried[1] * carried[3]) >= 1e-6 else None


def _reframed(record: RegionRecord, old: Size, new: Size, back: _Affine, reveals: tuple[Reveal, ...]) -> RegionRecord:
    frame = frame_change(old, new, back)
    spill = None if record.spill is None else min(record.spill / float(frame[1, 1]), MAX_SPILL)
    return replace(
        record,
        footprint=_reframed_footprint(record.footprint, old, new, back),
        theta=carried_theta(record.theta, frame),
        spill=spill,
        reveals=tuple(replace(reveal, theta=carried_theta(reveal.theta, frame)) for reveal in reveals),
    )


def _reframed_footprint(footprint: Footprint, old: Size, new: Size, back: _Affine) -> Footprint:
    """Return a footprint on the grid of another picture: a cell is set as the old one under its centre is."""
    if footprint.columns != grid_columns(old):
        return footprint
    columns = grid_columns(new)
    x = (np.arange(columns) + 0.5) * new.width / columns - 0.5
    y = (np.arange(GRID_ROWS) + 0.5) * new.height / GRID_ROWS - 0.5
    old_columns = np.floor((x * back[0, 0] + back[0, 2] + 0.5) * footprint.columns / old.width).astype(int)
    old_rows = np.floor((y * back[1, 1] + back[1, 2] + 0.5) * GRID_ROWS / old.height).astype(int)
    is_known = ((old_rows >= 0) & (old_rows < GRID_ROWS))[:, None] & (
        (old_columns >= 0) & (old_columns < footprint.columns)
    )[None, :]
    known = footprint_grid(footprint)[
        np.ix_(old_rows.clip(0, GRID_ROWS - 1), old_columns.clip(0, footprint.columns - 1))
    ]
    return Footprint(columns, np.packbits(known & is_known).tobytes())


def _on_size(reveal: Reveal, size: Size) -> Reveal | None:
    """Return a reveal whose mask lies on a layout of the given size; None where nothing of it is left."""
    if reveal.size == size:
        return reveal
    return build_reveal(reveal.segment_key, reveal_mask(reveal, size), reveal.theta)
