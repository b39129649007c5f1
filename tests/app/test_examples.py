"""The examples that come with the program, the gallery, and what a new window shows."""

from __future__ import annotations

import asyncio
from statistics import median

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.dialogs.examples import THUMBNAIL, ExamplesDialog, draw_thumbnails
from app.dialogs.new_document import NewDocumentDialog
from app.examples import EXAMPLES_FOLDER, STARTER_PROJECT, list_examples, open_example, open_starter
from app.main_window import MainWindow
from app.make_examples import PICTURE_BYTES, encode_picture
from app.session import Session
from engine.classes import VOID, ClassTable, builtin_class_table
from engine.data.image_file import decode_photograph, read_file
from engine.document.project_file import load_project
from engine.document.snapshot import Quality
from engine.regions import find_regions
from tests.support.dialogs import answering, dialog_of, drive

EXAMPLES = list_examples()
LANDSCAPES = tuple(example for example in EXAMPLES if example.table_key == "landscape")
STREET = next(example for example in EXAMPLES if example.table_key == "street")


def test_there_are_a_dozen_landscapes_to_begin_from_and_each_has_its_name():
    assert len(LANDSCAPES) >= 12
    assert len({example.title for example in EXAMPLES}) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.key)
def test_an_example_is_painted_whole_in_its_table_and_opens_without_a_file(example):
    opened = open_example(example)
    assert opened.path is None and opened.title == example.title and not opened.document.is_modified
    assert opened.document.table == builtin_class_table(example.table_key)
    assert not (opened.document.class_ids == VOID).any()
    assert not opened.document.table.unknown_ids(opened.document.class_ids)


def test_examples_are_painted_in_few_regions():
    counts = []
    for example in LANDSCAPES:
        document = open_example(example).document
        counts.append(len(find_regions(document.snapshot(Quality.FINAL).layout, document.table)))
    assert median(counts) <= 20 and min(counts) >= 3


def test_all_classes_of_the_landscape_but_few_appear_in_some_example():
    used = {class_id for e in LANDSCAPES for class_id in np.unique(open_example(e).document.class_ids).tolist()}
    assert len(used) >= 14


@pytest.mark.parametrize("example", LANDSCAPES, ids=lambda example: example.key)
def test_an_example_comes_with_a_small_picture(example):
    assert example.picture.stat().st_size <= PICTURE_BYTES
    height, width = decode_photograph(read_file(example.picture)).shape[:2]
    assert width >= 256 and width == 2 * height


def test_a_picture_is_made_as_good_as_its_bytes_allow_and_too_much_is_refused():
    noise = np.random.default_rng(0).integers(0, 255, (128, 256, 3)).astype(np.uint8)
    assert len(encode_picture(noise)) <= PICTURE_BYTES
    with pytest.raises(ValueError, match="does not fit"):
        encode_picture(noise.repeat(8, 0).repeat(8, 1))


# -- what a new window shows -----------------------------------------------------------------------------------------


def test_the_starter_shows_its_pictures_before_the_engine_has_run():
    opened = open_starter()
    assert opened.path is None and opened.title == EXAMPLES[0].title and not opened.document.is_modified
    assert opened.document.table.key == "landscape"
    assert np.array_equal(opened.document.class_ids, open_example(EXAMPLES[0]).document.class_ids)
    for picture in (opened.image, opened.canvas):
        assert picture is not None and picture.shape == (*opened.document.class_ids.shape, 3)
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 1000


def test_the_starter_carries_the_segments_it_is_made_of_and_needs_no_bank():
    project = load_project(EXAMPLES_FOLDER / STARTER_PROJECT)
    choices = {record.choice for record in project.records if record.choice is not None}
    assert len(choices) >= 5 and choices <= set(project.segments)


def test_with_a_bank_of_another_table_the_window_opens_in_that():
    street = open_starter(builtin_class_table("street"))
    assert street.title == STREET.title and street.document.table.key == "street"
    own = ClassTable("moon", "Moon", builtin_class_table("street").classes[:3])
    empty = open_starter(own)
    assert empty.document.table == own and (empty.document.class_ids == VOID).all()


