"""The documents opened and saved last, and their menu."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu, QWidget

RECENT = "files/recent"
MAX_RECENT = 12


class RecentFiles:
    """Remembers paths, the latest first. GUI thread."""

    def __init__(self, preferences: QSettings) -> None:
        """Keep them in preferences."""
        self._preferences = preferences

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths, also of files that are gone."""
        raw = self._preferences.value(RECENT, [])
        names = [raw] if isinstance(raw, str) else raw if isinstance(raw, list) else []
        return tuple(Path(name) for name in names if isinstance(name, str) and name)[:MAX_RECENT]

    def add(self, path: Path) -> None:
        """Put a path first."""
        path = path.expanduser().absolute()
        self._write((path, *(other for other in self.paths if other != path)))

    def remove(self, path: Path) -> None:
        """Forget a path."""
        self._write(tuple(other for other in self.paths if other != path))

    def remove_missing(self) -> None:
        """Forget the files that are gone."""
        self._write(tuple(path for path in self.paths if path.is_file()))

    def clear(self) -> None:
        """Forget all."""
        self._write(())

    def _write(self, paths: tuple[Path, ...]) -> None:
        self._preferences.setValue(RECENT, [str(path) for path in paths[:MAX_RECENT]])


class RecentMenu(QMenu):
    """Lists recent files; those that are gone are greyed and say so."""

    def __init__(self, recent: RecentFiles, open_path: Callable[[Path], object], parent: QWidget | None = None) -> None:
        """List files; ``open_path`` opens the one chosen."""
        super().__init__("Open &recent", parent)
        self._recent = recent
        self._open_path = open_path
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self.fill)
        self.fill()

    def fill(self) -> None:
        """List the files as they are now."""
        self.clear()
        paths = self._recent.paths
        names = [path.name for path in paths]
        has_missing = False
        for number, path in enumerate(paths, start=1):
            name = path.name if names.count(path.name) == 1 else f"{path.name}  ({path.parent.name})"
            is_there = path.is_file()
            has_missing |= not is_there
            mnemonic = f"&{number}  " if number < 10 else "     "
            text = mnemonic + name.replace("&", "&&") + ("" if is_there else "  (missing)")
            action = self.addAction(text, partial(self._open_path, path))
            action.setEnabled(is_there)
            action.setToolTip(str(path))
        if not paths:
            self.addAction("Nothing opened yet").setEnabled(False)
            return
        self.addSeparator()
        if has_missing:
            self.addAction("Forget missing files", self._recent.remove_missing)
        self.addAction("Clear the list", self._recent.clear)
