"""Who goes first where the window and the engine want the interpreter at the same time."""

from __future__ import annotations

import threading
import time

LIMIT_S = 0.03
"""The engine waits no longer for one turn of the window: what takes longer than that is not painting."""


class Precedence:
    """Lets the window deal with a stroke undisturbed: meanwhile the engine waits at its checks.

    Two threads that run Python hand the interpreter's lock to and fro thousands of times a second, and each of them
    takes several times as long as alone. Whatever the window does, the engine comes one check further in every turn.
    """

    def __init__(self) -> None:
        """Let the engine run."""
        self._is_free = threading.Event()
        self._is_free.set()
        self._until_s = 0.0

    def take(self) -> None:
        """Begin a turn of the window; nothing where one has just begun."""
        now_s = time.perf_counter()
        if self._is_free.is_set() or now_s > self._until_s:
            self._until_s = now_s + LIMIT_S
            self._is_free.clear()

    def give_back(self) -> None:
        """End the turn."""
        self._is_free.set()

    def wait(self) -> None:
        """Wait, on any other thread, until no turn is under way, or one has lasted `LIMIT_S`."""
        if not self._is_free.is_set():
            self._is_free.wait(max(0.0, self._until_s - time.perf_counter()))
