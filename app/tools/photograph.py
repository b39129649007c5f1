"""The photograph that assisted tools look at."""

from __future__ import annotations

from app.session import Session
from engine.data.sample import Rgb8


def photograph_of(session: Session) -> Rgb8 | None:
    """Return the photograph that lies pixel for pixel under a session's layout, or None where there is none."""
    underlay, size = session.underlay.underlay, session.document.size
    if underlay is None or underlay.rgb.shape[:2] != (size.height, size.width):
        return None
    return underlay.rgb
