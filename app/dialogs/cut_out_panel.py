"""Beside a photograph that is being cut out: assisted selection, what it is called and whose it is, and *Add*."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.counted import counted
from app.cut_out_session import CutOut
from app.icons import icon
from app.photographs import LICENCES
from app.tool_state import ToolName
from app.tool_tips import set_tool_tip
from app.views.view_controls import layout_opacity_slider
from app.views.view_options import ViewOptions

PANEL_PX = 252
ASSISTED: tuple[tuple[ToolName, str, str], ...] = (
    ("grab", "Grab object", "Drag a rectangle around an object, and mend its outline with strokes"),
    ("scissors", "Scissors", "Click along an edge: the outline follows it"),
)
MAX_FIELD_CHARACTERS = 200
NO_NETWORK = "No segmentation network ships for these classes yet"


class CutOutPanel(QWidget):
    """Emits `suggestion_asked` and `add_asked` when their buttons are clicked. GUI thread."""

    suggestion_asked = Signal()
    add_asked = Signal()

    def __init__(self, cut_out: CutOut, options: ViewOptions, parent: QWidget | None = None) -> None:
        """Serve a photograph."""
        super().__init__(parent)
        self.setProperty("role", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(PANEL_PX)
        self._cut_out = cut_out
        self._options = options
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(8)
        self._column = column
        self._build_selection()
        self._build_origin()
        column.addStretch(1)
        self._build_end()
        cut_out.session.tool_changed.connect(self._on_tool_changed)
        self._on_tool_changed(cut_out.session.tool)

    @property
    def name(self) -> str:
        """What the photograph shall be called."""
        return self.name_field.text().strip() or self._cut_out.name

    @property
    def author(self) -> str:
        """Who made it."""
        return self.author_field.text().strip()

    @property
    def licence(self) -> str:
        """Under which terms."""
        return self.licence_field.currentText().strip()

    @property
    def is_busy(self) -> bool:
        """Whether something asked for here is under way."""
        return self._is_busy

    @property
    def note(self) -> str:
        """What is said above the buttons."""
        return self._note.text()

    def show_found(self, segments: int, classes: int) -> None:
        """Say how many segments the layout has now."""
        self.add_button.setEnabled(segments > 0 and not self._is_busy)
        self._segments = segments
        if segments:
            self.show_note(f"{counted(segments, 'segment')} of {counted(classes, 'class', 'classes')}")
        else:
            self.show_note("Paint over what you want to use, in its class. What is left unpainted is not used.")

    def show_note(self, text: str, *, is_error: bool = False) -> None:
        """Say something above the buttons."""
        self._note.setProperty("role", "error" if is_error else "muted")
        self._note.style().polish(self._note)
        self._note.setText(text)

    def set_busy(self, busy: bool, /) -> None:
        """Show that something is under way, and let nothing else begin."""
        self._is_busy = busy
        self._progress.setVisible(busy)
        self.add_button.setEnabled(not busy and self._segments > 0)
        self.suggest_button.setEnabled(not busy and self._cut_out.can_suggest)

    def _build_selection(self) -> None:
        self._column.addWidget(_heading("Assisted selection"))
        self._group = QButtonGroup(self)
        self.tool_buttons: dict[str, QPushButton] = {}
        for name, text, hint in ASSISTED:
            button = _wide_button(text, name)
            button.setCheckable(True)
            set_tool_tip(button, hint, f"tool_{name}")
            button.clicked.connect(partial(self._take_tool, name))
            self._group.addButton(button)
            self.tool_buttons[name] = button
            self._column.addWidget(button)
        self.suggest_button = _wide_button("Suggest the rest", "suggest")
        hint = "Let the segmentation network paint what is unpainted, as far as it is sure; one step to undo"
        set_tool_tip(self.suggest_button, hint if self._cut_out.can_suggest else NO_NETWORK, "suggest")
        self.suggest_button.setEnabled(self._cut_out.can_suggest)
        self.suggest_button.clicked.connect(self.suggestion_asked)
        self._column.addWidget(self.suggest_button)
        opacity = layout_opacity_slider(self._options)
        opacity.setMaximumWidth(16_777_215)
        opacity.setMinimumWidth(80)
        self._column.addSpacing(6)
        self._column.addWidget(_heading("Layout over the photograph"))
        self._column.addWidget(opacity)

    def _build_origin(self) -> None:
        cut_out = self._cut_out
        self.name_field = QLineEdit(cut_out.name)
        self.author_field = QLineEdit(cut_out.author)
        self.author_field.setPlaceholderText("Whose photograph it is")
        self.licence_field = QComboBox()
        self.licence_field.setEditable(True)
        self.licence_field.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.licence_field.addItems(LICENCES)
        self.licence_field.setCurrentText(cut_out.licence or LICENCES[0])
        edit = self.licence_field.lineEdit()
        for field in (self.name_field, self.author_field, edit):
            if field is not None:
                field.setMaxLength(MAX_FIELD_CHARACTERS)
        form = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(6)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for caption, widget in (
            ("Name", self.name_field), ("Author", self.author_field), ("Licence", self.licence_field),
        ):  # fmt: skip
            widget.setAccessibleName(caption)
            form.addRow(caption, widget)
        self._column.addSpacing(6)
        self._column.addWidget(_heading("Photograph"))
        self._column.addLayout(form)
        facts = QLabel(_facts(cut_out))
        facts.setProperty("role", "muted")
        facts.setWordWrap(True)
        self._column.addWidget(facts)

    def _build_end(self) -> None:
        self._segments = 0
        self._is_busy = False
        self._progress = QProgressBar()
        self._progress.setRange(0, 0)
        self._progress.setFixedHeight(4)
        self._progress.setTextVisible(False)
        self._progress.hide()
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setMinimumHeight(48)
        self._note.setAlignment(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft)
        text = "Update my photographs" if self._cut_out.is_kept else "Add to my photographs"
        self.add_button = QPushButton(text)
        self.add_button.setDefault(True)
        self.add_button.setEnabled(False)
        set_tool_tip(self.add_button, "Its segments are candidates at once", "add_photograph")
        self.add_button.clicked.connect(self.add_asked)
        for widget in (self._note, self._progress, self.add_button):
            self._column.addWidget(widget)

    def _take_tool(self, name: ToolName, _checked: bool = False, /) -> None:
        self._cut_out.session.set_tool(name)

    def _on_tool_changed(self, name: str) -> None:
        self._group.setExclusive(False)
        for tool, button in self.tool_buttons.items():
            button.setChecked(tool == name)
        self._group.setExclusive(True)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _wide_button(text: str, icon_name: str) -> QPushButton:
    button = QPushButton(text)
    button.setIcon(icon(icon_name))
    button.setAutoDefault(False)
    button.setStyleSheet("text-align: left;")
    return button


def _facts(cut_out: CutOut) -> str:
    photograph = cut_out.photograph
    size, original = photograph.size, photograph.original_size
    lines = [f"{size.width} × {size.height} pixels"]
    if photograph.is_scaled:
        lines = [f"Scaled from {original.width} × {original.height} to {size.width} × {size.height} pixels"]
    if not cut_out.is_kept:
        lines.append("Place, time and camera are not kept")
    return "\n".join(lines)
