"""Qt's environment, put right after OpenCV has pointed it at its own plug-ins; imports neither of them."""

from __future__ import annotations

import os

OPENCV_VARIABLES = ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR")


def neutralise_opencv_qt() -> None:
    """Remove what OpenCV sets on import, else PySide6 would load the plug-ins of another Qt.

    Values the person set, which do not lie inside OpenCV, stay. Call it after OpenCV is imported and before
    the QApplication is made.
    """
    for name in OPENCV_VARIABLES:
        if "cv2" in os.environ.get(name, "").replace("\\", "/").split("/"):
            del os.environ[name]
