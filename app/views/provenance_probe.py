"""Where a pixel comes from: a card beside the pointer, while it rests over canvas or image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.region_order import region_names
from app.session import Session
from app.source_pictures import SourcePictures
from app.source_view import SourceView
from app.views.overlay import Overlay
from engine.pipeline.provenance import PixelProvenance, pixel_provenance
from engine.service.events import SourcePicture

if TYPE_CHECKING:
    from app.views.surface import Surface

REST_MS = 350
SIDE_PX = 480
CARD_WIDTH_PX = 236
PICTURE_PX = (220, 124)
STEP_PX = 18
UNKNOWN = "unknown"
PROVENANCE_KEY = "views/provenance"
MODIFIER_KEYS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
"""A shortcut may begin with one of them, such as the one that the card names."""


class ProvenanceCard(QFrame):
    """A small card: the photograph with the segment's outline, who made it, and how much of the pixel is copied."""

    def __init__(self, parent: QWidget) -> None:
        """Stay hidden until there is something to show."""
        super().__init__(parent, Qt.WindowType.ToolTip)
        self.setProperty("role", "sheet")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFixedWidth(CARD_WIDTH_PX)
        self.view = SourceView()
        self.view.setFixedSize(*PICTURE_PX)
        self.name = QLabel()
        self.name.setProperty("role", "title")
        self.name.setWordWrap(True)
        self.facts = QLabel()
        self.facts.setWordWrap(True)
        self.facts.setTextFormat(Qt.TextFormat.PlainText)
        self.share = QLabel()
        self.share.setProperty("role", "muted")
        self.share.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        for widget in (self.view, self.name, self.facts, self.share):
            column.addWidget(widget)

    def show_pixel(
        self, pixel: PixelProvenance, region_name: str, picture: SourcePicture | None, key_hint: str
    ) -> None:
        """Say where a pixel comes from."""
        made = pixel.provenance
        self.view.setVisible(made is not None)
        self.view.show_picture(picture, pixel.source_xy)
        copied = round(100 * pixel.copied)
        if made is None:
            self.name.setText("Invented by the network")
            self.facts.setText(region_name or "unpainted")
            self.share.setText("No photograph shows here.")
        else:
            self.name.setText(made.file.rsplit("/", 1)[-1] or made.dataset)
            self.facts.setText(
                f"{made.author or 'author ' + UNKNOWN} · {made.licence or 'licence ' + UNKNOWN}\n{made.dataset}"
                f"{' · for ' + region_name if region_name else ''}"
            )
            self.share.setText(f"{copied} % copied, {100 - copied} % invented.{key_hint}")
        self.adjustSize()

    def place_beside(self, at: QPoint) -> None:
        """Lie beside a position of the screen, inside it."""
        room = self.screen().availableGeometry()
        x, y = at.x() + STEP_PX, at.y() + STEP_PX
        if x + self.width() > room.right():
            x = at.x() - STEP_PX - self.width()
        if y + self.height() > room.bottom():
            y = at.y() - STEP_PX - self.height()
        self.move(max(room.left(), x), max(room.top(), y))


class ProvenanceProbe(QObject, Overlay):
    """Shows the card where the pointer rests; nothing while a button is down. GUI thread.

    Emits `changed` when it is switched on or off.
    """

    changed = Signal()

    def __init__(self, session: Session, pictures: SourcePictures, window: QWidget) -> None:
        """Serve views of a session; lay it over them with `lay_over`."""
        super().__init__(window)
        self._session = session
        self._pictures = pictures
        self.card = ProvenanceCard(window)
        self.key_text = ""
        self._is_on = str(session.preferences.value(PROVENANCE_KEY, "true")).lower() != "false"
        self._rest: tuple[Surface, QPointF, QPoint] | None = None
        self._pixel: PixelProvenance | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REST_MS)
        self._timer.timeout.connect(self._on_rested)
        pictures.arrived.connect(self._on_arrived)
        session.result_shown.connect(self.hide)
        session.document_replaced.connect(self.hide)

    @property
    def is_on(self) -> bool:
        """Whether the card is shown at all."""
        return self._is_on

    @property
    def pixel(self) -> PixelProvenance | None:
        """What the card says, or None while it is hidden."""
        return self._pixel

    def set_on(self, on: bool, /) -> None:
        """Show the card over resting pointers, or never; remembered."""
        if on != self._is_on:
            self._is_on = on
            self._session.preferences.setValue(PROVENANCE_KEY, on)
            self.hide()
            self.changed.emit()

    def lay_over(self, surface: Surface) -> None:
        """Watch the pointer over a view."""
        surface.add_overlay(self)
        surface.add_watcher(self)

    def hover(self, surface: Surface, event: QMouseEvent) -> bool:
        """Begin to wait for the pointer to rest."""
        self.hide()
        if self._is_on:
            self._rest = (surface, surface.to_layout(event.position()), event.globalPosition().toPoint())
            self._timer.start()
        return False

    def hide(self, _value: object = None) -> None:
        """Take the card away."""
        self._timer.stop()
        self._rest, self._pixel = None, None
        self.card.hide()

    def pixel_at(self, position: QPointF) -> PixelProvenance | None:
        """Return where the pixel of the picture at a layout position comes from, or None outside."""
        result, size = self._session.result, self._session.document.size
        if result is None:
            return None
        if not (0 <= position.x() < size.width and 0 <= position.y() < size.height):
            return None
        height, width = result.segment_index.shape
        return pixel_provenance(
            result, int(position.x() * width / size.width), int(position.y() * height / size.height)
        )

    def watch(self, surface: Surface, event: QEvent) -> bool:
        """Take the card away when the pointer leaves, presses or turns the wheel, or at a key that does something."""
        if isinstance(event, QKeyEvent) and event.key() in MODIFIER_KEYS:
            return False
        if event.type() in (
            QEvent.Type.Leave,
            QEvent.Type.MouseButtonPress,
            QEvent.Type.Wheel,
            QEvent.Type.Hide,
            QEvent.Type.KeyPress,
        ):
            self.hide()
        return False

    def _on_rested(self) -> None:
        if self._rest is None:
            return
        _, position, at = self._rest
        self._pixel = self.pixel_at(position)
        if self._pixel is None:
            return
        self._show()
        self.card.place_beside(at)
        self.card.show()

    def _show(self) -> None:
        pixel, result = self._pixel, self._session.result
        if pixel is None or result is None:
            return
        names = region_names(result.regions, self._session.table)
        picture = None if pixel.segment_key is None else self._pictures.get(pixel.segment_key, SIDE_PX)
        hint = f" {self.key_text} shows the photograph." if self.key_text else ""
        self.card.show_pixel(pixel, names.get(pixel.record_id, ""), picture, hint)

    def _on_arrived(self, segment_key: str, side_px: int, picture: SourcePicture | None) -> None:
        if self._pixel is not None and self._pixel.segment_key == segment_key and side_px == SIDE_PX and picture:
            self._show()
