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
    shortcuts = getattr(widget.window(), "shortcuts", None)
    widget.setToolTip(_with_key(text, shortcuts, action_name) if isinstance(shortcuts, ShortcutBook) else text)


def show_shortcuts(root: QWidget, shortcuts: ShortcutBook) -> None:
    """Write the shortcuts as they are now into the tool tips of all widgets below a root."""
    for widget in root.findChildren(QWidget):
        action_name = widget.property(ACTION_PROPERTY)
        if action_name:
            widget.setToolTip(_with_key(str(widget.property(TEXT_PROPERTY)), shortcuts, str(action_name)))


def _with_key(text: str, shortcuts: ShortcutBook, action_name: str) -> str:
    key = shortcuts.text_of(action_name)
    return f"{text} ({key})" if key else text
