"""The region panel: what the selected region is, how well photographs fit it, and the pages about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedLayout, QStackedWidget, QVBoxLayout, QWidget

from app.alignment import Alignment
from app.icon_label import IconLabel
from app.icons import icon
from app.panels.alignment import AlignmentPage
from app.panels.candidate_list import CARD_SIZE
from app.panels.candidates import LIST_FRAME_PX, CandidatesPage
from app.panels.parts import PageSwitch, link_button
from app.region_fit import area_share, is_poor_fit
from app.session import Session
from app.theme import THEME
from engine.pipeline.results import RegionResult

HINT = "Select a region\n\nClick the canvas or the image,\nor hold Ctrl and click the layout."
PAGES = (
    ("Photographs", "What the region is made of"),
    ("Placement", "How its photograph lies on it, and whose outline wins"),
)
MOST_SCORE = 2.0


class RegionPanel(QWidget):
    """The selected region: class and size, and pages about its photographs and their placement. GUI thread.

    Emits `outlines_asked` where the painter wants outlines that would fit better.
    """

    outlines_asked = Signal()

    def __init__(self, session: Session, alignment: Alignment, parent: QWidget | None = None) -> None:
        """Follow the selection of a session."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session = session
        self._alignment = alignment
        self.candidates = CandidatesPage(session)
        self.placement = AlignmentPage(session, alignment)
        self._build()
        for signal in (
            session.selection_changed,
            session.result_shown,
            session.records_changed,
            session.settings_changed,
            session.document_replaced,
            session.banks_changed,
            session.table_changed,
        ):
            signal.connect(self._on_region_changed)
        alignment.changed.connect(self._on_alignment_changed)
        self._show_region()

    def sizeHint(self) -> QSize:
        """Return a width that holds two cards beside each other."""
        return QSize(2 * CARD_SIZE.width() + LIST_FRAME_PX + 4, 480)

    def show_page(self, at: int) -> None:
        """Bring a page to the front: 0 the photographs, 1 the placement."""
        self._switch.choose(at)

    # -- building -----------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self._hint = QLabel(HINT)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._hint.setProperty("role", "muted")
        self._hint.setWordWrap(True)
        self._hint.setContentsMargins(16, 16, 16, 16)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 10, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._build_head())
        column.addWidget(self._build_warning())
        self._switch = PageSwitch(PAGES)
        self._switch.setContentsMargins(12, 0, 12, 0)
        column.addWidget(self._switch)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.candidates)
        self._pages.addWidget(self.placement)
        self._switch.chosen.connect(self._pages.setCurrentIndex)
        column.addWidget(self._pages, 1)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(self._hint)
        self._stack.addWidget(page)

    def _build_head(self) -> QHBoxLayout:
        self._chip = ClassChip()
        self._name = QLabel()
        self._name.setProperty("role", "title")
        self._facts = QLabel()
        self._facts.setProperty("role", "muted")
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(self._name)
        words.addWidget(self._facts)
        row = QHBoxLayout()
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(10)
        row.addWidget(self._chip)
        row.addLayout(words, 1)
        return row

    def _build_warning(self) -> QFrame:
        self._warning = QFrame()
        self._warning.setProperty("role", "card")
        mark = IconLabel("warning", 16, colour=THEME.accent)
        self._warning_text = QLabel()
        self._warning_text.setWordWrap(True)
        self.outlines_button = link_button(
            "Outlines that would fit", "Show the outlines of the best segments over the region, to take one of them"
        )
        self.outlines_button.setIcon(icon("outlines", colour=THEME.accent))
        self.outlines_button.clicked.connect(self.outlines_asked)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._warning_text)
        words.addWidget(self.outlines_button, 0, Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout(self._warning)
        row.setContentsMargins(10, 6, 8, 4)
        row.setSpacing(8)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        holder = QFrame()
        inset = QHBoxLayout(holder)
        inset.setContentsMargins(12, 0, 12, 0)
        inset.addWidget(self._warning)
        self._warning_holder = holder
        return holder

    # -- showing ------------------------------------------------------------------------------------------------

    def _show_region(self) -> None:
        record_id = self._session.selected_record_id
        region = self._session.region_result(record_id) if record_id >= 0 else None
        info = None if region is None else self._session.table.get(region.class_key)
        if region is None or info is None:
            self.candidates.clear()
            self.placement.show_region(None, None)
            self._stack.setCurrentIndex(0)
            return
        record = self._session.choice.record(record_id)
        self._stack.setCurrentIndex(1)
        self._chip.set_colour(QColor(*info.colour))
        self._name.setText(info.name)
        self._facts.setText(self._facts_of(region))
        self._show_fit(region)
        self.candidates.show_region(region, record)
        self.placement.show_region(region, record)

    def _show_fit(self, region: RegionResult) -> None:
        result = self._session.result
        is_poor = result is not None and is_poor_fit(result, region)
        self._warning_holder.setVisible(is_poor)
        if is_poor and region.candidates:
            text = f"Poor fit: the best segment of the open banks scores {region.fit:.2f} of {MOST_SCORE:.0f}."
            self._warning_text.setText(text)
        elif is_poor:
            self._warning_text.setText("The open banks have no photograph of this class.")
        self.outlines_button.setVisible(bool(region.candidates))

    def _facts_of(self, region: RegionResult) -> str:
        size, result = self._session.document.size, self._session.result
        share_of = 0.0 if result is None else area_share(result, region)
        area_px = round(share_of * size.width * size.height)
        percent = 100 * area_px / (size.width * size.height)
        share = f"{percent:.1f} %" if percent >= 0.1 else f"{percent:.2f} %"
        pixels = f"{area_px:,}"
        return f"{share} of the layout · {pixels} px"

    # -- slots --------------------------------------------------------------------------------------------------

    def _on_region_changed(self, _value: object = None) -> None:
        self._show_region()

    def _on_alignment_changed(self) -> None:
        if self._alignment.is_on:
            self._switch.choose(1)


class ClassChip(QWidget):
    """A large chip in the colour of a class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start black."""
        super().__init__(parent)
        self._colour = QColor(0, 0, 0)
        self.setFixedSize(30, 30)

    def set_colour(self, colour: QColor) -> None:
        """Show another colour."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(0, 0, 0, 110), 1))
        painter.setBrush(self._colour)
        painter.drawRoundedRect(0.5, 0.5, 29, 29, 5, 5)  # type: ignore[call-overload]
        painter.end()
