"""Which actions the window has, and in which menus they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.actions import ActionSpec
from app.file_actions import FILE_MENU, SIZE_MENU, file_specs
from app.region_actions import REGION_MENU, region_specs
from app.tool_actions import TOOL_MENU, tool_specs
from app.view_actions import OVER_NAMES, UNDERLAY_NAMES, WINDOW_NAMES, view_specs

if TYPE_CHECKING:
    from app.dialogs.cut_out_window import CutOutWindow
    from app.main_window import MainWindow

FAVOURITE_COUNT = 9
MENUS: Mapping[str, Sequence[str]] = {
    "&File": FILE_MENU,
    "&Edit": ("undo", "redo", "", "swap_class", "new_object", "", "find_class", "new_class", "edit_class",
              "delete_class", "", *SIZE_MENU, "", "preferences"),
    "&Tool": TOOL_MENU,
    "&Region": REGION_MENU,
    "&Picture": ("run", "cancel", "", "live", "", "complete", "accept_filling", "parametric", "", "settings"),
    "&View": ("fit", "actual_size", "zoom_in", "zoom_out", "", "show_layout", "show_canvas", "show_image",
              "show_compare", "",
              "panels", "full_screen", "", "next_area", "previous_area"),
    "&Help": ("help", "first_steps", "command_search", "", "about"),
}  # fmt: skip


def specs_of(window: MainWindow) -> list[ActionSpec]:
    """Return every action of a window."""
    return [
        *file_specs(window),
        *edit_specs(window),
        *tool_specs(window),
        *region_specs(window),
        *_picture_specs(window),
        *_view_specs(window),
        *view_specs(window),
    ]


def action_groups(names: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of actions by the menu they lie in; those in none come last."""
    groups = {title.replace("&", ""): [name for name in listed if name in names] for title, listed in MENUS.items()}
    groups["View"] += [name for name in (*WINDOW_NAMES, *OVER_NAMES, *UNDERLAY_NAMES) if name in names]
    groups["Bank"] = [name for name in ("open_bank", "open_bundled", "browse_banks", "cut_out") if name in names]
    in_menus = {name for listed in groups.values() for name in listed}
    groups["Palette"] = [name for name in names if name.startswith("favourite_")]
    groups["More"] = [name for name in names if name not in in_menus and name not in groups["Palette"]]
    return {title: listed for title, listed in groups.items() if listed}


def edit_specs(window: MainWindow | CutOutWindow) -> list[ActionSpec]:
    """Return the actions that change the document and what is in hand."""
    session = window.session
    specs = [
        ActionSpec("undo", "Undo", ("Ctrl+Z",), session.undo, icon_name="undo"),
        ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), session.redo, icon_name="redo"),
        ActionSpec("swap_class", "Previous class", ("X",), session.swap_class, icon_name="swap"),
        ActionSpec("new_object", "New object", ("N",), session.new_object, icon_name="new_object"),
        ActionSpec("find_class", "Find class", ("Ctrl+F",), window.palette_panel.focus_search, icon_name="search"),
        ActionSpec(
            "new_class",
            "New class…",
            ("Ctrl+Shift+N",),
            window.palette_panel.ask_new_class,
            icon_name="add",
            hint="Add a class that looks like the one in hand",
        ),
        ActionSpec(
            "edit_class",
            "Edit class…",
            (),
            window.palette_panel.ask_edit_class,
            icon_name="edit",
            hint="Another name or colour for the class in hand",
        ),
        ActionSpec(
            "delete_class",
            "Delete class",
            (),
            window.palette_panel.delete_class,
            hint="Delete the class in hand, where nothing is painted with it",
        ),
    ]
    specs += [
        ActionSpec(f"favourite_{n}", f"Favourite {n}", (str(n),), partial(window.palette_panel.choose_favourite, n))
        for n in range(1, FAVOURITE_COUNT + 1)
    ]
    return specs


def _picture_specs(window: MainWindow) -> list[ActionSpec]:
    session = window.session
    return [
        ActionSpec("run", "Make the picture", ("Ctrl+Return", "Ctrl+Enter"), session.run_now, icon_name="run"),
        ActionSpec("cancel", "Cancel", ("Esc",), window.cancel, icon_name="cancel"),
        ActionSpec("live", "Live", (), session.set_live, is_checkable=True),
        ActionSpec("complete", "Fill unpainted areas", (), window.set_complete, is_checkable=True),
        ActionSpec("accept_filling", "Accept filled areas", (), session.unpainted.accept, icon_name="check"),
        ActionSpec("parametric", "Network alone", (), window.set_parametric, is_checkable=True),
        ActionSpec("settings", "Picture settings…", ("Ctrl+,",), window.show_settings, icon_name="settings"),
    ]


def _view_specs(window: MainWindow) -> list[ActionSpec]:
    link = window.views.link

    return [
        ActionSpec("fit", "Fit", ("Ctrl+0",), window.views.fit, icon_name="fit"),
        ActionSpec("actual_size", "100 %", ("Ctrl+1",), lambda: link.set_scale(1.0)),
        ActionSpec("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), lambda: link.set_scale(link.scale * 1.25)),
        ActionSpec("zoom_out", "Zoom out", ("Ctrl+-",), lambda: link.set_scale(link.scale / 1.25)),
        ActionSpec(
            "panels",
            "Panels",
            ("Tab",),
            window.set_panels_shown,
            is_checkable=True,
            hint="Show or hide everything but the views",
            is_for_views=True,
        ),
        ActionSpec("full_screen", "Full screen", ("F11",), window.set_full_screen, is_checkable=True),
    ]
