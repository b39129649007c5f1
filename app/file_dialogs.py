"""Asking for a file or a folder, beginning where the painter was last."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QFileDialog, QWidget

from app.dialogs.waiting import answer_of


async def ask_file(window: QWidget, preferences: QSettings, title: str, name_filter: str, key: str) -> Path | None:
    """Ask for a file that exists; remember its folder under a key.

    Args:
        window: the dialog lies over it.
        preferences: where folders are remembered.
        title: of the dialog.
        name_filter: kinds of files, in Qt's form.
        key: what the folder is remembered under.
    """
    dialog = file_dialog(window, preferences, title, name_filter, key)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    return await answered(dialog, preferences, key)


async def ask_folder(window: QWidget, preferences: QSettings, title: str, key: str) -> Path | None:
    """Ask for a folder that exists; remember it under a key."""
    dialog = file_dialog(window, preferences, title, "", key)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    is_accepted, names = await answer_of(dialog), dialog.selectedFiles()
    dialog.deleteLater()
    if not is_accepted or not names:
        return None
    preferences.setValue(key, names[0])
    return Path(names[0])


def file_dialog(window: QWidget, preferences: QSettings, title: str, name_filter: str, key: str) -> QFileDialog:
    """Return a dialog that begins in the folder remembered under a key."""
    folder = str(preferences.value(key, "") or Path.home())
    return QFileDialog(window, title, folder, name_filter)


async def answered(dialog: QFileDialog, preferences: QSettings, key: str) -> Path | None:
    """Wait for a dialog's answer and remember its folder; None where it was cancelled."""
    is_accepted, names = await answer_of(dialog), dialog.selectedFiles()
    dialog.deleteLater()
    if not is_accepted or not names:
        return None
    path = Path(names[0])
    preferences.setValue(key, str(path.parent))
    return path
