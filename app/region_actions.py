"""The actions of regions: choosing, placing, ordering, and where their pixels come from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker

from app.actions import ActionSpec
from app.region_choice import INVENT

if TYPE_CHECKING:
    from app.main_window import MainWindow

REGION_MENU = (
    "previous_candidate", "next_candidate", "pick_candidate", "invent", "shuffle", "shuffle_all", "", "lock", "ban",
    "ban_source", "automatic", "", "align", "reset_alignment", "outlines_that_fit", "", "bring_forward",
    "send_backward", "", "show_source", "provenance", "changes",
)  # fmt: skip
ON_SELECTION = (
    "previous_candidate", "next_candidate", "pick_candidate", "invent", "shuffle", "lock", "ban", "ban_source",
    "automatic", "outlines_that_fit", "bring_forward", "send_backward",
)  # fmt: skip


def region_specs(window: MainWindow) -> list[ActionSpec]:
    """Return the actions of a window's regions."""
    session, desk = window.session, window.region_desk
    choice = session.choice

    def selected() -> int:
        return session.selected_record_id

    def ban() -> None:
        if session.highlighted_key not in ("", INVENT):
            session.ban(selected(), session.highlighted_key)

    def ban_source() -> None:
        found = next((c for c in choice.offered() if c.segment_key == session.highlighted_key), None)
        if found is not None:
            choice.ban_source(selected(), found.source_key)

    return [
        ActionSpec("previous_candidate", "Previous candidate", ("Left",), partial(session.step_candidate, -1)),
        ActionSpec("next_candidate", "Next candidate", ("Right",), partial(session.step_candidate, 1)),
        ActionSpec("pick_candidate", "Pick candidate", ("Return", "Enter"), session.pick_highlighted),
        ActionSpec("invent", "Let the network invent", ("Shift+A",), lambda: choice.invent(selected()),
                   icon_name="invent", hint="Use no photograph for the region"),
        ActionSpec("shuffle", "Shuffle", ("S",), choice.shuffle, icon_name="shuffle",
                   hint="Draw another candidate for the region"),
        ActionSpec("shuffle_all", "Shuffle all regions", ("Shift+S",), choice.shuffle_all,
                   hint="Draw other candidates for every region that you have not chosen or locked"),
        ActionSpec("lock", "Lock", ("Ctrl+L",), lambda: session.toggle_lock(selected()), icon_name="lock",
                   hint="Keep the region's photograph whatever happens to its outline; once more releases it"),
        ActionSpec("ban", "Ban candidate", ("Del",), ban, icon_name="ban",
                   hint="Never use the marked segment for the region"),
        ActionSpec("ban_source", "Ban whole photograph", ("Shift+Del",), ban_source,
                   hint="Never use any segment of the marked one's photograph for the region"),
        ActionSpec("automatic", "Choose automatically", ("A",), lambda: session.reset_choice(selected()),
                   icon_name="automatic"),
        ActionSpec("align", "Place by hand", ("Ctrl+T",), desk.alignment.set_on, is_checkable=True, icon_name="align",
                   hint="Handles that move, scale and turn the region's photograph"),
        ActionSpec("reset_alignment", "Place as the network does", ("Ctrl+Shift+T",), desk.alignment.reset,
                   icon_name="reset"),
        ActionSpec("outlines_that_fit", "Outlines that would fit", ("Shift+O",), session.questions.ask_outlines,
                   icon_name="outlines", hint="Outlines of the best segments over the region; a click takes one"),
        ActionSpec("bring_forward", "Bring forward", ("Ctrl+]",), partial(desk.move_in_order, 1),
                   icon_name="in_front", hint="Put the region in front of the next one"),
        ActionSpec("send_backward", "Send backward", ("Ctrl+[",), partial(desk.move_in_order, -1)),
        ActionSpec("show_source", "Show source photograph", ("Shift+Q",), desk.show_source, icon_name="photograph",
                   hint="The whole photograph, with the segment's outline"),
        ActionSpec("provenance", "Origin under the pointer", ("Q",), desk.probe.set_on, is_checkable=True,
                   hint="A card beside the resting pointer says which photograph a pixel comes from"),
        ActionSpec("changes", "What changed", ("D",), desk.changes.set_on, is_checkable=True, icon_name="changes",
                   hint="Tint what changed since the picture before, and whether the edit explains it"),
    ]  # fmt: skip


def follow_regions(window: MainWindow) -> None:
    """Let the actions of regions show what is so, now and after every change."""
    session, desk, actions = window.session, window.region_desk, window.actions_by_name

    def follow(_value: object = None) -> None:
        has_region = session.selected_record_id >= 0
        for name in ON_SELECTION:
            actions[name].setEnabled(has_region)
        actions["align"].setEnabled(desk.alignment.placement is not None)
        actions["reset_alignment"].setEnabled(desk.alignment.is_by_hand)
        for name, is_checked in (
            ("align", desk.alignment.is_on),
            ("provenance", desk.probe.is_on),
            ("changes", desk.changes.is_on),
        ):
            with QSignalBlocker(actions[name]):
                actions[name].setChecked(is_checked)

    desk.use_actions(actions)
    desk.alignment.changed.connect(follow)
    desk.probe.changed.connect(follow)
    desk.changes.changed.connect(follow)
    session.selection_changed.connect(follow)
    follow()
