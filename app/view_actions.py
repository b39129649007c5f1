"""The actions of the views: which are shown and where, what lies over them, and the underlay."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.actions import ActionSpec, fill_menu
from app.views.linked_views import VIEW_NAMES

if TYPE_CHECKING:
    from app.main_window import MainWindow

OVERLAY_OPACITY = 0.5
SWITCHES = ("outlines", "names", "pixel_grid", "underlay")
_TEXTS = {"layout": "Layout", "canvas": "Canvas", "image": "Image", "compare": "Comparison"}
WINDOW_NAMES = tuple(f"detach_{name}" for name in VIEW_NAMES)
OVER_NAMES = ("outlines", "names", "layout_over_image", "pixel_grid")
UNDERLAY_NAMES = ("open_underlay", "underlay", "remove_underlay")


def view_specs(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of a window's views."""
    views, files, traced = window.views, window.file_flow, window.session.underlay
    options = views.options

    def switch(name: str, on: bool) -> None:
        options.change(**{name: on})

    def lay_over(on: bool) -> None:
        options.change(overlay_opacity=OVERLAY_OPACITY if on else 0.0)

    specs = [
        ActionSpec(f"show_{name}", _TEXTS[name], (f"F{number}",), partial(views.set_shown, name), is_checkable=True,
                   hint=f"Show or hide the {_TEXTS[name].lower()}")
        for number, name in enumerate(VIEW_NAMES, start=2)
    ]  # fmt: skip
    specs += [
        ActionSpec(f"detach_{name}", f"{_TEXTS[name]} in its own window", (f"Shift+F{number}",),
                   partial(views.set_detached, name), is_checkable=True)
        for number, name in enumerate(VIEW_NAMES, start=2)
    ]  # fmt: skip
    return [
        *specs,
        ActionSpec("outlines", "Outlines of regions", ("Ctrl+B",), partial(switch, "outlines"), is_checkable=True,
                   hint="Draw the outlines of the regions over every view"),
        ActionSpec("names", "Names of regions", ("Ctrl+Shift+B",), partial(switch, "names"), is_checkable=True,
                   hint="Write the class of every region into it"),
        ActionSpec("layout_over_image", "Layout over the image", (";",), lay_over, is_checkable=True,
                   hint="Lay the layout over canvas and image; the slider in the image's header sets how opaque"),
        ActionSpec("pixel_grid", "Pixel grid", ("Ctrl+;",), partial(switch, "pixel_grid"), is_checkable=True,
                   hint="Lines between layout pixels at 800 % and more"),
        ActionSpec("open_underlay", "Open underlay…", ("Ctrl+U",), lambda: files.start(files.open_underlay()),
                   hint="Lay a photograph under the layout, to be traced"),
        ActionSpec("underlay", "Show underlay", ("U",), partial(switch, "underlay"), is_checkable=True,
                   hint="Show or hide the photograph under the layout"),
        ActionSpec("remove_underlay", "Remove underlay", (), partial(traced.show, None)),
    ]  # fmt: skip


def add_view_menus(menu: QMenu, actions: Mapping[str, QAction], before: QAction) -> None:
    """Put the submenus of windows, overlays and underlay into the View menu, before one of its entries."""
    for title, names in (
        ("Own &window", WINDOW_NAMES),
        ("&Over the views", OVER_NAMES),
        ("&Underlay", UNDERLAY_NAMES),
    ):
        submenu = QMenu(title, menu)
        fill_menu(submenu, dict(actions), names)
        menu.insertMenu(before, submenu)
    menu.insertSeparator(before)


def follow_views(window: MainWindow) -> None:
    """Let the switches of the views show what is so, now and after every change."""
    views, actions, traced = window.views, window.actions_by_name, window.session.underlay

    def follow() -> None:
        options = views.options.now
        checked = {name: bool(getattr(options, name)) for name in SWITCHES}
        checked["layout_over_image"] = options.overlay_opacity > 0
        checked |= {f"show_{name}": views.is_shown(name) for name in VIEW_NAMES}
        checked |= {f"detach_{name}": views.is_detached(name) for name in VIEW_NAMES}
        for name, is_checked in checked.items():
            with QSignalBlocker(actions[name]):
                actions[name].setChecked(is_checked)
        for name in ("underlay", "remove_underlay"):
            actions[name].setEnabled(traced.underlay is not None)

    views.options.changed.connect(follow)
    views.visibility_changed.connect(follow)
    traced.changed.connect(follow)
    follow()
