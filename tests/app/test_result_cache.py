"""Tests of finished results by what they were made from."""

from __future__ import annotations

from dataclasses import replace

from app.result_cache import ResultCache
from engine.document.document import Document
from engine.document.snapshot import Quality
from engine.geometry import Size
from engine.layout import Layout
from tests.support.fake_engine import build_result
from tests.support.layouts import small_table

TABLE = small_table()


def test_a_result_comes_back_for_an_equal_document_only():
    cache, document = ResultCache(), Document(Layout.blank(Size(64, 32)), TABLE)
    result = build_result(document.snapshot(Quality.FINAL))
    cache.put(document, (), result)
    assert cache.get(document, ()) is result
    assert cache.get(document, ("bank",)) is None
    document.fill(0, 0, 1)
    assert cache.get(document, ()) is None
    document.undo()
    assert cache.get(document, ()) is result


def test_a_layout_of_the_same_bytes_but_another_shape_or_table_is_another():
    cache, document = ResultCache(), Document(Layout.blank(Size(64, 32)), TABLE)
    cache.put(document, (), build_result(document.snapshot(Quality.FINAL)))
    document.resize(Size(32, 64), mode="scale")
    assert cache.get(document, ()) is None
    document.undo()
    like_sky = tuple(replace(info, looks_like="sky") for info in TABLE.classes)
    document.replace_table(replace(TABLE, classes=like_sky))
    assert cache.get(document, ()) is None
