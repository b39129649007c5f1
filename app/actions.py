"""Every QAction: text, shortcuts, handler."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from app.icons import icon


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes:
        name: what code calls it.
        text: what menus call it.
        shortcuts: key sequences in Qt's portable form; the first is shown in menus.
        handler: called without arguments, or with the new state where checkable.
        is_checkable: whether it is a switch.
        icon_name: its icon, empty for none.
        hint: what it does, for tool tips and the help page; its text where empty.
        is_for_views: whether its shortcuts work in the views only, since other controls need those keys.
    """

    name: str
    text: str
    shortcuts: Sequence[str]
    handler: Callable[..., object]
    is_checkable: bool = False
    icon_name: str = ""
    hint: str = ""
    is_for_views: bool = False


def build_actions(window: QWidget, specs: Sequence[ActionSpec], views: QWidget | None = None) -> dict[str, QAction]:
    """Make the actions of a window; their shortcuts work wherever the focus is inside it, or in its views only.

    Raises:
        ValueError: if two actions share a name or a shortcut.
    """
    actions: dict[str, QAction] = {}
    taken: dict[str, str] = {}
    for spec in specs:
        if spec.name in actions:
            raise ValueError(f"two actions are called {spec.name!r}")
        for shortcut in spec.shortcuts:
            if shortcut in taken:
                raise ValueError(f"{shortcut} belongs to {taken[shortcut]!r} and {spec.name!r}")
            taken[shortcut] = spec.name
        action = QAction(spec.text, window)
        action.setObjectName(spec.name)
        action.setShortcuts([QKeySequence(s, QKeySequence.SequenceFormat.PortableText) for s in spec.shortcuts])
        action.setProperty("title", spec.text)
        action.setProperty("hint", spec.hint)
        action.setCheckable(spec.is_checkable)
        if spec.icon_name:
            action.setIcon(icon(spec.icon_name))
        if spec.is_checkable:
            action.toggled.connect(spec.handler)
        else:
            action.triggered.connect(lambda _checked=False, handler=spec.handler: handler())
        if spec.is_for_views and views is not None:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            views.addAction(action)
        else:
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            window.addAction(action)
        actions[spec.name] = action
    return actions


def fill_menu(menu: QMenu, actions: dict[str, QAction], names: Sequence[str]) -> None:
    """Put actions into a menu by name; an empty name is a separator."""
    for name in names:
        if name:
            menu.addAction(actions[name])
        else:
            menu.addSeparator()
