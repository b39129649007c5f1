"""Opening, saving and exporting documents: plain functions, run in an executor, from frozen values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable, builtin_class_tables
from engine.data.image_file import ImageError, read_file
from engine.data.layout_file import ForeignLayoutError, LayoutFileError, choose_table, load_layout
from engine.document.document import Document
from engine.document.project_file import ProjectError, load_project, save_project
from engine.document.snapshot import Snapshot
from engine.document.underlay_file import Underlay, build_underlay
from engine.geometry import Size
from engine.layout import Layout
from engine.pipeline.results import Result

PROJECT_SUFFIX = ".tessera"
LAYOUT_SUFFIX = ".png"
PHOTOGRAPH_SUFFIXES = (".jpg", ".jpeg", ".webp")
LEAST_SIDE_PX = 8
PHOTOGRAPH_SIDE_PX = 1024
"""The longer side of a document that is opened over a photograph, unless that is smaller."""

Rgb8 = npt.NDArray[np.uint8]


class FileError(Exception):
    """A document that cannot be opened, saved or exported; the message is one line for the painter."""


class ForeignFileError(FileError):
    """A layout in ids or colours of somebody else: it can be imported with a mapping."""


@dataclass(frozen=True, eq=False)
class OpenedDocument:
    """A document, the file it came from, and the pictures that lay in the file.

    Attributes:
        document: the document.
        path: its project file, or None before it is saved.
        name: what to call it while it has no project file.
        canvas: (h, w, 3) uint8 sRGB the project was saved with, or None.
        image: (h, w, 3) uint8 sRGB the project was saved with, or None.
    """

    document: Document
    path: Path | None = None
    name: str = "Untitled"
    canvas: Rgb8 | None = None
    image: Rgb8 | None = None

    @property
    def title(self) -> str:
        """The name of the document."""
        return self.path.stem if self.path is not None else self.name


def open_document(path: Path, table: ClassTable, *others: ClassTable) -> OpenedDocument:
    """Open a project, a layout PNG, or an empty layout over a photograph.

    Args:
        path: the file.
        table: the class table of what is opened, unless it tells its own.
        others: tables, beside the built-in ones, that a layout PNG is read in where it has their colours.

    Raises:
        ForeignFileError: if it is a layout of another class table.
        FileError: if it is none of them, or broken.
    """
    try:
        if not path.exists():
            raise FileError(f"{path}: there is no such file")
        if path.suffix.lower() == PROJECT_SUFFIX:
            project = load_project(path)
            return OpenedDocument(
                project.build_document(),
                path,
                canvas=project.canvas,
                image=project.image,
            )
        if path.suffix.lower() == LAYOUT_SUFFIX:
            table = choose_table(path, (table, *others, *builtin_class_tables()))
            return OpenedDocument(Document(load_layout(path, table), table), name=path.stem)
        if path.suffix.lower() in PHOTOGRAPH_SUFFIXES:
            return _over_photograph(build_underlay(read_file(path), path.stem), table)
    except ImageError as error:
        raise FileError(f"{path}: {error}") from error
    except ForeignLayoutError as error:
        raise ForeignFileError(str(error)) from error
    except (ProjectError, LayoutFileError) as error:
        raise FileError(str(error)) from error
    raise FileError(f"{path}: neither a project (.tessera), a layout (.png) nor a photograph (.jpg, .webp)")


def _over_photograph(underlay: Underlay, table: ClassTable) -> OpenedDocument:
    """Return an empty document of a photograph's proportions, with the photograph under it."""
    height, width = underlay.rgb.shape[:2]
    scale = min(1.0, PHOTOGRAPH_SIDE_PX / max(width, height))
    size = Size(max(LEAST_SIDE_PX, round(width * scale)), max(LEAST_SIDE_PX, round(height * scale)))
    return OpenedDocument(Document(Layout.blank(size), table, underlay=underlay), name=underlay.name)


def save_document(path: Path, snapshot: Snapshot, result: Result | None) -> None:
    """Save a project whole, with the pictures of its result; the old file stays on any failure.

    Raises:
        FileError: if it cannot be written.
    """
    try:
        save_project(
            path,
            snapshot,
            canvas=None if result is None else result.canvas,
            image=None if result is None else result.image,
        )
    except ProjectError as error:
        raise FileError(str(error)) from error
