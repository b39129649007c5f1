"""The actions of the File menu, and those that give the document another size."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app.actions import ActionSpec
from app.counted import counted
from app.recent_files import RecentMenu
from engine.classes import VOID

if TYPE_CHECKING:
    from app.main_window import MainWindow

FILE_MENU: Sequence[str] = (
    "new", "open", "examples", "import_layout", "", "save", "save_as", "", "export", "copy_image", "export_folder", "",
    "recover", "", "quit",
)  # fmt: skip
TRACING_OPACITY = 0.6
PALER = "views/paler_for_underlay"
"""Whether the layout was made paler for an underlay, and not by the painter."""
SIZE_MENU: Sequence[str] = ("scale_layout", "crop_layout")


def file_specs(window: MainWindow) -> list[ActionSpec]:
    """Return the actions around files."""
    files = window.file_flow
    imports, exports, sizes = files.imports, files.exports, files.sizes
    return [
        ActionSpec("new", "New…", ("Ctrl+N",), lambda: files.start(files.new()), icon_name="new",
                   hint="Begin an empty layout of any size and class table"),
        ActionSpec("open", "Open…", ("Ctrl+O",), lambda: files.start(files.open()), icon_name="open",
                   hint="Open a project, a layout or a photograph to trace"),
        ActionSpec("examples", "Examples…", ("Ctrl+Shift+O",), lambda: files.start(files.examples()), icon_name="image",
                   hint="Begin from one of the layouts that come with Tessera"),
        ActionSpec("import_layout", "Import layout…", ("Ctrl+I",), lambda: files.start(imports.import_layout()),
                   hint="Import a layout in ids or colours of somebody else"),
        ActionSpec("save", "Save", ("Ctrl+S",), lambda: files.start(files.save()), icon_name="save"),
        ActionSpec("save_as", "Save as…", ("Ctrl+Shift+S",), lambda: files.start(files.save_as())),
        ActionSpec("export", "Export…", ("Ctrl+E",), lambda: files.start(exports.export()), icon_name="export",
                   hint="Write the image, layers, layouts or credits to files"),
        ActionSpec("copy_image", "Copy image", ("Ctrl+Shift+C",), lambda: files.start(exports.copy_image()),
                   icon_name="copy", hint="Put the image on the clipboard"),
        ActionSpec("export_folder", "Export a folder…", (), exports.open_batch,
                   hint="Make pictures of a whole folder of layouts, while you paint on"),
        ActionSpec("recover", "Recover unsaved layouts…", (), window.recover,
                   hint="Look for layouts that a crash left unsaved"),
        ActionSpec("scale_layout", "Scale layout…", ("Ctrl+Alt+I",), lambda: files.start(sizes.scale()),
                   hint="Give the layout another size"),
        ActionSpec("crop_layout", "Crop or extend layout…", ("Ctrl+Alt+C",), lambda: files.start(sizes.crop()),
                   hint="Cut off the sides of the layout, or add to them"),
        ActionSpec("open_bank", "Open bank…", (), lambda: files.start(files.open_bank()), icon_name="bank"),
        ActionSpec("quit", "Quit", ("Ctrl+Q",), window.close),
    ]  # fmt: skip


def add_recent_menu(menu: QMenu, window: MainWindow, before: QAction) -> RecentMenu:
    """Put the menu of recent files into the File menu."""
    recent = RecentMenu(window.file_flow.recent, window.file_flow.open_recent, menu)
    menu.insertMenu(before, recent)
    return recent


def follow_files(window: MainWindow) -> None:
    """Let the status bar say what was done with files; a batch ends with the window."""
    files, say = window.file_flow, window.status_bar.say
    files.exports.copied.connect(lambda: say("The image is on the clipboard"))
    files.imports.imported.connect(lambda name: say(f"Imported {name}: every value has a class"))
    files.underlay_opened.connect(lambda name: _let_underlay_be_seen(window, name))
    window.session.underlay.changed.connect(lambda: _follow_underlay(window))
    _follow_underlay(window)
    window.session.bank_opened.connect(lambda path: _say_what_was_opened(window, path))
    window.closed.connect(files.exports.stop_batch)


def _let_underlay_be_seen(window: MainWindow, name: str) -> None:
    """Show the layout paler where it hides the underlay that was opened."""
    options, class_ids = window.views.options, window.session.document.class_ids
    if options.now.layout_opacity < 1 or not (class_ids != VOID).any():
        window.status_bar.say(f"{name} lies under the layout")
        return
    options.change(layout_opacity=TRACING_OPACITY)
    window.session.preferences.setValue(PALER, True)
    window.status_bar.say(f"{name} lies under the layout, which is shown paler to see it")


def _follow_underlay(window: MainWindow) -> None:
    """Show the layout as it was where the underlay that it was made paler for is gone."""
    options, preferences = window.views.options, window.session.preferences
    if window.session.underlay.underlay is None and preferences.value(PALER, False, bool):
        preferences.remove(PALER)
        if options.now.layout_opacity == TRACING_OPACITY:
            options.change(layout_opacity=1.0)


def _say_what_was_opened(window: MainWindow, path: Path) -> None:
    """Say what an opened bank holds; the painter's own is always there and no news."""
    bank = next((bank for bank in window.session.banks if bank.path == path and not bank.is_living), None)
    if bank is not None:
        count = sum(entry.segments for entry in bank.counts)
        label = window.session.bank_label(path)
        window.status_bar.say(f"Opened {label}: {counted(count, 'segment')}")
