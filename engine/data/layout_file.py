"""Layouts and pictures as PNG files: what the app opens and exports and the command line reads and writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.classes import VOID, ClassTable
from engine.data.png import GRAY, PngError, PngInfo, read_png, write_indexed_png, write_rgb_png
from engine.layout import MAX_PIXELS, ClassIds, Layout
from engine.whole_file import write_whole

MAX_FILE_BYTES = 64 * 1024 * 1024
_SHOWN = 6

Rgb8 = npt.NDArray[np.uint8]


class LayoutFileError(Exception):
    """A file that is no layout of the class table; the message names the file and says why, in one line."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


class ForeignLayoutError(LayoutFileError):
    """A picture that is sound but holds ids or colours of another table: it can be imported with a mapping."""


def load_layout(path: Path, table: ClassTable) -> Layout:
    """Read a layout from an index PNG or a coloured PNG.

    An 8-bit grey PNG holds class ids. So does an indexed one, unless its palette gives the colours of other classes
    (as an image editor does that has reduced the colours): then, as in an RGB one, every colour must be exactly one
    of the table's. Black is void where no class is black, and so is a fully transparent pixel.

    Args:
        path: the PNG.
        table: says which ids and colours are classes.

    Returns:
        The layout, without instances.

    Raises:
        LayoutFileError: if the file cannot be read, is no PNG, or is too large or too small.
        ForeignLayoutError: if it has ids or colours outside the table, which are named and counted.
    """
    array, info = _read(path)
    if info.colour_type == GRAY and info.bit_depth != 8:
        raise ForeignLayoutError(path, "a 16-bit PNG is no layout: class ids have 8 bits")
    if info.colour_type == GRAY or (info.palette is not None and _are_indices_ids(array, info.palette, table)):
        class_ids = _checked_ids(path, array, table)
    elif info.palette is not None:
        class_ids = _from_colours(path, info.palette[array], table)
    else:
        class_ids = _from_colours(path, _opaque(path, array), table)
    try:
        return Layout.from_classes(class_ids)
    except ValueError as error:
        raise LayoutFileError(path, str(error)) from None


def choose_table(path: Path, tables: Sequence[ClassTable]) -> ClassTable:
    """Return the table a layout was painted in: the first whose colours it has; the first of all where none has them.

    A grey PNG has no colours: it is read in the first.

    Args:
        path: the PNG.
        tables: at least one.

    Raises:
        LayoutFileError: if the file cannot be read, is no PNG, or is too large.
    """
    array, info = _read(path)
    if info.colour_type == GRAY:
        return tables[0]
    if info.palette is not None:
        used = np.unique(array)
        exact = (t for t in tables if np.array_equal(info.palette[used], t.colours()[used]))
        if (table := next(exact, None)) is not None:
            return table
        colours = _colour_keys(info.palette[used])
    else:
        colours = np.unique(_colour_keys(_opaque(path, array)))
    return next((t for t in tables if np.isin(colours, _colour_lookup(t)[0]).all()), tables[0])


def save_layout_index(path: Path, layout: Layout, table: ClassTable) -> None:
    """Write class ids as an indexed PNG whose palette holds the class colours, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    write_whole(path, write_indexed_png(layout.class_ids, table.colours()))


def save_layout_coloured(path: Path, layout: Layout, table: ClassTable) -> None:
    """Write the layout in its class colours as an RGB PNG, void black, whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    write_whole(path, write_rgb_png(table.colours()[layout.class_ids]))


def save_rgb(path: Path, rgb: Rgb8, text: Mapping[str, str] | None = None) -> None:
    """Write a picture as an RGB PNG, whole or not at all; the same pixels and text give the same bytes.

    Args:
        path: where to.
        rgb: (H, W, 3) uint8 sRGB.
        text: text chunks by keyword.

    Raises:
        OSError: if it cannot be written.
    """
    write_whole(path, write_rgb_png(rgb, text))


def _read(path: Path) -> tuple[npt.NDArray[Any], PngInfo]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise LayoutFileError(path, (error.strerror or "cannot be read").lower()) from None
    if len(data) > MAX_FILE_BYTES:
        raise LayoutFileError(path, f"larger than {MAX_FILE_BYTES >> 20} MB")
    try:
        return read_png(data, max_pixels=MAX_PIXELS)
    except PngError as error:
        raise LayoutFileError(path, str(error)) from None


def _checked_ids(path: Path, class_ids: ClassIds, table: ClassTable) -> ClassIds:
    unknown = table.unknown_ids(class_ids)
    if unknown:
        listed = _listing((f"{i} ({count} pixels)", count) for i, count in unknown.items())
        raise ForeignLayoutError(path, f"ids outside the class table {table.key!r} (0 to {len(table) - 1}): {listed}")
    return class_ids


def _are_indices_ids(indices: ClassIds, palette: Rgb8, table: ClassTable) -> bool:
    """Return whether the palette is the table's own, or has colours that are nobody's."""
    used = np.unique(indices)
    shown = palette[used]
    if np.array_equal(shown, table.colours()[used]):
        return True
    keys, _ = _colour_lookup(table)
    return not np.isin(_colour_keys(shown), keys).all()


def _from_colours(path: Path, rgb: Rgb8, table: ClassTable) -> ClassIds:
    keys, ids = _colour_lookup(table)
    pixels = _colour_keys(rgb)
    place = np.minimum(np.searchsorted(keys, pixels), len(keys) - 1)
    is_known = keys[place] == pixels
    if not is_known.all():
        foreign, counts = np.unique(pixels[~is_known], return_counts=True)
        pairs = zip(foreign.tolist(), counts.tolist(), strict=True)
        listed = _listing((f"#{colour:06x} ({count} pixels)", count) for colour, count in pairs)
        raise ForeignLayoutError(path, f"colours outside the class table {table.key!r}: {listed}")
    return ids[place]


def _opaque(path: Path, array: Rgb8) -> Rgb8:
    """Return RGB of RGB or RGBA, fully transparent pixels black."""
    if array.shape[2] == 3:
        return array
    alpha = array[..., 3]
    if ((alpha != 0) & (alpha != 255)).any():
        raise ForeignLayoutError(path, "half-transparent pixels have no class: save it without soft edges")
    return np.where(alpha[..., None] == 0, np.uint8(0), array[..., :3])


def _colour_lookup(table: ClassTable) -> tuple[npt.NDArray[np.uint32], ClassIds]:
    """Return the sorted colours of all classes, and of void where no class is black, and their ids."""
    by_colour = {0: VOID} | {(c.colour[0] << 16) + (c.colour[1] << 8) + c.colour[2]: c.id for c in table}
    ordered = sorted(by_colour.items())
    return np.array([key for key, _ in ordered], np.uint32), np.array([i for _, i in ordered], np.uint8)


def _colour_keys(rgb: Rgb8) -> npt.NDArray[np.uint32]:
    red, green, blue = (rgb[..., i].astype(np.uint32) for i in range(3))
    return (red << np.uint32(16)) | (green << np.uint32(8)) | blue


def _listing(entries: Iterable[tuple[str, int]]) -> str:
    """Name the most frequent entries and count the rest."""
    ordered = sorted(entries, key=lambda entry: -entry[1])
    names = [name for name, _ in ordered[:_SHOWN]]
    return ", ".join(names) + (f" and {len(ordered) - _SHOWN} more" if len(ordered) > _SHOWN else "")
