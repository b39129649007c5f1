"""The tool strip at the left edge."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.icons import icon
from app.session import Session
from app.theme import THEME
from app.tool_state import ToolName
from app.tool_tips import set_tool_tip
from engine.classes import VOID

STRIP_PX = 44
ICON_PX = 20
BUTTON_PX = 32


@dataclass(frozen=True, slots=True)
class ToolEntry:
    """One button of the strip."""

    name: ToolName
    text: str
    hint: str


TOOLS = (
    ToolEntry("brush", "Brush", "paints the class. Shift+drag changes its size"),
    ToolEntry("eraser", "Eraser", "paints void: unpainted"),
    ToolEntry("fill", "Fill", "fills pixels of one class and object"),
    ToolEntry("line", "Line", "draws a straight line as wide as the brush. Shift keeps it at 45°"),
    ToolEntry("rectangle", "Rectangle", "draws a filled rectangle. Shift keeps it square"),
    ToolEntry("ellipse", "Ellipse", "draws a filled ellipse. Shift keeps it a circle"),
    ToolEntry("lasso", "Lasso fill", "fills what you draw around"),
    ToolEntry("polygon", "Polygon", "fills between corners you click; Enter or a double click closes it"),
    ToolEntry("reveal", "Paint with candidate", "shows the marked candidate where you stroke its region"),
    ToolEntry("pick", "Pick class", "takes the class under the cursor. With any tool: hold Alt"),
    ToolEntry("move", "Select or move region", "a click selects, a drag or the arrow keys move it"),
    ToolEntry("pan", "Pan", "moves the picture. With any tool: hold Space, or drag with the middle button"),
)


class ToolStrip(QWidget):
    """The vertical strip at the left edge: the tools, new object, and the two classes in hand."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the tools of a session."""
        super().__init__(parent)
        self.setProperty("role", "strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(STRIP_PX)
        self._session = session
        self._buttons: dict[str, QToolButton] = {}
        self._group = group = QButtonGroup(self)
        group.buttonClicked.connect(self._on_button_clicked)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 8)
        column.setSpacing(1)
        for entry in TOOLS:
            button = _button(entry.name, entry.text)
            set_tool_tip(button, f"{entry.text}: {entry.hint}", f"tool_{entry.name}")
            button.setCheckable(True)
            group.addButton(button)
            self._buttons[entry.name] = button
            column.addWidget(button)
        column.addSpacing(4)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        column.addWidget(rule)
        column.addSpacing(4)
        self._new_object = _button("new_object", "New object")
        tip = "New object: the next stroke starts a separate object of the class, so that two cars that touch stay two"
        set_tool_tip(self._new_object, tip, "new_object")
        self._buttons["new_object"] = self._new_object
        self._new_object.setCheckable(True)
        self._new_object.clicked.connect(self._on_new_object_clicked)
        column.addWidget(self._new_object)
        column.addStretch(1)
        self._chips = ClassChips(session)
        column.addWidget(self._chips, 0, Qt.AlignmentFlag.AlignHCenter)
        session.tool_changed.connect(self._on_tool_changed)
        session.instance_changed.connect(self._on_instance_changed)
        self._on_tool_changed(session.tool)

    def button(self, name: str) -> QToolButton:
        """Return the button of a tool, or that of ``new_object``.

        Raises:
            KeyError: if there is no such button.
        """
        return self._buttons[name]

    def _on_tool_changed(self, name: str) -> None:
        group, button = self._group, self._buttons.get(name)
        if button is not None:
            button.setChecked(True)
        elif (checked := group.checkedButton()) is not None:  # a tool that has its button elsewhere
            group.setExclusive(False)
            checked.setChecked(False)
            group.setExclusive(True)

    def _on_button_clicked(self, button: QAbstractButton) -> None:
        for entry in TOOLS:
            if self._buttons[entry.name] is button:
                self._session.set_tool(entry.name)

    def _on_new_object_clicked(self) -> None:
        self._session.new_object()
        self._on_instance_changed(self._session.instance_id)

    def _on_instance_changed(self, instance_id: int) -> None:
        self._new_object.setChecked(instance_id != 0)


class ClassChips(QWidget):
    """The class that is painted with, over the previous one; a click swaps them."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the classes of a session."""
        super().__init__(parent)
        self._session = session
        self.setFixedSize(34, 34)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        session.class_changed.connect(self._on_class_changed)
        session.document_replaced.connect(self._on_class_changed)
        self._on_class_changed()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw both chips."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for class_id, box in (
            (self._session.previous_class_id, QRectF(12, 12, 21, 21)),
            (self._session.class_id, QRectF(1, 1, 24, 24)),
        ):
            painter.setPen(QPen(QColor(THEME.text if box.left() < 5 else THEME.edge), 1.25))
            painter.setBrush(self._colour(class_id))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Swap the classes."""
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self._session.swap_class()

    def _colour(self, class_id: int) -> QColor:
        table = self._session.table
        return QColor(*table[class_id].colour) if 0 <= class_id < len(table) else QColor(THEME.checker_dark)

    def _name(self, class_id: int) -> str:
        table = self._session.table
        return table[class_id].name if 0 <= class_id < len(table) else "void" if class_id == VOID else "none"

    def _on_class_changed(self, _class_id: int = 0) -> None:
        current, previous = self._name(self._session.class_id), self._name(self._session.previous_class_id)
        set_tool_tip(self, f"Painting with: {current}\nBefore: {previous}\nA click swaps them", "swap_class")
        self.update()


def _button(icon_name: str, name: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icon(icon_name))
    button.setIconSize(QSize(ICON_PX, ICON_PX))
    button.setFixedSize(BUTTON_PX, BUTTON_PX)
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button
