"""The report of an import: what matched nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.dialogs.mapping_table import swatch
from engine.data.encodings import value_colour
from engine.data.foreign_layout import ImportReport, ReportRow, value_text


class ImportReportDialog(QDialog):
    """Lists the values that became void, with their pixels and share."""

    def __init__(self, name: str, report: ImportReport, parent: QWidget | None = None) -> None:
        """Report on the import of a file."""
        super().__init__(parent)
        self.setWindowTitle("Import layout")
        self._text = report_text(name, report)
        title = QLabel(f"{100 * report.lost_px / report.total_px:.2f} % of {name} matched no class")
        title.setProperty("role", "title")
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        fate = "They took the class beside them." if report.grown else "They are void now: unpainted."
        text = QLabel(f"{report.lost_px:,} of {report.total_px:,} pixels have no class of this document. {fate}")
        text.setWordWrap(True)
        self.list = _build_list(report)
        self.copy_button = QPushButton("Copy")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        close = QPushButton("Close")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy_button)
        buttons.addStretch(1)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(12)
        column.addWidget(title)
        column.addWidget(text)
        column.addWidget(self.list, 1)
        column.addLayout(buttons)
        close.setFocus()


def report_text(name: str, report: ImportReport) -> str:
    """Return a report as tab-separated lines."""
    lines = [f"{name}: {report.lost_px} of {report.total_px} pixels matched no class", "value\tname\tpixels\tshare"]
    for row in report.lost:
        value = "" if row.value is None else value_text(row.value, report.kind)
        lines.append(f"{value}\t{row.name}\t{row.pixels}\t{_share(row, report)}")
    return "\n".join(lines) + "\n"


def _build_list(report: ImportReport) -> QTableWidget:
    table = QTableWidget(len(report.lost), 4)
    table.setHorizontalHeaderLabels(["Value", "Name", "Pixels", "Share"])
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setShowGrid(False)
    table.setTabKeyNavigation(False)
    table.setAccessibleName("Values without a class")
    table.verticalHeader().hide()
    table.setMinimumSize(440, 180)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    for place, row in enumerate(report.lost):
        value = QTableWidgetItem("" if row.value is None else value_text(row.value, report.kind))
        if row.value is not None and report.kind == "colours":
            value.setIcon(swatch(value_colour(row.value)))
        cells = [value, QTableWidgetItem(row.name), QTableWidgetItem(f"{row.pixels:,}")]
        cells.append(QTableWidgetItem(_share(row, report)))
        for column, cell in enumerate(cells):
            if column > 1:
                cell.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            table.setItem(place, column, cell)
    return table


def _share(row: ReportRow, report: ImportReport) -> str:
    return f"{100 * row.pixels / report.total_px:.2f} %"
