"""The open memory banks, as the GUI thread knows them; the banks themselves belong to the engine's threads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal

from app.engine_answers import EngineAnswers
from app.engine_bridge import EngineBridge
from engine.bank.bundled import BUNDLED_BANK
from engine.bank.personal import personal_bank_path
from engine.classes import ClassTable

if TYPE_CHECKING:
    from engine.pipeline.pipeline import BankSummary, Pipeline

REMEMBERED_BANKS = "banks/open"
BUNDLED_CLOSED = "banks/bundled_closed"
SWITCHED_OFF = "banks/off"


class BankList(QObject):
    """Opens and closes banks, switches them on and off, and remembers both.

    A bank that is off stays open, so that what was chosen from it is shown, and is not asked for candidates. The
    painter's own bank comes last, and is never closed. The bank that ships with Tessera is open until the painter
    closes it, and then stays closed until it is opened again. Emits `opened` with a path after `changed`.
    """

    changed = Signal()
    opened = Signal(object)
    failed = Signal(str, str)

    def __init__(self, engine: EngineBridge, preferences: QSettings, parent: QObject) -> None:
        """Start without banks; `begin` opens the first."""
        super().__init__(parent)
        self._engine = engine
        self._answers = EngineAnswers(engine, self)
        self._preferences = preferences
        self._summaries: dict[Path, BankSummary] = {}
        self._opening: set[Path] = set()
        self._has_begun = False
        self._off = set(_paths(preferences, SWITCHED_OFF))

    @property
    def summaries(self) -> tuple[BankSummary, ...]:
        """What is known of every open bank, in the order they were opened, the painter's own last."""
        own = personal_bank_path()
        return tuple(sorted(self._summaries.values(), key=lambda summary: summary.path == own))

    @property
    def personal(self) -> BankSummary | None:
        """The painter's own bank, or None while it holds nothing."""
        return self._summaries.get(personal_bank_path())

    @property
    def digests(self) -> tuple[str, ...]:
        """The digests of the banks that are asked for candidates."""
        return tuple(s.digest for s in self._summaries.values() if self.is_on(s.path))

    @property
    def is_expecting(self) -> bool:
        """Whether banks are still to come: the program has not begun yet, or one is being opened."""
        return not self._has_begun or bool(self._opening)

    def label(self, path: Path) -> str:
        """Return what a bank is called in lists: its name, and where others have the same, its file as well."""
        return labels_of({summary.path: summary.name for summary in self._summaries.values()}).get(path, path.stem)

    def is_on(self, path: Path) -> bool:
        """Whether a bank is asked for candidates."""
        return path not in self._off

    def remembered(self) -> tuple[Path, ...]:
        """Return the banks to begin with: the bundled one unless it was closed, and those that were open last."""
        bundled = () if self._preferences.value(BUNDLED_CLOSED, False, bool) else (BUNDLED_BANK,)
        return tuple(path for path in (*bundled, *_paths(self._preferences, REMEMBERED_BANKS)) if path.is_file())

    @property
    def closed_bundled(self) -> Path | None:
        """The bank that ships with Tessera, where it is there, not open and not about to be."""
        path = BUNDLED_BANK.resolve()
        is_closed = path.is_file() and path not in self._summaries and path not in self._opening
        return BUNDLED_BANK if is_closed and self._has_begun else None

    def begin(self, *paths: Path) -> None:
        """Open banks, or else those of `remembered`; and the painter's own, where there is one."""
        self._has_begun = True
        for path in paths or self.remembered():
            self.open(path)
        if personal_bank_path().is_file():
            self.open(personal_bank_path())

    def open(self, path: Path) -> None:
        """Open a bank; `changed` or `failed` follows."""
        path = path.expanduser().resolve()
        if path in self._summaries or path in self._opening:
            return
        is_on = self.is_on(path)

        def open_bank(pipeline: Pipeline) -> BankSummary:
            summary = pipeline.open_bank(path)
            pipeline.set_bank_on(path, is_on)
            return summary

        def failed(message: str, details: str) -> None:
            self._opening.discard(path)
            self.failed.emit(f"{path.name} could not be opened: {message}", details)
            self.changed.emit()

        def opened(summary: BankSummary) -> None:
            self._opening.discard(path)
            self._note_bundled(path, closed=False)
            self.note_changed(summary)
            self.opened.emit(path)

        self._opening.add(path)
        self._answers.command("open bank", open_bank, opened, failed)

    def close(self, path: Path) -> None:
        """Close a bank; `changed` follows."""
        path = path.expanduser().resolve()
        if path not in self._summaries:
            return

        def close_bank(pipeline: Pipeline) -> None:
            pipeline.close_bank(path)

        def closed(_none: None) -> None:
            self._summaries.pop(path, None)
            self._note_bundled(path, closed=True)
            self._tell()

        self._answers.command(
            "close bank", close_bank, closed,
            lambda message, details: self.failed.emit(f"{path.name} could not be closed: {message}", details),
        )  # fmt: skip

    def set_on(self, path: Path, on: bool, /) -> None:
        """Ask a bank for candidates, or keep it open without asking it; `changed` follows."""
        if on == self.is_on(path):
            return
        (self._off.discard if on else self._off.add)(path)
        self._preferences.setValue(SWITCHED_OFF, sorted(map(str, self._off)))

        def switch(pipeline: Pipeline) -> None:
            pipeline.set_bank_on(path, on)

        self._answers.command("switch bank", switch, lambda _none: self.changed.emit(), self.failed.emit)

    def note_changed(self, summary: BankSummary) -> None:
        """Take note of a bank as it is now; `changed` follows."""
        self._summaries[summary.path] = summary
        self._tell()

    def counts(self, table: ClassTable) -> dict[str, int]:
        """Return the number of segments the banks have of each class of a table, by class key; banks that are on.

        A painter's own class finds the segments of the one it looks like, as retrieval does.
        """
        counts: Counter[str] = Counter()
        for summary in self._summaries.values():
            if not self.is_on(summary.path):
                continue
            lookup = table.mapping_to(summary.table)
            segments = {entry.id: entry.segments for entry in summary.counts}
            for info in table:
                if found := segments.get(int(lookup[info.id]), 0):
                    counts[info.key] += found
        return dict(counts)

    def _note_bundled(self, path: Path, *, closed: bool) -> None:
        if path == BUNDLED_BANK.resolve():
            self._preferences.setValue(BUNDLED_CLOSED, closed)

    def _tell(self) -> None:
        remembered_otherwise = (personal_bank_path(), BUNDLED_BANK.resolve())
        self._engine.set_banks(tuple(self._summaries))
        self._preferences.setValue(
            REMEMBERED_BANKS, [str(path) for path in self._summaries if path not in remembered_otherwise]
        )
        self.changed.emit()


def labels_of(names: Mapping[Path, str]) -> dict[Path, str]:
    """Return a label for each path: its name, and before an equal name as much of the path as tells them apart.

    What differs stands first, where a list without room for all of a label still shows it.
    """
    labels: dict[Path, str] = {}
    for path, name in names.items():
        others = [other for other, its_name in names.items() if its_name == name and other != path]
        count = 1
        while any(other.parts[-count:] == path.parts[-count:] for other in others):
            count += 1
        own = Path(*path.parts[-count:]).with_suffix("")
        labels[path] = (str(own) if own.name == name else f"{own} ({name})") if others else name
    return labels


def _paths(preferences: QSettings, key: str) -> tuple[Path, ...]:
    raw = preferences.value(key, [])
    names = [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else []
    return tuple(map(Path, names))
