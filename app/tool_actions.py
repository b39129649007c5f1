"""The actions of the tools: taking them, and what they can be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker

from app.actions import ActionSpec
from app.tool_state import ToolName
from engine.classes import VOID

if TYPE_CHECKING:
    from app.dialogs.cut_out_window import CutOutWindow
    from app.main_window import MainWindow

TOOL_SHORTCUTS: Mapping[ToolName, tuple[str, Sequence[str]]] = {
    "brush": ("Brush", ("B",)),
    "eraser": ("Eraser", ("E",)),
    "fill": ("Fill", ("F", "G")),
    "line": ("Line", ("L",)),
    "rectangle": ("Rectangle", ("R",)),
    "ellipse": ("Ellipse", ("O",)),
    "lasso": ("Lasso fill", ("P",)),
    "polygon": ("Polygon", ("Shift+P",)),
    "reveal": ("Paint with candidate", ("J",)),
    "pick": ("Pick class", ("I",)),
    "move": ("Select or move region", ("V",)),
    "pan": ("Pan", ("H",)),
}
TOOL_MENU = ("tool_brush", "tool_eraser", "tool_fill", "", "tool_line", "tool_rectangle", "tool_ellipse", "tool_lasso",
             "tool_polygon", "", "tool_reveal", "", "tool_pick", "tool_move", "tool_pan", "", "brush_smaller",
             "brush_larger",
             "square_brush", "erase_shapes", "", "mirror_x", "mirror_y", "", "protect_class", "only_over",
             "paint_over_all")  # fmt: skip


ALIGNMENT_HINT = "Drag the photograph or its handles; arrows move it, with Ctrl turn and scale; Enter when done"
EMPTY_CLASS_TEXT = "no segment in the banks in use, so the network invents it"


def tool_specs(window: MainWindow | CutOutWindow) -> list[ActionSpec]:
    """Return the actions of a window's tools."""
    session = window.session
    tools = session.tools

    def paint_only_over() -> None:
        at = window.views.link.cursor
        if at is not None:
            session.gesture.toggle_only_over(at.x(), at.y())

    def make_square(square: bool) -> None:
        tools.set_brush_shape("square" if square else "round")

    specs = [
        ActionSpec(f"tool_{name}", text, keys, partial(session.set_tool, name), icon_name=name)
        for name, (text, keys) in TOOL_SHORTCUTS.items()
    ]
    return [
        *specs,
        ActionSpec("brush_smaller", "Smaller brush", ("[",), partial(tools.step_brush, -1)),
        ActionSpec("brush_larger", "Larger brush", ("]",), partial(tools.step_brush, 1)),
        ActionSpec("square_brush", "Square brush", ("Shift+B",), make_square, is_checkable=True),
        ActionSpec("erase_shapes", "Shapes and fill erase", ("Shift+E",), tools.set_erases, is_checkable=True,
                   hint="Fill and shapes paint void"),
        ActionSpec("mirror_x", "Mirror left and right", ("M",), tools.set_mirrored_x, is_checkable=True,
                   icon_name="mirror_x", hint="Paint left and right of an axis alike; drag it by its handle"),
        ActionSpec("mirror_y", "Mirror above and below", ("Shift+M",), tools.set_mirrored_y, is_checkable=True,
                   icon_name="mirror_y", hint="Paint above and below an axis alike; drag it by its handle"),
        ActionSpec("protect_class", "Protect class in hand", ("K",),
                   lambda: tools.toggle_protected(session.class_id), icon_name="lock",
                   hint="No tool paints over the class in hand; once more and they do"),
        ActionSpec("only_over", "Paint only over class under cursor", ("Shift+K",), paint_only_over,
                   icon_name="only_over", hint="Paint only over the class under the cursor; once more and over all"),
        ActionSpec("paint_over_all", "Paint over everything", (), tools.clear_guard,
                   hint="Protect no class, and paint over each"),
    ]  # fmt: skip


def follow_tools(window: MainWindow) -> None:
    """Let the switches of the tools show what is so, now and after every change."""
    tools, actions = window.session.tools, window.actions_by_name

    def follow() -> None:
        checked = {
            "square_brush": tools.brush_shape == "square",
            "erase_shapes": tools.erases,
            "mirror_x": tools.symmetry.x_share is not None,
            "mirror_y": tools.symmetry.y_share is not None,
        }
        for name, is_checked in checked.items():
            with QSignalBlocker(actions[name]):
                actions[name].setChecked(is_checked)
        actions["paint_over_all"].setEnabled(bool(tools.protected) or tools.only_over is not None)

    editor, alignment = window.views.editor, window.region_desk.alignment

    def show_hint() -> None:
        window.status_bar.set_hint(ALIGNMENT_HINT if alignment.is_on else editor.hint)

    editor.hint_changed.connect(show_hint)
    alignment.changed.connect(show_hint)
    show_hint()
    window.session.class_changed.connect(lambda class_id: _say_where_empty(window, class_id))
    tools.guard_held.connect(lambda: _say_what_held(window))
    for signal in (tools.options_changed, tools.symmetry_changed, tools.guard_changed):
        signal.connect(follow)
    follow()


def _say_what_held(window: MainWindow) -> None:
    """Say why a gesture painted nothing: a guard that was set long ago is easily forgotten."""
    table, only_over = window.session.table, window.session.tools.only_over
    if only_over is None:
        window.status_bar.say("Nothing painted: what lies there is protected")
    else:
        name = "void" if only_over == VOID else table[only_over].name.lower()
        window.status_bar.say(f"Nothing painted: the tools paint only over {name}")


def _say_where_empty(window: MainWindow, class_id: int) -> None:
    """Say so where the banks hold nothing of the class that was taken: keys show no tooltip of its dimmed row."""
    session, status = window.session, window.status_bar
    if session.banks and class_id < len(session.table) and not session.bank_counts().get(session.table[class_id].key):
        status.say(f"{session.table[class_id].name}: {EMPTY_CLASS_TEXT}")
    elif status.stage_text.endswith(EMPTY_CLASS_TEXT):
        status.say("Ready")
