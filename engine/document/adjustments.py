"""Changes of records and settings: each one step, or many that one gesture makes a single step of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine.document.core import Change, DocumentCore
from engine.document.edits import Edit, RecordBook, SettingsEdit, UnderlayEdit
from engine.document.record import RegionRecord
from engine.document.snapshot import SegmentCrop, Settings, check_settings
from engine.document.underlay_file import Underlay


@dataclass(frozen=True, slots=True)
class OpenAdjustment:
    """A gesture that has begun: what the history will call it, and what there was before."""

    name: str
    book: RecordBook
    settings: Settings


class Adjustments(DocumentCore):
    """The document's records and settings, as edits change them.

    Between `begin_adjustment` and `commit_adjustment` every change shows at once and raises the generation, and all of
    them together are one step of the history: for handles that are dragged and sliders that are moved.
    """

    _adjustment: OpenAdjustment | None = None

    @property
    def is_adjusting(self) -> bool:
        """Whether an adjustment has begun and neither been committed nor aborted."""
        return self._adjustment is not None

    def begin_adjustment(self, name: str) -> None:
        """Begin a gesture that changes records or settings; one that is still open is committed."""
        self.commit_adjustment()
        self._adjustment = OpenAdjustment(name, self._state.book, self._state.settings)

    def reopen_adjustment(self, name: str) -> None:
        """Begin a gesture that goes on where the latest step ended, so that both are one step.

        Where the latest step is no gesture of this name, or something was undone, it is a gesture of its own.
        """
        self.begin_adjustment(name)
        latest = self.history.latest()
        if isinstance(latest, SettingsEdit) and latest.name == name and not self.history.redo_count:
            self.history.drop_latest()
            self._adjustment = OpenAdjustment(name, latest.before, latest.settings_before)
            self._emit(Change("history"))

    def commit_adjustment(self) -> bool:
        """End the open gesture as one step of the history; return whether anything changed."""
        opened, self._adjustment = self._adjustment, None
        if opened is None:
            return False
        book, settings = self._state.book, self._state.settings
        if book == opened.book and settings == opened.settings:
            self._saved_mark.note(self._generation, self._position_now)
            return False
        self._push(SettingsEdit(opened.name, opened.book, book, opened.settings, settings))
        self._emit(Change("records"))
        self._emit(Change("history"))
        return True

    def abort_adjustment(self) -> bool:
        """End the open gesture as if it had never been; return whether it had changed anything."""
        opened, self._adjustment = self._adjustment, None
        if opened is None:
            return False
        before, self._state.book = self._state.book, opened.book
        settings_before, self._state.settings = self._state.settings, opened.settings
        self._generation += 1
        self._saved_mark.note(self._generation, self._position_now)
        if before != opened.book:
            self._emit(Change("records"))
        if settings_before != opened.settings:
            self._emit(Change("settings"))
        self._emit(Change("history"))
        return before != opened.book or settings_before != opened.settings

    def annotate(
        self,
        generation: int,
        records: Sequence[RegionRecord],
        next_record_id: int,
        segments: Mapping[str, SegmentCrop],
    ) -> bool:
        """Write a FINAL's automatic choices into the records, unless a gesture is open; see `DocumentCore`."""
        return not self.is_adjusting and super().annotate(generation, records, next_record_id, segments)

    def change_settings(self, **changes: Any) -> None:
        """Change settings, as one step of the history.

        Raises:
            TypeError: if there is no setting of that name.
            ValueError: if a value is out of range.
        """
        before = self.settings
        after = replace(before, **changes)
        check_settings(after)
        if after == before:
            return
        if self._adjustment is not None:
            self._state.settings = after
            self._note_adjusted()
        else:
            book = self._state.book
            edit = SettingsEdit("Change settings", book, book, before, after)
            edit.apply(self._state)
            self._push(edit)
        self._emit(Change("settings"))
        self._emit(Change("history"))

    def change_underlay(self, underlay: Underlay | None, name: str) -> None:
        """Lay another photograph under the layout, or lay it differently, as one step of the history.

        A change right after one of the same name and photograph goes on with it: a slider that is moved is one step.

        Args:
            underlay: what is traced from now on, or None.
            name: what the history calls the step.
        """
        before, book = self.underlay, self._state.book
        if underlay is before:
            return
        self.commit_adjustment()
        latest = self.history.latest()
        goes_on = isinstance(latest, UnderlayEdit) and latest.name == name and not self.history.redo_count
        if goes_on and before is not None and underlay is not None and before.rgb is underlay.rgb:
            assert isinstance(latest, UnderlayEdit)
            before = latest.underlay_before
            self.history.drop_latest()
        edit = UnderlayEdit(name, book, book, before, underlay)
        edit.apply(self._state)
        self._push(edit)
        self._emit(Change("underlay"))
        self._emit(Change("history"))

    def _record(self, record_id: int) -> RegionRecord:
        return self._state.book.record(record_id)

    def _change_records(self, changed: Iterable[RegionRecord], name: str) -> bool:
        """Put records in the place of those of the same ids; return whether any differs."""
        before = after = self._state.book
        for record in changed:
            if record != before.record(record.id):
                after = after.with_record(record)
        if after is before:
            return False
        if self._adjustment is not None:
            self._state.book = after
            self._note_adjusted()
        else:
            edit = Edit(name, before, after)
            edit.apply(self._state)
            self._push(edit)
        self._emit(Change("records"))
        self._emit(Change("history"))
        return True

    def _note_adjusted(self) -> None:
        self._generation += 1
        self._saved_mark.note(self._generation, None)

    @property
    def _position_now(self) -> int | None:
        return None if self._stroke is not None else self.history.position
