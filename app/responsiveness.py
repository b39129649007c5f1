"""Keeps the window quick while other threads of this process run Python too."""

from __future__ import annotations

import gc
import os
import sys

from app.session import Session

SWITCH_INTERVAL_S = 0.0005
"""How long the window waits for its turn while the engine runs Python; by default ten times as long."""


def keep_window_quick(session: Session) -> None:
    """Give the window its turns early, and let no collection of garbage walk through what stays for good.

    What the engine's libraries bring is set aside once it is there: a full collection would take a tenth of a second.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # read when torch is imported: its idle threads sleep, not spin
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    gc.collect()
    gc.freeze()

    def set_aside(_result: object) -> None:
        session.result_shown.disconnect(set_aside)
        gc.freeze()

    session.result_shown.connect(set_aside)
