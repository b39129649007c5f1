"""A folder of one's own photographs with layouts.

``photographs/NAME.jpg`` (jpeg, png, webp), ``layouts/NAME.png`` (8-bit ids, grey or indexed, 255 is void),
``classes.toml``; where they exist also ``instances/NAME.png`` (16-bit, 0 for none), ``depth/NAME.png`` (16-bit: 5000
times the natural logarithm of metres, 0 unknown, any size of the same proportions) and ``sources.toml`` (one table per
NAME with ``author``, ``licence``, ``group``, ``file``). ``classes.toml`` may name ``dataset``, ``author`` and
``licence`` of all. A photograph without a group is a group of its own.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.classes import ClassTable, ClassTableError, load_class_table
from engine.data.image_file import ImageError, read_file
from engine.data.importers.reading import (
    list_stems,
    read_depth,
    read_instance_ids,
    read_layout_ids,
    read_photograph,
)
from engine.data.sample import Provenance, Sample, SampleError
from engine.layout import Layout

PHOTOGRAPH_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
_MAX_TEXT_BYTES = 16 * 1024 * 1024


class FolderImporter:
    """Reads photographs and layouts of the same name from one folder."""

    def __init__(self, root: Path, split: str | None) -> None:
        """List the photographs and read the class table.

        Raises:
            SampleError: if the folder holds no photographs or no class table, or a split is asked for.
        """
        if split is not None:
            raise SampleError(split, "a folder of photographs has no splits")
        self._root = root
        self._names = list_stems(root / "photographs", PHOTOGRAPH_SUFFIXES)
        photographs = (root / "photographs").iterdir()
        self._files = {p.stem: p.name for p in photographs if p.suffix.lower() in PHOTOGRAPH_SUFFIXES}
        header = _read_toml(root, "classes.toml")
        self._table = _read_table(root, header)
        self._dataset = str(header.get("dataset", root.resolve().name))
        self._defaults = {k: header[k] for k in ("author", "licence") if k in header}
        self._sources = _read_toml(root, "sources.toml") if (root / "sources.toml").exists() else {}

    @property
    def table(self) -> ClassTable:
        """The table of ``classes.toml``."""
        return self._table

    def names(self) -> list[str]:
        """Return the names of all photographs, sorted."""
        return list(self._names)

    def load(self, name: str) -> Sample:
        """Read one photograph with its layout, instances and depth.

        Raises:
            SampleError: if a file of it is broken, or they do not belong together.
        """
        root, photograph_file, layout_file = self._root, f"photographs/{self._files[name]}", f"layouts/{name}.png"
        data, rgb = read_photograph(root, photograph_file)
        shape = rgb.shape[:2]
        ids = read_layout_ids(root, layout_file, shape)
        unknown = self._table.unknown_ids(ids)
        if unknown:
            raise SampleError(layout_file, f"id outside the table: {', '.join(map(str, sorted(unknown)))}")
        layout = Layout.from_classes(ids)
        if (root / f"instances/{name}.png").exists():
            layout = Layout(ids, read_instance_ids(root, f"instances/{name}.png", shape))
        depth_m = read_depth(root, f"depth/{name}.png", shape) if (root / f"depth/{name}.png").exists() else None
        return Sample(name, rgb, layout, self._provenance(name, photograph_file), data, depth_m)

    def _provenance(self, name: str, file: str) -> Provenance:
        own = self._sources.get(name, {})
        given = {**self._defaults, **(own if isinstance(own, dict) else {})}
        return Provenance(
            dataset=self._dataset,
            file=str(given.get("file", file)),
            group=str(given.get("group", name)),
            author=str(given.get("author", "")),
            licence=str(given.get("licence", "")),
        )


def _read_toml(root: Path, file: str) -> dict[str, Any]:
    try:
        data = read_file(root / file)
        if len(data) > _MAX_TEXT_BYTES:
            raise ImageError("larger than 16 MB")
        return tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise SampleError(str(root / file), str(error)) from None


def _read_table(root: Path, header: dict[str, Any]) -> ClassTable:
    """Read ``classes.toml``; explicit ids must equal positions, or colours would silently become other classes."""
    file = root / "classes.toml"
    try:
        table = load_class_table(file)
    except ClassTableError as error:
        raise SampleError(str(file), str(error).removeprefix(f"{file}: ")) from None
    entries = header.get("classes", header.get("class", []))
    if any(entry.get("id", position) != position for position, entry in enumerate(entries)):
        raise SampleError(str(file), "ids must count up from 0 in the order of the classes")
    if "key" in header:
        return table
    name = root.resolve().name
    return replace(table, key=re.sub(r"[^a-z0-9_]+", "_", name.lower()) or "folder", name=name)
