"""Editing the classes of the open document: what is asked, and the one step it becomes."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.class_edits import add_class, delete_class, edit_class, looks_like_of, painted_px, suggest_colour
from app.counted import counted
from app.dialogs.class_editor import ClassEditor
from app.session import Session
from engine.classes import ClassTable, Rgb


class ClassFlow(QObject):
    """Adds, edits and deletes classes of a session's document. GUI thread; each is one step that can be undone."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        """Ask over a widget."""
        super().__init__(parent)
        self._session = session
        self._parent = parent

    def ask_new(self, like_id: int) -> ClassEditor:
        """Ask for a new class that looks like another, and return the open dialog."""
        table = self._session.table
        like = table[like_id]

        def apply(name: str, colour: Rgb, looks_like: str) -> None:
            before = self._session.table
            self._replace(add_class(before, name, colour, looks_like), {})
            self._session.set_class(len(before))

        return self._open(
            ClassEditor(
                table,
                title="New class",
                accept_text="Add",
                name="",
                colour=suggest_colour(table),
                looks_like=looks_like_of(like),
                can_look_like=True,
                apply=apply,
                parent=self._parent,
            )
        )

    def ask_edit(self, class_id: int) -> ClassEditor:
        """Ask for another name and colour of a class, and return the open dialog."""
        table = self._session.table
        info = table[class_id]

        def apply(name: str, colour: Rgb, looks_like: str) -> None:
            now = self._session.table
            self._replace(edit_class(now, class_id, name=name, colour=colour, looks_like=looks_like), {})

        return self._open(
            ClassEditor(
                table,
                title=f"Edit {info.name}",
                accept_text="Apply",
                name=info.name,
                colour=info.colour,
                looks_like=looks_like_of(info),
                can_look_like=info.looks_like is not None,
                apply=apply,
                parent=self._parent,
            )
        )

    def why_not_deleted(self, class_id: int) -> str:
        """Return why a class cannot be deleted, empty where it can."""
        if len(self._session.table) == 1:
            return "It is the last class"
        count = painted_px(self._session.document.class_ids, class_id)
        return f"{counted(count, 'pixel is', 'pixels are')} painted with it" if count else ""

    def delete(self, class_id: int) -> None:
        """Delete a class that no pixel has; say why where it cannot be."""
        reason = self.why_not_deleted(class_id)
        if reason:
            self._session.failed.emit(f"{self._session.table[class_id].name} cannot be deleted: {reason}", "")
            return
        self._replace(*delete_class(self._session.table, class_id))

    def _replace(self, table: ClassTable, id_map: dict[int, int]) -> None:
        self._session.document.replace_table(table, id_map or None)
        self._session.pictures.show_edit()

    def _open(self, dialog: ClassEditor) -> ClassEditor:
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog
