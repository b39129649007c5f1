"""The light panel: whose light the picture and its regions take on, and how much one scene counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.icons import icon
from app.imaging import image_from_rgba
from app.panels.parts import ValueSlider, heading, link_button, muted_label, panel_button
from app.session import Session
from engine.document.record import NEUTRAL_MOOD, Mood

THUMBNAIL_PX = 160
PICTURE_SIZE = QSize(56, 40)
STEP_NAME = "Change mood"
SCENE_STEP = "Change one scene"


class MoodControls(QWidget):
    """Whose light, warmth and brightness; of the whole picture or of one region.

    Emits `pick_asked` where the painter wants to point at the light in the picture, and `cleared` where nobody's light
    is to be taken on any more.
    """

    pick_asked = Signal()
    cleared = Signal()
    began = Signal()
    reopened = Signal()
    changed = Signal(object)
    ended = Signal()

    def __init__(self, scope: str, parent: QWidget | None = None) -> None:
        """Make the controls.

        Args:
            scope: whose light it is, in words.
            parent: Qt's.
        """
        super().__init__(parent)
        self._mood = NEUTRAL_MOOD
        self._photograph: QPixmap | None = None
        self.picture = QLabel()
        self.picture.setFixedSize(PICTURE_SIZE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setAccessibleName(f"Whose light {scope} takes on")
        self.like = muted_label()
        self.pick = panel_button("pick", f"Like in the picture: click a photograph in canvas or image, and {scope} "
                                 "takes on its light")  # fmt: skip
        self.pick.setCheckable(True)
        self.pick.clicked.connect(self.pick_asked)
        self.clear = panel_button("close", "Take no photograph's light")
        self.clear.clicked.connect(self.cleared)
        self.warmth = _slider("Warmth", f"Makes {scope} warmer or cooler")
        self.brightness = _slider("Brightness", f"Makes {scope} brighter or darker")
        self.warmth.changed.connect(lambda value: self.changed.emit(replace(self._mood, warmth=_snapped(value))))
        self.brightness.changed.connect(
            lambda value: self.changed.emit(replace(self._mood, brightness=_snapped(value)))
        )
        self.warmth.reset.connect(lambda: self.changed.emit(replace(self._mood, warmth=0.0)))
        self.brightness.reset.connect(lambda: self.changed.emit(replace(self._mood, brightness=0.0)))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.picture)
        row.addWidget(self.like, 1)
        row.addWidget(self.pick)
        row.addWidget(self.clear)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        for slider in (self.warmth, self.brightness):
            slider.began.connect(self.began)
            slider.reopened.connect(self.reopened)
            slider.ended.connect(self.ended)
            column.addWidget(slider)

    def show_mood(self, mood: Mood, name: str, picture: QPixmap | None) -> None:
        """Show a mood.

        Args:
            mood: what is set.
            name: of the photograph whose light is taken on, empty for nobody's.
            picture: of its segment, where it is at hand.
        """
        self._mood = mood
        self.warmth.show_value(mood.warmth)
        self.brightness.show_value(mood.brightness)
        self.like.setText(f"Light of {name}" if mood.like else "Light of no photograph")
        self.like.setToolTip(name)
        self.clear.setVisible(mood.like is not None)
        self._photograph = picture
        self._show_picture()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the icon in the colours of another theme."""
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "picture"):
            self._show_picture()
        super().changeEvent(event)

    def _show_picture(self) -> None:
        if self._photograph is None:
            self.picture.setPixmap(icon("image" if self._mood.like else "light").pixmap(QSize(20, 20)))
            return
        size = PICTURE_SIZE * self.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        self.picture.setPixmap(self._photograph.scaled(size, keep, smooth))


