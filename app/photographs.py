"""One's own photographs: into the painter's own bank and out of it again, on the engine thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QSettings, Signal

from app.bank_list import BankList
from app.engine_answers import EngineAnswers, Failed
from app.engine_bridge import EngineBridge
from engine.bank.personal import DATASET, Added, PersonalBank, Removed, export_bank, personal_bank_path
from engine.bank.schema import BankFormatError
from engine.classes import ClassTable
from engine.data.photograph import Photograph
from engine.data.sample import Provenance, Rgb8, Sample
from engine.layout import Layout

if TYPE_CHECKING:
    from engine.bank.bank import Bank
    from engine.pipeline.pipeline import BankChanged, Pipeline

AUTHOR, LICENCE = "photographs/author", "photographs/licence"
LICENCES = (
    "All rights reserved", "CC0 1.0", "CC BY 4.0", "CC BY-SA 4.0", "CC BY-NC 4.0", "CC BY-NC-SA 4.0", "Public domain",
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class KeptPhotograph:
    """A photograph of the painter's own bank, to be opened again.

    Attributes:
        name: what the bank calls it.
        photograph: its pixels.
        layout: as it was cut out, in ids of ``table``.
        table: the bank's class table.
        provenance: file, author and licence.
    """

    name: str
    photograph: Photograph
    layout: Layout
    table: ClassTable
    provenance: Provenance


class Photographs(QObject):
    """Changes the painter's own bank. GUI thread.

    Emits `added` with what was added, `removed` when something was taken out that `undo_removal` can put back, and
    `failed` with a line for the painter and details.
    """

    added = Signal(object)
    removed = Signal(str)
    restored = Signal()
    failed = Signal(str, str)

    def __init__(self, engine: EngineBridge, banks: BankList, preferences: QSettings, parent: QObject) -> None:
        """Serve a session."""
        super().__init__(parent)
        self._answers = EngineAnswers(engine, self)
        self._banks = banks
        self._preferences = preferences
        self._undo: tuple[str, Removed] | None = None

    @property
    def author(self) -> str:
        """The author of the painter's photographs, as given last."""
        return str(self._preferences.value(AUTHOR, ""))

    @property
    def licence(self) -> str:
        """The licence of the painter's photographs, as given last."""
        return str(self._preferences.value(LICENCE, ""))

    @property
    def removed_name(self) -> str:
        """What was removed last and can be put back, empty for nothing."""
        return "" if self._undo is None else self._undo[0]

    def remember_origin(self, author: str, licence: str) -> None:
        """Offer an author and a licence for the next photograph."""
        self._preferences.setValue(AUTHOR, author)
        self._preferences.setValue(LICENCE, licence)

    def add(
        self,
        photograph: Photograph,
        name: str,
        layout: Layout,
        table: ClassTable,
        *,
        author: str,
        licence: str,
        then: Callable[[Added], object],
        failed: Failed,
    ) -> None:
        """Add a photograph with its layout; one that is there already gets the new layout. `added` follows.

        Args:
            photograph: the photograph.
            name: what the bank calls it.
            layout: of its size.
            table: class table of the layout.
            author: who made it.
            licence: under which terms.
            then: takes what was added.
            failed: takes a line for the painter, and details.
        """
        self.remember_origin(author, licence)
        origin = Provenance(DATASET, photograph.file, author=author, licence=licence)
        sample = Sample(name, photograph.rgb, layout, origin, photograph.data)

        def done(added: Added) -> None:
            self.added.emit(added)
            then(added)

        self._change(f"add {name}", lambda bank: bank.add(sample, table), done, table=table, failed=failed)

    def remove_source(self, source_key: str, name: str) -> None:
        """Take a photograph out of the bank with all its segments; `removed` or `failed` follows."""
        remove = partial(PersonalBank.remove_source, source_key=source_key)
        self._change(f"delete {name}", remove, partial(self._note_removed, name))

    def remove_segment(self, segment_key: str, name: str) -> None:
        """Take a segment out of the bank; `removed` or `failed` follows."""
        remove = partial(PersonalBank.remove_segment, segment_key=segment_key)
        self._change(f"delete {name}", remove, partial(self._note_removed, name))

    def undo_removal(self) -> None:
        """Put back what was removed last; `restored` or `failed` follows."""
        if self._undo is None:
            return
        (name, removed), self._undo = self._undo, None
        self._change(f"put {name} back", lambda bank: bank.restore(removed), lambda _none: self.restored.emit())

    def suggest(self, rgb: Rgb8, table: ClassTable, then: Callable[[Any], object], failed: Failed) -> None:
        """Ask the segmentation network what a photograph shows; ``then`` takes (H, W) uint8 class ids."""

        def suggest(pipeline: Pipeline) -> Any:
            return pipeline.suggest(rgb, table)

        self._answers.command(
            "suggest a layout", suggest, then, lambda message, details: failed(f"No suggestion: {message}", details)
        )

    def open_kept(self, source_key: str, then: Callable[[KeptPhotograph | None], object]) -> None:
        """Read a photograph of the painter's own bank; ``then`` takes it, or None where the bank does not hold it."""
        if self._banks.personal is None:
            then(None)
            return
        self._answers.query(
            personal_bank_path(), partial(read_kept, source_key=source_key), then,
            lambda message, details: self.failed.emit(f"The photograph could not be opened: {message}", details),
        )  # fmt: skip

    async def export(self, path: Path, out_path: Path) -> None:
        """Write a finished copy of a bank elsewhere.

        Raises:
            BankFormatError: if it cannot be read or written.
        """
        await asyncio.get_running_loop().run_in_executor(None, export_bank, path, out_path)

    def _note_removed(self, name: str, removed: Removed) -> None:
        self._undo = (name, removed)
        self.removed.emit(name)

    def _change(
        self,
        name: str,
        change: Callable[[PersonalBank], Any],
        then: Callable[[Any], object],
        *,
        table: ClassTable | None = None,
        failed: Failed | None = None,
    ) -> None:
        path = personal_bank_path()

        def run(pipeline: Pipeline) -> BankChanged:
            return pipeline.change_bank(path, change, table=table)

        def done(changed: BankChanged) -> None:
            self._banks.note_changed(changed.summary)
            then(changed.value)

        tell = self.failed.emit if failed is None else failed
        self._answers.command(name, run, done, lambda message, details: tell(f"Could not {name}: {message}", details))


def read_kept(bank: Bank, source_key: str) -> KeptPhotograph | None:
    """Return a photograph of an open bank, or None where it does not hold it; runs on the reader thread."""
    try:
        source = bank.source(source_key)
    except KeyError:
        return None
    rgb = bank.photograph(source_key)
    photograph = Photograph(source.provenance.file, rgb, bank.photograph_bytes(source_key), source.size)
    return KeptPhotograph(source.name, photograph, bank.layout(source_key), bank.table, source.provenance)


__all__ = ["LICENCES", "BankFormatError", "KeptPhotograph", "Photographs"]
