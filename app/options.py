"""What the painter set once for every document, kept in the preferences."""

from __future__ import annotations

import os

from PySide6.QtCore import QObject, QSettings, Signal

THEMES = ("dark", "light", "system")
DEVICES = ("auto", "cpu", "cuda")
MAX_HISTORY_MB = 4096
MIN_HISTORY_MB = 32
DEFAULT_HISTORY_MB = 256
MAX_THREADS = os.cpu_count() or 1
PREFIX = "options/"


class Options(QObject):
    """Reads and writes the preferences as values of their own types; what was tampered with counts as never set.

    GUI thread. Emits `changed` with the name of an option after it changed.
    """

    changed = Signal(str)

    def __init__(self, preferences: QSettings, parent: QObject | None = None) -> None:
        """Read from preferences, and write to them."""
        super().__init__(parent)
        self._preferences = preferences

    @property
    def preferences(self) -> QSettings:
        """Where everything that is remembered lies."""
        return self._preferences

    @property
    def theme(self) -> str:
        """How the program is dressed: ``dark``, ``light``, or as the ``system`` is."""
        return self._one_of("theme", THEMES)

    def set_theme(self, theme: str) -> None:
        """Dress the program in another way.

        Raises:
            ValueError: if there is no such theme.
        """
        if theme not in THEMES:
            raise ValueError(f"there is no theme {theme!r}: {', '.join(THEMES)}")
        self._set("theme", theme)

    @property
    def hatch(self) -> bool:
        """Whether classes whose colours are hard to tell apart are hatched."""
        return self._flag("hatch", default=False)

    def set_hatch(self, hatch: bool, /) -> None:
        """Hatch classes whose colours are hard to tell apart, or do not."""
        self._set("hatch", hatch)

    @property
    def pressure(self) -> bool:
        """Whether a pen's pressure changes the size of the brush."""
        return self._flag("pressure", default=True)

    def set_pressure(self, pressure: bool, /) -> None:
        """Let a pen's pressure change the size of the brush, or do not."""
        self._set("pressure", pressure)

    @property
    def preview(self) -> bool:
        """Whether a coarse picture is shown while painting."""
        return self._flag("preview", default=True)

    def set_preview(self, preview: bool, /) -> None:
        """Show a coarse picture while painting, or do not."""
        self._set("preview", preview)

    @property
    def threads(self) -> int:
        """How many threads the engine computes with; 0 leaves it to the engine."""
        return self._number("threads", 0, 0, MAX_THREADS)

    def set_threads(self, threads: int) -> None:
        """Compute with so many threads; 0 leaves it to the engine."""
        self._set("threads", min(max(threads, 0), MAX_THREADS))

    @property
    def history_mb(self) -> int:
        """Memory the history may take, in megabytes."""
        return self._number("history_mb", DEFAULT_HISTORY_MB, MIN_HISTORY_MB, MAX_HISTORY_MB)

    def set_history_mb(self, history_mb: int) -> None:
        """Let the history take so much memory, in megabytes."""
        self._set("history_mb", min(max(history_mb, MIN_HISTORY_MB), MAX_HISTORY_MB))

    @property
    def device(self) -> str:
        """What the networks shall run on: ``auto``, ``cpu`` or ``cuda``."""
        return self._one_of("device", DEVICES)

    def set_device(self, device: str) -> None:
        """Run the networks on another device.

        Raises:
            ValueError: if there is no such choice.
        """
        if device not in DEVICES:
            raise ValueError(f"there is no device {device!r}: {', '.join(DEVICES)}")
        self._set("device", device)

    def _one_of(self, name: str, choices: tuple[str, ...]) -> str:
        stored = self._preferences.value(PREFIX + name, choices[0])
        return next((choice for choice in choices if choice == stored), choices[0])

    def _flag(self, name: str, *, default: bool) -> bool:
        stored = self._preferences.value(PREFIX + name, default)
        return {"true": True, "false": False}.get(str(stored).lower(), default)

    def _number(self, name: str, default: int, least: int, most: int) -> int:
        text = str(self._preferences.value(PREFIX + name, default))
        return min(max(int(text), least), most) if text.isascii() and text.isdigit() and len(text) < 10 else default

    def _set(self, name: str, value: bool | int | str) -> None:
        before = getattr(self, name)
        self._preferences.setValue(PREFIX + name, value)
        if getattr(self, name) != before:
            self.changed.emit(name)
