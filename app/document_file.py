"""Opening, saving and exporting documents: plain functions, run in an executor, from frozen values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.classes import ClassTable
from engine.data.layout_file import LayoutFileError, load_layout, save_layout_coloured, save_layout_index, save_rgb
from engine.document.document import Document
from engine.document.project_file import ProjectError, load_project, save_project
from engine.document.snapshot import Snapshot
from engine.pipeline.report import export_text
from engine.pipeline.results import Result

PROJECT_SUFFIX = ".tessera"
LAYOUT_SUFFIX = ".png"

Rgb8 = npt.NDArray[np.uint8]


class FileError(Exception):
    """A document that cannot be opened, saved or exported; the message is one line for the painter."""


@dataclass(frozen=True, eq=False)
class OpenedDocument:
    """A document, the file it came from, and the pictures that lay in the file.

    Attributes:
        document: the document.
        path: its project file, or None before it is saved.
        name: what to call it while it has no project file.
        is_starter: whether it is the layout the program opens with.
        canvas: (h, w, 3) uint8 sRGB the project was saved with, or None.
        image: (h, w, 3) uint8 sRGB the project was saved with, or None.
    """

    document: Document
    path: Path | None = None
    name: str = "Untitled"
    is_starter: bool = False
    canvas: Rgb8 | None = None
    image: Rgb8 | None = None

    @property
    def title(self) -> str:
        """The name of the document."""
        return self.path.stem if self.path is not None else self.name


def open_document(path: Path, table: ClassTable) -> OpenedDocument:
    """Open a project, or a layout PNG in a class table.

    Raises:
        FileError: if it is neither, or broken.
    """
    try:
        if not path.exists():
            raise FileError(f"{path}: there is no such file")
        if path.suffix.lower() == PROJECT_SUFFIX:
            project = load_project(path)
            return OpenedDocument(project.build_document(), path, canvas=project.canvas, image=project.image)
        if path.suffix.lower() == LAYOUT_SUFFIX:
            return OpenedDocument(Document(load_layout(path, table), table), name=path.stem)
    except (ProjectError, LayoutFileError) as error:
        raise FileError(str(error)) from error
    raise FileError(f"{path}: neither a project (.tessera) nor a layout (.png)")


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


def export_pictures(paths: Mapping[str, Path], snapshot: Snapshot, result: Result | None) -> None:
    """Write the pictures asked for; the bytes are those of ``python -m engine synthesize``.

    Args:
        paths: file by kind: ``image``, ``canvas``, ``layout_coloured``, ``layout_index``.
        snapshot: the document.
        result: its FINAL result, needed for image and canvas.

    Raises:
        FileError: if a file cannot be written, or a picture is not made yet.
    """
    for kind, path in paths.items():
        try:
            if kind == "layout_coloured":
                save_layout_coloured(path, snapshot.layout, snapshot.table)
            elif kind == "layout_index":
                save_layout_index(path, snapshot.layout, snapshot.table)
            elif result is None:
                raise FileError(f"{path}: the {kind} is not made yet")
            else:
                picture = result.image if kind == "image" else result.canvas
                save_rgb(path, picture, export_text(result, snapshot.settings))
        except OSError as error:
            raise FileError(f"{path}: not written: {error.strerror or error}") from error
