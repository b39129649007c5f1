"""CamVid street scenes in SegNet's eleven-class version.

``ROOT/train/NAME.jpg`` with ``ROOT/trainannot/NAME.png`` (8-bit ids 0 to 10 in the order of the street table, 11 is
void), the same for ``val``. NAME begins with the video drive.

Source: Brostow, Fauqueur, Cipolla, "Semantic object classes in video", Pattern Recognition Letters 2009;
Badrinarayanan, Kendall, Cipolla, "SegNet", PAMI 2017.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from engine.classes import VOID, ClassTable, builtin_class_table
from engine.data.importers.reading import list_stems, read_layout_ids, read_photograph
from engine.data.sample import Provenance, Sample, SampleError
from engine.layout import Layout

CAMVID_VOID = 11
DEV_DRIVE = "0006R0"
SPLITS = ("train", "val", "dev-train", "dev")
_AUTHOR = "Brostow, Fauqueur, Cipolla (University of Cambridge)"
_LICENCE = "research use; see the data set's page"


class CamVidImporter:
    """Reads one split: ``train``, ``val``, ``dev-train`` (train without drive 0006R0) or ``dev`` (that drive)."""

    def __init__(self, root: Path, split: str | None) -> None:
        """List the split; ``None`` is train.

        Raises:
            SampleError: if the root holds no such data set, or there is no such split.
        """
        split = split or "train"
        if split not in SPLITS:
            raise SampleError(split, f"CamVid has no such split: {', '.join(SPLITS)}")
        self._root = root
        self._folder = "val" if split == "val" else "train"
        names = list_stems(root / self._folder, (".jpg",))
        if split in ("dev", "dev-train"):
            names = [n for n in names if (_drive(n) == DEV_DRIVE) == (split == "dev")]
        self._names = names
        self._table = builtin_class_table("street")

    @property
    def table(self) -> ClassTable:
        """The street table."""
        return self._table

    def names(self) -> list[str]:
        """Return the names of all frames, sorted."""
        return list(self._names)

    def load(self, name: str) -> Sample:
        """Read one frame.

        Raises:
            SampleError: if its photograph or layout is broken, or they do not belong together.
        """
        photograph_file = f"{self._folder}/{name}.jpg"
        layout_file = f"{self._folder}annot/{name}.png"
        data, rgb = read_photograph(self._root, photograph_file)
        ids = read_layout_ids(self._root, layout_file, rgb.shape[:2])
        foreign = np.unique(ids[ids > CAMVID_VOID]).tolist()
        if foreign:
            raise SampleError(layout_file, f"id outside the table: {', '.join(map(str, foreign))}")
        ids[ids == CAMVID_VOID] = VOID
        provenance = Provenance("CamVid", photograph_file, _drive(name), _AUTHOR, _LICENCE)
        return Sample(name, rgb, Layout.from_classes(ids), provenance, data)


def _drive(name: str) -> str:
    return name.split("_", 1)[0]
