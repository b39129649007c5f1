"""The colours of the program: two themes of neutral greys with one accent, and the one in use.

Greys carry no hue, so that photographs beside them are judged rightly; the accent marks what is chosen, nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from PySide6.QtGui import QColor


@dataclass(slots=True)
class Theme:
    """Colours as ``#rrggbb``, named for what they are used on; by default the dark ones. GUI thread."""

    window: str = "#262626"
    panel: str = "#2e2e2e"
    field: str = "#222222"
    raised: str = "#3a3a3a"
    hover: str = "#444444"
    pressed: str = "#1f1f1f"
    border: str = "#1b1b1b"
    edge: str = "#484848"
    text: str = "#e2e2e2"
    muted: str = "#b4b4b4"
    disabled: str = "#6f6f6f"
    accent: str = "#4a9eea"
    accent_strong: str = "#2f74b5"
    accent_soft: str = "#2c4860"
    accent_text: str = "#ffffff"
    view: str = "#1d1d1d"
    checker_dark: str = "#4d4d4d"
    checker_light: str = "#585858"
    danger: str = "#ee8078"
    danger_soft: str = "#4a2c2a"
    good: str = "#62b071"

    def wear(self, other: Theme) -> None:
        """Take the colours of another theme; who holds this one sees the new ones."""
        for field in fields(self):
            setattr(self, field.name, getattr(other, field.name))

    def role_of(self, colour: str) -> str | None:
        """Return what a colour is used on in this theme, or None where it is none of the theme's."""
        return next((field.name for field in fields(self) if getattr(self, field.name) == colour), None)


DARK = Theme()
LIGHT = Theme(
    window="#e9e9e9",
    panel="#f3f3f3",
    field="#ffffff",
    raised="#e1e1e1",
    hover="#d6d6d6",
    pressed="#c9c9c9",
    border="#c2c2c2",
    edge="#adadad",
    text="#1c1c1c",
    muted="#525252",
    disabled="#8f8f8f",
    accent="#0b62b3",
    accent_strong="#1268b8",
    accent_soft="#c9dff6",
    accent_text="#fefefe",
    view="#d2d2d2",
    checker_dark="#b4b4b4",
    checker_light="#c0c0c0",
    danger="#a8201a",
    danger_soft="#f6dad7",
    good="#1f6b35",
)
THEME = Theme()
"""The theme in use: the same object for good, so that what draws with it follows a switch."""


def mix(first: str, second: str, share: float) -> str:
    """Return the colour that lies ``share`` of the way from the first to the second, as ``#rrggbb``.

    Raises:
        ValueError: if the share lies outside [0, 1].
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies in [0, 1], not {share}")
    a, b = QColor(first), QColor(second)
    parts = zip((a.red(), a.green(), a.blue()), (b.red(), b.green(), b.blue()), strict=True)
    red, green, blue = (round(x + (y - x) * share) for x, y in parts)
    return f"#{red:02x}{green:02x}{blue:02x}"
