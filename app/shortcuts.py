"""Which keys trigger which action: the defaults, what the painter changed, and who has a key already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QAction, QKeySequence

PREFIX = "shortcuts/"
SEPARATOR = "\t"
RESERVED: Mapping[str, str] = {"Space": "moving the views", "Alt": "picking a class"}
PORTABLE = QKeySequence.SequenceFormat.PortableText
NATIVE = QKeySequence.SequenceFormat.NativeText


class ShortcutError(ValueError):
    """A key that cannot be given to an action; the message says why in one line."""


class ShortcutBook(QObject):
    """The shortcuts of a window's actions, remembered in the preferences. GUI thread.

    Key sequences are texts in Qt's portable form. Emits `changed` after any of them changed.
    """

    changed = Signal()

    def __init__(self, actions: Mapping[str, QAction], preferences: QSettings, parent: QObject | None = None) -> None:
        """Take the shortcuts the actions have as the defaults, and put the remembered ones in their place."""
        super().__init__(parent)
        self._actions = actions
        self._preferences = preferences
        self._defaults = {name: _texts(action.shortcuts()) for name, action in actions.items()}
        self._current = self._resolved()
        self._apply()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the actions."""
        return tuple(self._actions)

    def of(self, name: str) -> tuple[str, ...]:
        """Return the key sequences of an action."""
        return self._current[name]

    def default_of(self, name: str) -> tuple[str, ...]:
        """Return the key sequences an action has before anyone changes them."""
        return self._defaults[name]

    def text_of(self, name: str) -> str:
        """Return the first key sequence of an action as the system writes it, empty for none."""
        sequences = self._current.get(name, ())
        return native_text(sequences[0]) if sequences else ""

    def is_changed(self, name: str) -> bool:
        """Whether an action has other keys than by default."""
        return self._current[name] != self._defaults[name]

    def owner_of(self, sequence: str) -> str | None:
        """Return the name of the action that a key sequence triggers, or None."""
        return next((name for name, sequences in self._current.items() if sequence in sequences), None)

    def assign(self, name: str, sequences: Sequence[str], *, take: bool = False) -> None:
        """Give an action other keys.

        Args:
            name: the action.
            sequences: the keys; none leaves it without.
            take: take the keys from whoever has them.

        Raises:
            ShortcutError: if a key is none, does something else already, or belongs to another action and is not
                to be taken.
        """
        wanted = tuple(dict.fromkeys(canonical(text) for text in sequences))
        for sequence in wanted:
            owner = self.owner_of(sequence)
            if owner is not None and owner != name:
                if not take:
                    raise ShortcutError(f"{native_text(sequence)} belongs to “{plain_text(self._actions[owner])}”")
                self._store(owner, tuple(s for s in self._current[owner] if s != sequence))
        self._store(name, wanted)
        self._apply()

    def reset(self, name: str) -> None:
        """Give an action its default keys again; who had got one of them loses it."""
        self.assign(name, self._defaults[name], take=True)

    def reset_all(self) -> None:
        """Give every action its default keys again."""
        for name in self._actions:
            self._preferences.remove(PREFIX + name)
        self._current = dict(self._defaults)
        self._apply()

    def _store(self, name: str, sequences: tuple[str, ...]) -> None:
        self._current[name] = sequences
        if sequences == self._defaults[name]:
            self._preferences.remove(PREFIX + name)
        else:
            self._preferences.setValue(PREFIX + name, SEPARATOR.join(sequences))

    def _resolved(self) -> dict[str, tuple[str, ...]]:
        """Return what is remembered, and the defaults of the rest without keys that were given away."""
        current: dict[str, tuple[str, ...]] = {}
        taken: set[str] = set()
        for name in self._actions:
            if self._preferences.contains(PREFIX + name):
                stored = _usable(str(self._preferences.value(PREFIX + name, "")))
                current[name] = tuple(s for s in stored if s not in taken)
                taken.update(current[name])
        for name, defaults in self._defaults.items():
            if name not in current:
                current[name] = tuple(s for s in defaults if s not in taken)
        return {name: current[name] for name in self._actions}

    def _apply(self) -> None:
        for name, action in self._actions.items():
            action.setShortcuts([QKeySequence(s, PORTABLE) for s in self._current[name]])
            base = str(action.property("hint") or plain_text(action))
            action.setToolTip(f"{base} ({self.text_of(name)})" if self._current[name] else base)
        self.changed.emit()


def canonical(sequence: str) -> str:
    """Return a key sequence as Qt writes it.

    Raises:
        ShortcutError: if it is no single key with modifiers, or does something in the views already.
    """
    parsed = QKeySequence(sequence, PORTABLE)
    text = parsed.toString(PORTABLE)
    if parsed.count() != 1 or not text or "Unknown" in text:
        raise ShortcutError(f"{sequence[:40]!r} is no key")
    if text in RESERVED:
        raise ShortcutError(f"{native_text(text)} is for {RESERVED[text]}")
    return text


def native_text(sequence: str) -> str:
    """Return a key sequence as the system writes it."""
    return QKeySequence(sequence, PORTABLE).toString(NATIVE)


def plain_text(action: QAction) -> str:
    """Return what an action is called, without the marks of its menu."""
    return str(action.property("title") or action.text()).replace("&", "").rstrip("…")


def _texts(sequences: Sequence[QKeySequence]) -> tuple[str, ...]:
    return tuple(sequence.toString(PORTABLE) for sequence in sequences)


def _usable(stored: str) -> tuple[str, ...]:
    """Return the key sequences in a stored text; what is none is left out."""
    found: list[str] = []
    for text in stored.split(SEPARATOR)[:8]:
        try:
            found.append(canonical(text))
        except ShortcutError:
            continue
    return tuple(dict.fromkeys(found))
