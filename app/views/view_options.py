"""What the views show beside their pictures: outlines, names, grid, and how opaque things are."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

PREFIX = "views/"


@dataclass(frozen=True, slots=True)
class Options:
    """Everything a painter may switch.

    Attributes:
        outlines: lines where one region ends and another begins.
        names: the class of every region, written into it.
        pixel_grid: lines between layout pixels at high zoom.
        underlay: the photograph under the layout.
        layout_opacity: of the layout over what lies under it in its view, in [0, 1].
        overlay_opacity: of the layout laid over canvas and image, in [0, 1].
    """

    outlines: bool = False
    names: bool = False
    pixel_grid: bool = True
    underlay: bool = True
    layout_opacity: float = 1.0
    overlay_opacity: float = 0.0


class ViewOptions(QObject):
    """The options of all views, remembered in the preferences. GUI thread. Emits `changed` after each change."""

    changed = Signal()

    def __init__(self, preferences: QSettings | None = None, parent: QObject | None = None) -> None:
        """Read the options from preferences, or start with the defaults."""
        super().__init__(parent)
        self._preferences = preferences
        self._options = Options() if preferences is None else _read(preferences)

    @property
    def now(self) -> Options:
        """The options as they are."""
        return self._options

    def change(self, **changes: Any) -> None:
        """Change options by name; opacities are brought into [0, 1]."""
        options = replace(self._options, **changes)
        options = replace(
            options,
            layout_opacity=min(1.0, max(0.0, options.layout_opacity)),
            overlay_opacity=min(1.0, max(0.0, options.overlay_opacity)),
        )
        if options == self._options:
            return
        self._options = options
        if self._preferences is not None:
            for field in fields(options):
                self._preferences.setValue(PREFIX + field.name, getattr(options, field.name))
        self.changed.emit()


def _read(preferences: QSettings) -> Options:
    """Return stored options; what is missing or makes no sense has its default."""
    defaults, found = Options(), dict[str, Any]()
    for field in fields(defaults):
        stored = preferences.value(PREFIX + field.name)
        if isinstance(getattr(defaults, field.name), bool):
            found[field.name] = {"true": True, "false": False}.get(str(stored).lower(), getattr(defaults, field.name))
            continue
        try:
            value = float(str(stored))
        except ValueError:
            continue
        if 0.0 <= value <= 1.0:
            found[field.name] = value
    return replace(defaults, **found)
