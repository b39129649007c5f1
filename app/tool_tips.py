"""Tool tips that name the shortcut of their action, and follow it when it changes."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.shortcuts import ShortcutBook

TEXT_PROPERTY = "tip_text"
ACTION_PROPERTY = "tip_action"


def set_tool_tip(widget: QWidget, text: str, action_name: str) -> None:
    """Explain a widget; the shortcut of an action is put behind it, now or once the widget is in a window."""
    widget.setProperty(TEXT_PROPERTY, text)
    widget.setProperty(ACTION_PROPERTY, action_name)
    shortcuts = _shortcuts_above(widget)
    widget.setToolTip(text if shortcuts is None else _with_key(text, shortcuts, action_name))


def show_shortcuts(root: QWidget, shortcuts: ShortcutBook) -> None:
    """Write the shortcuts as they are now into the tool tips of all widgets below a root."""
    for widget in root.findChildren(QWidget):
        action_name = widget.property(ACTION_PROPERTY)
        if action_name:
            widget.setToolTip(_with_key(str(widget.property(TEXT_PROPERTY)), shortcuts, str(action_name)))


def _shortcuts_above(widget: QWidget) -> ShortcutBook | None:
    """Return the shortcuts of the window a widget is in, or of the window that one belongs to."""
    above: QWidget | None = widget
    while above is not None:
        shortcuts = getattr(above, "shortcuts", None)
        if isinstance(shortcuts, ShortcutBook):
            return shortcuts
        above = above.parentWidget()
    return None


def _with_key(text: str, shortcuts: ShortcutBook, action_name: str) -> str:
    key = shortcuts.text_of(action_name)
    return f"{text} ({key})" if key else text
