"""What every test needs: no visible window, and Qt's own plug-ins rather than those of opencv-python."""

from __future__ import annotations

import os

import cv2  # noqa: F401 - imported here so that what it does to the environment is undone below

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(name, None)
