"""About: which version this is, and the licences of Tessera and of what it stands on."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from importlib.metadata import PackageNotFoundError, version

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from app.icon_label import IconLabel
from app.theme import THEME
from engine.classes import RESOURCES

ROOT = RESOURCES.parent
PAPER = (
    "Qi, Chen, Jia, Koltun: <i>Semi-Parametric Image Synthesis</i>, CVPR 2018, "
    '<a href="https://arxiv.org/abs/1804.10992">arXiv 1804.10992</a>'
)


@dataclass(frozen=True)
class Component:
    """Software that Tessera stands on.

    Attributes:
        name: what it is called.
        package: what the package index calls it.
        licence: under which it may be used.
        address: where its licence and source are.
    """

    name: str
    package: str
    licence: str
    address: str


COMPONENTS: Sequence[Component] = (
    Component("Qt and PySide6", "PySide6-Essentials", "LGPL 3.0", "https://doc.qt.io/qt-6/licensing.html"),
    Component("PyTorch", "torch", "BSD 3-Clause", "https://github.com/pytorch/pytorch"),
    Component("OpenCV", "opencv-python", "Apache 2.0", "https://github.com/opencv/opencv-python"),
    Component("NumPy", "numpy", "BSD 3-Clause", "https://numpy.org"),
    Component("safetensors", "safetensors", "Apache 2.0", "https://github.com/huggingface/safetensors"),
    Component("xxHash for Python", "xxhash", "BSD 2-Clause", "https://github.com/ifduyue/python-xxhash"),
    Component("qasync", "qasync", "BSD 2-Clause", "https://github.com/CabbageDevelopment/qasync"),
    Component("Typer", "typer", "MIT", "https://github.com/fastapi/typer"),
    Component("Rich", "rich", "MIT", "https://github.com/Textualize/rich"),
    Component("platformdirs", "platformdirs", "MIT", "https://github.com/tox-dev/platformdirs"),
)


def program_version() -> str:
    """Return the version of Tessera: that of the project file beside the program, else of the installed package."""
    project = ROOT / "pyproject.toml"
    if project.is_file():
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
    return version("tessera")


def version_of(component: Component) -> str:
    """Return the version of a component, empty where it is not installed."""
    try:
        return version(component.package)
    except PackageNotFoundError:
        return ""


class AboutDialog(QDialog):
    """Version, licence, and the licences of what Tessera stands on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show them."""
        super().__init__(parent)
        self.setWindowTitle("About Tessera")
        picture = IconLabel("tessera", 40, colour=THEME.accent)
        name = QLabel(f"Tessera {program_version()}")
        name.setProperty("role", "title")
        purpose = QLabel("Paint a layout; get one photograph, made of photographs you may use.")
        purpose.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(name)
        words.addWidget(purpose)
        head = QHBoxLayout()
        head.setSpacing(14)
        head.addWidget(picture)
        head.addLayout(words, 1)
        self.text = QTextBrowser()
        self.text.setOpenExternalLinks(True)
        self.text.setAccessibleName("Licences")
        self._show_text()
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 14)
        column.setSpacing(14)
        column.addLayout(head)
        column.addWidget(self.text, 1)
        column.addLayout(foot)
        self.resize(560, 520)
        close.setFocus()

    def changeEvent(self, event: QEvent) -> None:
        """Write the text again in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "text"):
            self._show_text()

    def _show_text(self) -> None:
        self.text.setHtml(self._html())

    def _html(self) -> str:
        link = f'style="color:{THEME.accent}"'
        rows = "".join(
            f'<tr><td width="170" style="padding:2px 0">{escape(c.name)}</td>'
            f'<td width="110" style="padding:2px 0; color:{THEME.muted}">{escape(version_of(c))}</td>'
            f'<td style="padding:2px 0"><a {link} href="{c.address}">{escape(c.licence)}</a></td></tr>'
            for c in COMPONENTS
        )
        licence = escape((ROOT / "LICENSE").read_text(encoding="utf-8")).replace("\n\n", "</p><p>")
        return (
            f"<p>It goes back to {PAPER.replace('<a ', f'<a {link} ')}.</p>"
            f"<h3>What it stands on</h3><table width='100%'>{rows}</table>"
            "<p>Qt is used as a library under the LGPL: you may put another build of PySide6 in its place. No fonts "
            "come with Tessera. The icons were drawn for it and share its licence.</p>"
            "<p>Photographs keep the licences of their authors: see the credits that every export can bring.</p>"
            f"<h3>Licence of Tessera</h3><p>{licence}</p>"
        )
