"""What may be painted over: the menus of protected classes and of the one class painted over."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, qGray
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from app.icons import icon, paint_icon
from app.panels.parts import Menu
from app.session import Session
from app.theme import THEME
from app.tool_tips import set_tool_tip
from engine.classes import VOID

VOID_NAME = "Void (unpainted)"
LONGEST_NAME = 14
CHIP_PX = 16


class GuardButton(QToolButton):
    """A button that says what is guarded, with a menu filled whenever it opens."""

    def __init__(self, session: Session, icon_name: str, name: str, parent: QWidget | None = None) -> None:
        """Show what a session's tools guard."""
        super().__init__(parent)
        self._session = session
        self.setIcon(icon(icon_name))
        self.setIconSize(QSize(16, 16))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setAccessibleName(name)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMenu(Menu(self))
        self.menu().aboutToShow.connect(self._on_about_to_show)
        session.tools.guard_changed.connect(self._on_guard_changed)
        session.table_changed.connect(self._on_guard_changed)
        self._on_guard_changed()

    def fill_menu(self, menu: QMenu) -> None:
        """Put what can be chosen into an empty menu."""
        raise NotImplementedError

    def summary(self) -> str:
        """Return what the button says."""
        raise NotImplementedError

    def is_active(self) -> bool:
        """Whether anything is guarded."""
        raise NotImplementedError

    def _name_of(self, class_id: int) -> str:
        return VOID_NAME if class_id == VOID else self._session.table[class_id].name

    def _on_about_to_show(self) -> None:
        self.menu().clear()
        self.fill_menu(self.menu())

    def _on_guard_changed(self) -> None:
        self.setText(self.summary())
        self.setChecked(self.is_active())


class ProtectedButton(GuardButton):
    """Which classes the tools leave alone."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show the protected classes of a session."""
        super().__init__(session, "lock", "Protected classes", parent)
        set_tool_tip(
            self, "Protected classes: no tool paints over them; a key protects the class in hand", "protect_class"
        )

    def fill_menu(self, menu: QMenu) -> None:
        """Offer the class in hand, void, and what is protected already."""
        tools = self._session.tools
        offered = dict.fromkeys((self._session.class_id, VOID, *sorted(tools.protected)))
        for class_id in offered:
            text = f"Protect {_in_sentence(self._name_of(class_id))}"
            checked = class_id in tools.protected
            action = menu.addAction(chip_icon(self._session, class_id, checked=checked), text)
            action.setCheckable(True)
            action.setChecked(checked)
            action.toggled.connect(lambda protected, i=class_id: tools.set_protected(i, protected))
        menu.addSeparator()
        everything = menu.addAction("Protect nothing", self._on_nothing)
        everything.setEnabled(bool(tools.protected))

    def summary(self) -> str:
        """Return how many classes are protected, or which one."""
        protected = self._session.tools.protected
        if len(protected) == 1:
            return f"{_short(self._name_of(next(iter(protected))))} protected"
        return f"{len(protected)} protected" if protected else "Protect"

    def is_active(self) -> bool:
        """Whether a class is protected."""
        return bool(self._session.tools.protected)

    def _on_nothing(self) -> None:
        for class_id in self._session.tools.protected:
            self._session.tools.set_protected(class_id, False)


class OnlyOverButton(GuardButton):
    """Which one class the tools paint over."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Show what a session's tools paint over."""
        super().__init__(session, "only_over", "Paint only over", parent)
        tip = "Paint only over one class; a key takes the class under the cursor, and lets it go again"
        set_tool_tip(self, tip, "only_over")

    def fill_menu(self, menu: QMenu) -> None:
        """Offer everything, void, and each class."""
        tools, table = self._session.tools, self._session.table
        choices: list[int | None] = [None, VOID, *range(len(table))]
        for class_id in choices:
            checked = tools.only_over == class_id
            if class_id is None:
                action = menu.addAction("Paint over everything")
            else:
                chip = chip_icon(self._session, class_id, checked=checked)
                action = menu.addAction(chip, self._name_of(class_id))
            action.setCheckable(True)
            action.setChecked(checked)
            action.triggered.connect(lambda _checked=False, i=class_id: tools.set_only_over(i))
            if class_id in (None, VOID):
                menu.addSeparator()

    def summary(self) -> str:
        """Return what is painted over."""
        only_over = self._session.tools.only_over
        return "Over everything" if only_over is None else f"Only over {_short(_in_sentence(self._name_of(only_over)))}"

    def is_active(self) -> bool:
        """Whether only one class is painted over."""
        return self._session.tools.only_over is not None


def chip_icon(session: Session, class_id: int, *, checked: bool) -> QIcon:
    """Return a class' colour as an icon, with a mark where it is checked; void is a checkerboard."""
    colour = QColor(THEME.checker_dark) if class_id == VOID else QColor(*session.table[class_id].colour)
    pixmap = QPixmap(CHIP_PX, CHIP_PX)
    pixmap.fill(colour)
    painter = QPainter(pixmap)
    if class_id == VOID:
        for corner in (0, CHIP_PX // 2):
            painter.fillRect(corner, corner, CHIP_PX // 2, CHIP_PX // 2, QColor(THEME.checker_light))
    if checked:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_dark = qGray(colour.rgb()) < 128
        paint_icon(painter, "check", QRectF(0, 0, CHIP_PX, CHIP_PX), "#ffffff" if is_dark else "#000000")
    painter.end()
    return QIcon(pixmap)


def _in_sentence(name: str) -> str:
    return name[:1].lower() + name[1:]


def _short(name: str) -> str:
    name = name.removesuffix(" (unpainted)")
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1].rstrip() + "…"