def test_the_window_shows_layout_canvas_and_image_at_once(qtbot: QtBot, session: Session, window: MainWindow):
    session.set_live(False)
    opened = open_starter()
    session.adopt(opened)
    assert session.result is None and window.windowTitle().startswith(f"{EXAMPLES[0].title}[*]")
    assert opened.image is not None
    for name in ("canvas", "image"):
        shown = window.views.panes[name].grab().toImage()
        colours = {shown.pixel(x, y) for x in range(0, shown.width(), 7) for y in range(0, shown.height(), 7)}
        assert len(colours) > 50, name


# -- the gallery -----------------------------------------------------------------------------------------------------


@pytest.fixture
def gallery(qtbot: QtBot) -> ExamplesDialog:
    dialog = ExamplesDialog(EXAMPLES, draw_thumbnails(EXAMPLES, 2.0), open_tables={"landscape"})
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_gallery_shows_every_example_and_gives_the_one_that_the_keys_marked(qtbot: QtBot, gallery: ExamplesDialog):
    assert gallery.gallery.count() == len(EXAMPLES)
    assert gallery.gallery.hasFocus() or gallery.focusWidget() is gallery.gallery
    qtbot.keyClick(gallery.gallery, Qt.Key.Key_Right)
    qtbot.keyClick(gallery.gallery, Qt.Key.Key_Return)
    assert gallery.result() == ExamplesDialog.DialogCode.Accepted
    assert gallery.chosen == EXAMPLES[1]


def test_thumbnails_are_sharp_on_dense_screens_and_no_two_are_alike():
    thumbnails = draw_thumbnails(EXAMPLES, 2.0)
    assert all(t.size() == THUMBNAIL * 2 and t.devicePixelRatio() == 2 for t in thumbnails)
    assert len({bytes(t.constBits()) for t in thumbnails}) == len(EXAMPLES)


def test_the_gallery_says_what_the_street_needs(gallery: ExamplesDialog):
    row = EXAMPLES.index(STREET)
    assert "needs a bank" in gallery.gallery.item(row).text()
    gallery.gallery.setCurrentRow(row)
    assert "CamVid" in gallery.note.text()
    gallery.gallery.setCurrentRow(0)
    assert "needs a bank" not in gallery.gallery.item(0).text() and "CamVid" not in gallery.note.text()


def test_the_street_needs_nothing_where_a_bank_of_streets_is_open(qtbot: QtBot):
    dialog = ExamplesDialog(EXAMPLES, draw_thumbnails(EXAMPLES, 1.0), open_tables={"street"})
    qtbot.addWidget(dialog)
    texts = [dialog.gallery.item(row).text() for row in range(dialog.gallery.count())]
    assert texts[EXAMPLES.index(STREET)] == STREET.title and "needs a bank" in texts[0]


@pytest.mark.parametrize("example", [EXAMPLES[3], STREET], ids=lambda example: example.key)
def test_the_menu_opens_an_example_as_a_new_document(window: MainWindow, session: Session, example):
    def choose(dialog: ExamplesDialog) -> None:
        dialog.gallery.setCurrentRow(EXAMPLES.index(example))
        dialog.accept()

    assert "examples" in window.actions_by_name
    drive(answering(window.file_flow.examples(), ExamplesDialog, choose))
    assert session.title == example.title and session.path is None and not session.is_modified
    assert session.table.key == example.table_key


def test_leaving_the_gallery_leaves_the_document(window: MainWindow, session: Session):
    shown = session.document
    drive(answering(window.file_flow.examples(), ExamplesDialog, lambda dialog: dialog.reject()))
    assert session.document is shown


def test_the_question_for_a_new_layout_leads_to_the_gallery(window: MainWindow, session: Session):
    async def walk() -> None:
        flow = asyncio.ensure_future(window.file_flow.new())
        question = await dialog_of(NewDocumentDialog)
        QTest.mouseClick(question.example_button, Qt.MouseButton.LeftButton)
        (await dialog_of(ExamplesDialog)).accept()
        await flow

    drive(walk())
    assert session.title == EXAMPLES[0].title
