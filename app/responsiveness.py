"""Keeps the window quick while other threads of this process run Python too."""

from __future__ import annotations

import gc
import os
import sys

from app.session import Session

SWITCH_INTERVAL_S = 5e-6
"""How long the window waits for its turn while the engine runs Python; by default a thousand times as long.

Every call into Qt lets the interpreter go, and an event makes dozens: with 0.5 ms each, a pointer event that came while
a PREVIEW was made took 80 to 270 ms (99th percentile of ``bench painting``), with this 30 to 60, and the engine makes
no fewer pictures.
"""


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