class MoodPanel(QScrollArea):
    """The light of the whole picture and of the selected region. GUI thread.

    Emits `pick_asked` with a record id, -1 for the whole picture, where the painter wants to point at a light.
    """

    pick_asked = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        """Follow a session."""
        super().__init__(parent)
        self._session = session
        self._pictures: dict[str, QPixmap] = {}
        self._asked: set[str] = set()
        self.whole = MoodControls("the whole picture")
        self.region = MoodControls("this region")
        self.scene = ValueSlider(
            "One scene",
            "How strongly the automatic choice favours photographs of one scene and one light over the best outline",
            least=0.0,
            most=1.0,
            text_of=lambda value: f"{100 * value:.0f} %",
        )
        self.renew = link_button(
            "Renew light", "Choose anew whose light the regions are brought to; locked regions keep theirs"
        )
        self.own = link_button("Give it a light of its own")
        self.follow = link_button("Follow the picture", "Take the light of the whole picture again")
        self._build()
        self._connect()
        self._show_all()

    def _build(self) -> None:
        body = QWidget()
        body.setProperty("role", "panel")
        body.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        top = QHBoxLayout()
        top.addWidget(heading("WHOLE PICTURE"), 1)
        top.addWidget(self.renew)
        column.addLayout(top)
        column.addWidget(self.whole)
        column.addWidget(self.scene)
        rule = QFrame()
        rule.setProperty("role", "rule")
        rule.setFixedHeight(1)
        column.addWidget(rule)
        head = QHBoxLayout()
        self._region_heading = heading("THIS REGION")
        head.addWidget(self._region_heading, 1)
        head.addWidget(self.follow)
        column.addLayout(head)
        self._region_note = muted_label()
        column.addWidget(self._region_note)
        column.addWidget(self.own, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.region)
        column.addStretch(1)
        self.setWidget(body)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def _connect(self) -> None:
        session, regions = self._session, self._session.regions
        scopes: tuple[tuple[MoodControls, Callable[[], int | None]], ...] = (
            (self.whole, lambda: None),
            (self.region, lambda: session.selected_record_id),
        )
        for controls, record_id in scopes:
            controls.began.connect(lambda: regions.begin(STEP_NAME))
            controls.reopened.connect(lambda: regions.reopen(STEP_NAME))
            controls.ended.connect(regions.finish)
            controls.changed.connect(lambda mood, record_id=record_id: regions.set_mood(record_id(), mood))
            controls.cleared.connect(lambda record_id=record_id: self._take_light(record_id(), None))
            controls.pick_asked.connect(
                lambda record_id=record_id: self.pick_asked.emit(-1 if record_id() is None else record_id())
            )
        self.scene.began.connect(lambda: regions.begin(SCENE_STEP))
        self.scene.reopened.connect(lambda: regions.reopen(SCENE_STEP))
        self.scene.changed.connect(lambda value: regions.set_scene_weight(round(value, 3)))
        self.scene.ended.connect(regions.finish)
        self.scene.reset.connect(lambda: regions.set_scene_weight(type(session.document.settings)().scene_weight))
        self.renew.clicked.connect(regions.renew_light)
        self.own.clicked.connect(lambda: regions.set_mood(session.selected_record_id, session.document.settings.mood))
        self.follow.clicked.connect(lambda: regions.set_mood(session.selected_record_id, None))
        for signal in (
            session.selection_changed,
            session.records_changed,
            session.settings_changed,
            session.document_replaced,
            session.result_shown,
        ):
            signal.connect(self._on_changed)
        session.thumbnail_ready.connect(self._on_thumbnail_ready)

    def take_light(self, record_id: int, segment_key: str) -> None:
        """Take on the light of a segment: a region, or with -1 the whole picture."""
        self._take_light(None if record_id < 0 else record_id, segment_key)

    def show_picking(self, record_id: int | None) -> None:
        """Show for whom the painter is pointing at a light: a region, -1 for the whole picture, None for nobody."""
        self.whole.pick.setChecked(record_id == -1)
        self.region.pick.setChecked(record_id is not None and record_id >= 0)

    # -- inside -------------------------------------------------------------------------------------------------

    def _take_light(self, record_id: int | None, segment_key: str | None) -> None:
        record = None if record_id is None else self._session.choice.record(record_id)
        own = None if record is None else record.mood
        mood = own or self._session.document.settings.mood
        self._session.regions.set_mood(record_id, replace(mood, like=segment_key))

    def _show_all(self) -> None:
        settings, record_id = self._session.document.settings, self._session.selected_record_id
        self._show_controls(self.whole, settings.mood)
        self.scene.show_value(settings.scene_weight)
        record = self._session.choice.record(record_id)
        region = self._session.region_result(record_id)
        info = None if region is None else self._session.table.get(region.class_key)
        has_own = record is not None and record.mood is not None
        self._region_heading.setText("THIS REGION" if info is None else f"THIS REGION: {info.name.upper()}")
        self.region.setVisible(has_own)
        self.follow.setVisible(has_own)
        self.own.setVisible(record is not None and not has_own)
        self._region_note.setVisible(not has_own)
        self._region_note.setText(
            "Follows the light of the whole picture." if record is not None else "Select a region to light it."
        )
        if record is not None and record.mood is not None:
            self._show_controls(self.region, record.mood)

    def _show_controls(self, controls: MoodControls, mood: Mood) -> None:
        name = "" if mood.like is None else self._name_of(mood.like)
        controls.show_mood(mood, name, self._pictures.get(mood.like or ""))
        if mood.like is not None and mood.like not in self._pictures and mood.like not in self._asked:
            self._asked.add(mood.like)
            self._session.request_thumbnail(mood.like, THUMBNAIL_PX)

    def _name_of(self, key: str) -> str:
        """Return what the photograph of a segment or source is called."""
        result = self._session.result
        if result is None:
            return key[:6]
        crop = result.segments.get(key)
        if crop is not None:
            return crop.provenance.file.rsplit("/", 1)[-1]
        found = (c for region in result.regions for c in region.candidates if key in (c.segment_key, c.source_key))
        candidate = next(found, None)
        return key[:6] if candidate is None else candidate.provenance.file.rsplit("/", 1)[-1]

    def _on_changed(self, _value: object = None) -> None:
        self._show_all()

    def _on_thumbnail_ready(self, segment_key: str, rgba: np.ndarray | None) -> None:
        if segment_key in self._asked and rgba is not None:
            self._asked.discard(segment_key)
            self._pictures[segment_key] = QPixmap.fromImage(image_from_rgba(rgba))
            self._show_all()


def _slider(caption: str, tool_tip: str) -> ValueSlider:
    return ValueSlider(caption, tool_tip, least=-1.0, most=1.0, text_of=_signed)


def _signed(value: float) -> str:
    percent = round(100 * _snapped(value))
    return f"{percent:+d}" if percent else "0"


def _snapped(value: float) -> float:
    """Return a value that sticks to the middle."""
    return 0.0 if abs(value) < 0.03 else round(value, 3)
