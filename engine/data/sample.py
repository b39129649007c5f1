"""One photograph with its layout: what importers yield and what the bank, training and evaluation read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.layout import Layout

Rgb8 = npt.NDArray[np.uint8]


class SampleError(Exception):
    """One photograph or layout that cannot be used; named, skipped and counted by whoever iterates."""

    def __init__(self, name: str, reason: str) -> None:
        """Name the file and the reason."""
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


@dataclass(frozen=True)
class Provenance:
    """Where a photograph comes from.

    Attributes:
        dataset: name of the data set or collection.
        file: path inside it, with forward slashes.
        group: video drive or scene; photographs of one group are never candidates for one another in training.
        author: who made it, empty where unknown.
        licence: under which terms, empty where unknown.
    """

    dataset: str
    file: str
    group: str = ""
    author: str = ""
    licence: str = ""


@dataclass(frozen=True, eq=False)
class Sample:
    """One photograph with its layout.

    Attributes:
        name: file stem, unique within its data set.
        rgb: (H, W, 3) uint8 sRGB.
        layout: the layout, of the same size.
        provenance: where it comes from.
        photograph_bytes: the encoded file the pixels were read from (JPEG, PNG or WebP).
        depth_m: (H, W) float32 metres, 0 where unknown, or None.
    """

    name: str
    rgb: Rgb8
    layout: Layout
    provenance: Provenance
    photograph_bytes: bytes = field(repr=False)
    depth_m: npt.NDArray[np.float32] | None = None


class Importer(Protocol):
    """Reads one data set. `names` lists what is there; `load` reads one and raises `SampleError`."""

    @property
    def table(self) -> ClassTable:
        """The class table its ids are mapped to."""
        ...

    def names(self) -> list[str]:
        """Return the names of all samples, sorted."""
        ...

    def load(self, name: str) -> Sample:
        """Read one sample.

        Raises:
            SampleError: if its photograph or layout is broken, or they do not belong together.
        """
        ...


class ImporterFactory(Protocol):
    """Makes an importer from a data set's root folder and a split."""

    def __call__(self, root: Path, split: str | None) -> Importer:
        """Open the data set.

        Raises:
            SampleError: if the root holds no such data set or split.
        """
        ...


def iterate_samples(importer: Importer, skipped: list[SampleError]) -> Iterator[Sample]:
    """Yield every sample that can be read; append the rest to ``skipped``."""
    for name in importer.names():
        try:
            yield importer.load(name)
        except SampleError as error:
            skipped.append(error)
