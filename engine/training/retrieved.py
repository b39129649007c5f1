"""Really retrieved canvases: what the pipeline composes for the layouts of photographs, of other photographs only.

A simulated canvas agrees with its photograph wherever it shows something; a retrieved one does not, and that is what f
meets in the app: other light, other shapes, seams. After RESAIL (Shi et al. 2022), trained on both.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.classes import ClassTable
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.layout import Layout
from engine.pipeline.canvas import Canvas
from engine.pipeline.pipeline import Pipeline
from engine.training.photographs import Photograph, Photographs

Compose = Callable[[Layout, tuple[str, str]], Canvas]
"""Composes the canvas of a layout without segments of one group (data set, drive or scene)."""


class RetrievedCanvases:
    """The retrieved canvas of every photograph, made when it is first asked for. Used by one thread at a time."""

    def __init__(self, photographs: Photographs, compose: Compose) -> None:
        """Compose nothing yet."""
        self._photographs = photographs.items
        self._compose = compose
        self._canvases: dict[int, Canvas] = {}

    def __len__(self) -> int:
        """Return the number of photographs."""
        return len(self._photographs)

    def get(self, number: int) -> tuple[Canvas, Photograph]:
        """Return the canvas of a photograph's layout, and the photograph."""
        photograph = self._photographs[number]
        if number not in self._canvases:
            self._canvases[number] = self._compose(photograph.layout, photograph.group)
        return self._canvases[number], photograph


class PipelineComposer:
    """Composes canvases with the whole pipeline, from one bank; opened by the thread that composes first."""

    def __init__(self, bank_path: Path, table: ClassTable, weights: Path | None) -> None:
        """Open nothing yet.

        Args:
            bank_path: the bank where segments come from.
            table: classes of the layouts.
            weights: folder of the networks; None for those that ship with Tessera.
        """
        self._path, self._table, self._weights = bank_path, table, weights
        self._pipeline: Pipeline | None = None

    def __call__(self, layout: Layout, group: tuple[str, str]) -> Canvas:
        """Return the canvas of a layout, without segments of a group.

        Raises:
            CheckpointError: if the networks cannot be used.
        """
        if self._pipeline is None:
            self._pipeline = Pipeline(weights=self._weights, device="cpu", banks=[self._path])
        snapshot = Document(layout, self._table).snapshot(Quality.FINAL)
        result = self._pipeline.run(snapshot, excluded_groups=frozenset({group}))
        return Canvas(result.canvas, result.presence, result.segment_index)
