"""Asking a run to stop, and stopping."""

from __future__ import annotations

from collections.abc import Callable


class Cancelled(Exception):  # noqa: N818 - it is no error
    """Raised by `CancellationToken.check` when the run is no longer wanted."""


class CancellationToken:
    """Tells a stage whether its run is still wanted. Checked on the engine thread only."""

    def __init__(self, is_cancelled: Callable[[], bool] = lambda: False) -> None:
        """Ask ``is_cancelled`` at every check."""
        self._is_cancelled = is_cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the run is no longer wanted; call it between stages, regions and blocks."""
        if self._is_cancelled():
            raise Cancelled
