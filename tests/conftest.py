"""What every test needs: no visible window, Qt's own plug-ins and not those of opencv-python, and a data folder."""

from __future__ import annotations

import atexit
import os
import tempfile

import cv2  # noqa: F401 - imported here so that what it does to the environment is undone below

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for name in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
    os.environ.pop(name, None)

_data = tempfile.TemporaryDirectory(prefix="tessera-tests-")
atexit.register(_data.cleanup)
os.environ["TESSERA_DATA"] = _data.name  # what the painter keeps is none of the tests' business
