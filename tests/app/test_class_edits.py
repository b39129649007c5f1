"""Editing the class table: the plain functions, and the one step each becomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.class_edits import MAX_NAME, add_class, delete_class, edit_class, suggest_colour
from app.class_flow import ClassFlow
from app.session import Session
from engine.classes import VOID, ClassTable, ClassTableError, builtin_class_table
from tests.support.silent_engine import build_silent_session

TABLE = builtin_class_table("street")


def test_a_new_class_stands_at_the_end_and_behaves_as_what_it_looks_like():
    table = add_class(TABLE, "  Old   oak ", (1, 2, 3), "pole")
    own = table[len(TABLE)]
    assert (own.name, own.key, own.looks_like, own.thin, own.kind) == ("Old oak", "old_oak", "pole", True, "thing")
    assert own.synonyms == ()
    assert table.classes[:-1] == TABLE.classes


def test_a_class_like_ones_own_looks_like_the_networks_class():
    table = add_class(TABLE, "Oak", (1, 2, 3), "tree")
    assert add_class(table, "Old oak", (1, 2, 4), "oak")[len(TABLE) + 1].looks_like == "tree"


def test_keys_are_free_also_of_synonyms_and_for_names_without_letters():
    table = add_class(TABLE, "Person", (1, 2, 3), "pedestrian")
    assert table[len(TABLE)].key == "person_2", "person is a synonym of pedestrian"
    assert add_class(TABLE, "木", (1, 2, 3), "tree")[len(TABLE)].key == "class"
    assert add_class(TABLE, "x" * 200, (1, 2, 3), "tree")[len(TABLE)].name == "x" * MAX_NAME


@pytest.mark.parametrize(
    ("name", "colour", "like", "reason"),
    [
        ("", (1, 2, 3), "tree", "needs a name"),
        ("sKY", (1, 2, 3), "tree", "“Sky” already"),
        ("Oak", TABLE[0].colour, "tree", "has that colour"),
        ("Oak", (1, 2, 3), "ufo", "no class 'ufo'"),
    ],
)
def test_a_class_that_cannot_be_is_refused_with_the_reason(name: str, colour, like: str, reason: str):
    with pytest.raises(ClassTableError, match=reason):
        add_class(TABLE, name, colour, like)


def test_renaming_keeps_the_key_and_so_everything_that_refers_to_it():
    table = edit_class(TABLE, 5, name="Wood", colour=(9, 9, 9), looks_like="car")
    assert (table[5].name, table[5].key, table[5].colour, table[5].looks_like) == ("Wood", "tree", (9, 9, 9), None)


def test_what_ones_own_class_looks_like_can_be_changed():
    table = add_class(TABLE, "Oak", (1, 2, 3), "tree")
    assert edit_class(table, 11, name="Oak", colour=(1, 2, 3), looks_like="car")[11].looks_like == "car"


def test_deleting_moves_the_ids_above_down():
    table, id_map = delete_class(TABLE, 8)
    assert len(table) == len(TABLE) - 1 and table.get("car") is None
    assert id_map == {9: 8, 10: 9}
    with pytest.raises(ClassTableError, match="last class"):
        delete_class(ClassTable("one", "One", (TABLE[0],)), 0)


def test_a_suggested_colour_is_free():
    table = TABLE
    for n in range(20):
        table = add_class(table, f"Class {n}", suggest_colour(table), "sky")
    assert len({info.colour for info in table}) == len(TABLE) + 20


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Session:
    return build_silent_session(tmp_path)[0]


@pytest.fixture
def flow(session: Session, qtbot: QtBot) -> ClassFlow:
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return ClassFlow(session, window)


def test_a_class_added_in_the_dialog_is_one_step_and_in_hand(flow: ClassFlow, session: Session):
    session.set_class(5)
    dialog = flow.ask_new(5)
    QTest.keyClicks(dialog.name, "Oak")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert not dialog.isVisible()
    own = session.table[session.class_id]
    assert (own.name, own.looks_like) == ("Oak", "tree")
    assert session.document.history.undo_names == ("Edit classes",)
    session.undo()
    assert len(session.table) == len(TABLE) and session.class_id < len(TABLE)
    session.redo()
    assert session.table.get("oak") is not None


def test_a_name_that_is_taken_keeps_the_dialog_open_with_the_reason(flow: ClassFlow, session: Session):
    dialog = flow.ask_new(5)
    QTest.keyClicks(dialog.name, "Sky")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    assert dialog.isVisible() and "already" in dialog.error.text()
    assert len(session.table) == len(TABLE)
    dialog.reject()


def test_editing_renames_and_recolours_in_one_step(flow: ClassFlow, session: Session):
    dialog = flow.ask_edit(5)
    assert not dialog.looks_like.isEnabled()
    dialog.name.setText("Wood")
    dialog.set_colour((10, 200, 30))
    dialog.accept()
    assert (session.table[5].name, session.table[5].colour) == ("Wood", (10, 200, 30))
    assert session.document.history.undo_names == ("Edit classes",)


def test_a_painted_class_is_not_deleted_and_says_why(flow: ClassFlow, session: Session, qtbot: QtBot):
    with qtbot.waitSignal(session.failed) as told:
        flow.delete(0)
    assert told.args is not None and "Sky cannot be deleted" in told.args[0] and "pixels" in told.args[0]
    assert len(session.table) == len(TABLE)


def test_deleting_an_unused_class_keeps_every_pixel_and_the_class_in_hand(flow: ClassFlow, session: Session):
    unused = next(info for info in TABLE if not (session.document.class_ids == info.id).any())
    session.set_class(10 if unused.id != 10 else 9)
    key = session.table[session.class_id].key
    before = {info.key: int((session.document.class_ids == info.id).sum()) for info in TABLE if info.id != unused.id}
    flow.delete(unused.id)
    after = {info.key: int((session.document.class_ids == info.id).sum()) for info in session.table}
    assert after == before
    assert session.table[session.class_id].key == key
    assert not (session.document.class_ids == VOID).any()
    session.undo()
    assert session.table == TABLE and session.table[session.class_id].key == key


def test_segments_are_counted_for_ones_own_class(session: Session, flow: ClassFlow):
    from tests.support.fake_engine import FakePipeline

    summary = FakePipeline().open_bank(Path("/banks/street.bank"))
    banks = session._banks
    banks._summaries[summary.path] = summary  # type: ignore[assignment]
    dialog = flow.ask_new(5)
    dialog.name.setText("Oak")
    dialog.accept()
    counts = session.bank_counts()
    assert counts["oak"] == counts["tree"] > 0


def test_the_picture_is_asked_for_anew_after_a_class_changed(session: Session, flow: ClassFlow):
    engine = session.engine
    before = len(engine.snapshots)  # type: ignore[attr-defined]
    dialog = flow.ask_new(5)
    dialog.name.setText("Oak")
    dialog.accept()
    snapshots = engine.snapshots  # type: ignore[attr-defined]
    assert len(snapshots) > before and snapshots[-1].table.get("oak") is not None
    assert np.array_equal(snapshots[-1].layout.class_ids, session.document.class_ids)
