"""The classes on the number keys 1 to 9, and those painted with last; both remembered for each class table."""

from __future__ import annotations

from PySide6.QtCore import QSettings

from engine.classes import ClassInfo, ClassTable

NUMBERS = range(1, 10)


class Favourites:
    """Which class lies on which number key; the first nine of the table until the painter says otherwise.

    GUI thread. Kept in `QSettings` by class keys, so that another table with the same classes means the same.
    """

    def __init__(self, table: ClassTable, preferences: QSettings) -> None:
        """Read what is remembered for a table; keys it does not have are left out."""
        self._table = table
        self._preferences = preferences
        stored = preferences.value(self._settings_key())
        keys = str(stored).split(",") if stored else [info.key for info in table.classes[: len(NUMBERS)]]
        self._keys = {n: key for n, key in zip(NUMBERS, keys, strict=False) if table.get(key) is not None}

    def class_id(self, number: int) -> int | None:
        """Return the id of the class on a number key, or None."""
        info = self._table.get(self._keys.get(number, ""))
        return None if info is None else info.id

    def number_of(self, class_key: str) -> int | None:
        """Return the number key a class lies on, or None."""
        return next((n for n, key in self._keys.items() if key == class_key), None)

    def assign(self, number: int, class_key: str | None) -> None:
        """Put a class on a number key; None empties the key.

        A class that lay on another key changes places with the one here, so that moving a favourite loses none.

        Raises:
            ValueError: if the number is not 1 to 9, or the table lacks the class.
        """
        if number not in NUMBERS:
            raise ValueError(f"favourites are numbered 1 to 9, not {number}")
        if class_key is not None and self._table.get(class_key) is None:
            raise ValueError(f"the table has no class {class_key!r}")
        before, displaced = self.number_of(class_key or ""), self._keys.pop(number, None)
        if class_key is not None:
            if before is not None:
                self._keys.pop(before, None)
                if displaced is not None and before != number:
                    self._keys[before] = displaced
            self._keys[number] = class_key
        self._preferences.setValue(self._settings_key(), ",".join(self._keys.get(n, "-") for n in NUMBERS))

    def _settings_key(self) -> str:
        return f"favourites/{self._table.key}"


class Recents:
    """The classes painted with last, the latest first. GUI thread; kept in `QSettings` by class keys."""

    def __init__(self, table: ClassTable, preferences: QSettings, count: int) -> None:
        """Read what is remembered for a table; keys it does not have are left out."""
        self._table = table
        self._preferences = preferences
        self._count = count
        stored = str(preferences.value(self._settings_key(), "")).split(",")
        self._keys = [key for key in dict.fromkeys(stored) if table.get(key) is not None][:count]

    def classes(self) -> list[ClassInfo]:
        """Return the classes, the latest first."""
        return [info for key in self._keys if (info := self._table.get(key)) is not None]

    def note(self, class_key: str) -> None:
        """Take note that a class is painted with."""
        if self._keys[:1] != [class_key]:
            self._keys = [class_key, *(key for key in self._keys if key != class_key)][: self._count]
            self._preferences.setValue(self._settings_key(), ",".join(self._keys))

    def _settings_key(self) -> str:
        return f"recents/{self._table.key}"
