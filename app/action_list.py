"""Which actions the window has, and in which menus they lie."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from app.actions import ActionSpec
from app.tool_state import ToolName
from app.views.linked_views import VIEW_NAMES, ViewName

if TYPE_CHECKING:
    from app.main_window import MainWindow

FAVOURITE_COUNT = 9
TOOL_SHORTCUTS: Mapping[ToolName, tuple[str, Sequence[str]]] = {
    "brush": ("Brush", ("B",)),
    "eraser": ("Eraser", ("E",)),
    "fill": ("Fill", ("F", "G")),
    "pick": ("Pick class", ("I",)),
    "select": ("Select region", ("V",)),
    "pan": ("Pan", ("H",)),
}
MENUS: Mapping[str, Sequence[str]] = {
    "&File": ("new", "open", "", "save", "save_as", "", "export", "", "quit"),
    "&Edit": ("undo", "redo", "", "swap_class", "new_object", "", "brush_smaller", "brush_larger", "", "find_class"),
    "&Tool": ("tool_brush", "tool_eraser", "tool_fill", "tool_pick", "tool_select", "tool_pan"),
    "&Region": ("previous_candidate", "next_candidate", "pick_candidate", "shuffle", "", "lock", "ban",
                "automatic"),
    "&Picture": ("run", "cancel", "", "live", "", "complete", "accept_filling", "parametric", "", "settings"),
    "&View": ("fit", "actual_size", "zoom_in", "zoom_out", "", "show_layout", "show_canvas", "show_image", "",
              "panels", "full_screen"),
}  # fmt: skip


def specs_of(window: MainWindow) -> list[ActionSpec]:
    """Return every action of a window."""
    return [
        *_file_specs(window),
        *_edit_specs(window),
        *_region_specs(window),
        *_picture_specs(window),
        *_view_specs(window),
    ]


def _file_specs(window: MainWindow) -> list[ActionSpec]:
    files = window.file_flow
    return [
        ActionSpec("new", "New…", ("Ctrl+N",), lambda: files.start(files.new()), icon_name="new"),
        ActionSpec("open", "Open…", ("Ctrl+O",), lambda: files.start(files.open()), icon_name="open"),
        ActionSpec("save", "Save", ("Ctrl+S",), lambda: files.start(files.save()), icon_name="save"),
        ActionSpec("save_as", "Save as…", ("Ctrl+Shift+S",), lambda: files.start(files.save_as())),
        ActionSpec("export", "Export…", ("Ctrl+E",), lambda: files.start(files.export()), icon_name="export"),
        ActionSpec("open_bank", "Open bank…", (), lambda: files.start(files.open_bank()), icon_name="bank"),
        ActionSpec("quit", "Quit", ("Ctrl+Q",), window.close),
    ]


def _edit_specs(window: MainWindow) -> list[ActionSpec]:
    session = window.session
    specs = [
        ActionSpec("undo", "Undo", ("Ctrl+Z",), session.undo, icon_name="undo"),
        ActionSpec("redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), session.redo, icon_name="redo"),
        ActionSpec("swap_class", "Previous class", ("X",), session.swap_class, icon_name="swap"),
        ActionSpec("new_object", "New object", ("N",), session.new_object, icon_name="new_object"),
        ActionSpec("brush_smaller", "Smaller brush", ("[",), partial(session.tools.step_brush, -1)),
        ActionSpec("brush_larger", "Larger brush", ("]",), partial(session.tools.step_brush, 1)),
        ActionSpec("find_class", "Find class", ("Ctrl+F",), window.palette_panel.focus_search, icon_name="search"),
    ]
    specs += [
        ActionSpec(f"tool_{name}", text, keys, partial(session.set_tool, name), icon_name=name)
        for name, (text, keys) in TOOL_SHORTCUTS.items()
    ]
    specs += [
        ActionSpec(f"favourite_{n}", f"Favourite {n}", (str(n),), partial(window.palette_panel.choose_favourite, n))
        for n in range(1, FAVOURITE_COUNT + 1)
    ]
    return specs


def _region_specs(window: MainWindow) -> list[ActionSpec]:
    session = window.session

    def selected() -> int:
        return session.selected_record_id

    def ban() -> None:
        if session.highlighted_key:
            session.ban(selected(), session.highlighted_key)

    return [
        ActionSpec("previous_candidate", "Previous candidate", ("Left",), partial(session.step_candidate, -1)),
        ActionSpec("next_candidate", "Next candidate", ("Right",), partial(session.step_candidate, 1)),
        ActionSpec("pick_candidate", "Pick candidate", ("Return", "Enter"), session.pick_highlighted),
        ActionSpec("shuffle", "Shuffle", ("S",), session.choice.shuffle, icon_name="shuffle"),
        ActionSpec("lock", "Lock", ("L",), lambda: session.toggle_lock(selected()), icon_name="lock"),
        ActionSpec("ban", "Ban candidate", ("Del",), ban, icon_name="ban"),
        ActionSpec("automatic", "Choose automatically", ("A",), lambda: session.reset_choice(selected()),
                   icon_name="automatic"),
    ]  # fmt: skip


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

    def show(name: ViewName, shown: bool) -> None:
        window.views.set_shown(name, shown)

    specs = [
        ActionSpec("fit", "Fit", ("Ctrl+0",), window.views.fit, icon_name="fit"),
        ActionSpec("actual_size", "100 %", ("Ctrl+1",), lambda: link.set_scale(1.0)),
        ActionSpec("zoom_in", "Zoom in", ("Ctrl++", "Ctrl+="), lambda: link.set_scale(link.scale * 1.25)),
        ActionSpec("zoom_out", "Zoom out", ("Ctrl+-",), lambda: link.set_scale(link.scale / 1.25)),
        ActionSpec("panels", "Panels", ("Tab",), window.set_panels_shown, is_checkable=True),
        ActionSpec("full_screen", "Full screen", ("F11",), window.set_full_screen, is_checkable=True),
    ]
    specs += [
        ActionSpec(f"show_{name}", name.capitalize(), (f"F{number}",), partial(show, name), is_checkable=True)
        for number, name in enumerate(VIEW_NAMES, start=2)
    ]
    return specs
