"""The open memory banks, as the GUI thread knows them; the banks themselves belong to the engine thread."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from app.engine_bridge import EngineBridge
from engine.classes import ClassTable
from engine.service.events import CommandDone

if TYPE_CHECKING:
    from engine.pipeline.pipeline import BankSummary, Pipeline

REMEMBERED_BANKS = "banks/open"


class BankList(QObject):
    """Opens and closes banks on the engine thread and remembers which were open."""

    changed = Signal()
    failed = Signal(str, str)

    def __init__(self, engine: EngineBridge, preferences: QSettings, parent: QObject) -> None:
        """Start without banks; `open_remembered` opens those of the last session."""
        super().__init__(parent)
        self._engine = engine
        self._preferences = preferences
        self._summaries: dict[Path, BankSummary] = {}
        self._opening: dict[int, Path] = {}
        self._closing: dict[int, Path] = {}
        engine.command_done.connect(self._on_command_done)

    @property
    def summaries(self) -> tuple[BankSummary, ...]:
        """What is known of every open bank, in the order they were opened."""
        return tuple(self._summaries.values())

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of the open banks."""
        return tuple(s.digest for s in self._summaries.values())

    @property
    def is_opening(self) -> bool:
        """Whether a bank is being opened."""
        return bool(self._opening)

    def remembered(self) -> tuple[Path, ...]:
        """Return the banks that were open last and still exist."""
        raw = self._preferences.value(REMEMBERED_BANKS, [])
        names = [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else []
        return tuple(path for path in map(Path, names) if path.is_file())

    def open(self, path: Path) -> None:
        """Open a bank; `changed` or `failed` follows."""
        path = path.expanduser().resolve()
        if path in self._summaries or path in self._opening.values():
            return

        def open_bank(pipeline: Pipeline) -> BankSummary:
            return pipeline.open_bank(path)

        self._opening[self._engine.command("open bank", open_bank)] = path

    def close(self, path: Path) -> None:
        """Close a bank; `changed` follows."""
        path = path.expanduser().resolve()
        if path not in self._summaries:
            return

        def close_bank(pipeline: Pipeline) -> None:
            pipeline.close_bank(path)

        self._closing[self._engine.command("close bank", close_bank)] = path

    def counts(self, table: ClassTable) -> dict[str, int]:
        """Return the number of segments the open banks have of each class of a table, by class key."""
        counts: Counter[str] = Counter()
        for summary in self._summaries.values():
            lookup = summary.table.mapping_to(table)
            for entry in summary.counts:
                class_id = int(lookup[entry.id])
                if class_id < len(table):
                    counts[table[class_id].key] += entry.segments
        return dict(counts)

    def _on_command_done(self, done: CommandDone) -> None:
        if (path := self._opening.pop(done.command_id, None)) is not None:
            if done.error:
                self.failed.emit(f"{path.name} could not be opened: {done.error}", done.details)
                self.changed.emit()
                return
            self._summaries[path] = done.value
        elif (path := self._closing.pop(done.command_id, None)) is not None:
            if done.error:
                self.failed.emit(f"{path.name} could not be closed: {done.error}", done.details)
                return
            self._summaries.pop(path, None)
        else:
            return
        self._engine.set_banks(tuple(self._summaries))
        self._preferences.setValue(REMEMBERED_BANKS, [str(p) for p in self._summaries])
        self.changed.emit()
