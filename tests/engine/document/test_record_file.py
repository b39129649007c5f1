"""Records as JSON: what comes from outside is checked field by field, and refused in one line."""

from __future__ import annotations

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest

from engine.document import record_file
from engine.document.fields import FieldError
from engine.document.record import Footprint, Mood, RegionRecord, Settled, Shuffle
from engine.document.record_file import record_to_json, records_from_json, settings_from_json, settings_to_json
from engine.document.reveals import build_reveal
from engine.document.snapshot import Settings

REVEAL = build_reveal("00ff", np.ones((16, 24), np.bool_), (1.0, 0.0, 0.5, 0.0, 1.0, 0.0))
assert REVEAL is not None
RECORD = RegionRecord(
    3,
    "tree",
    Footprint(1, b"\x0f" * 16),
    banned_sources=("aa",),
    shuffle=Shuffle(7, "bb"),
    mood=Mood("cc", 0.5, -0.5),
    reveals=(REVEAL,),
    light=(50.0, 1.0, -2.0, 20.0, 5.0, 5.0),
    settled=Settled("0f", (1, 2), (0.75, 0.5)),
)
BITS = base64.b64encode(zlib.compress(b"\xff" * 47)).decode()
BOMB = base64.b64encode(zlib.compress(bytes(50_000_000), 9)).decode()


def _json() -> dict[str, Any]:
    return json.loads(json.dumps(record_to_json(RECORD)))


def test_a_record_comes_back_equal() -> None:
    assert records_from_json([_json()], 4) == (RECORD,)


def test_a_record_of_an_older_version_has_none_of_the_newer_fields() -> None:
    raw = _json()
    for name in ("banned_sources", "shuffle", "mood", "reveals", "light", "settled"):
        del raw[name]
    (record,) = records_from_json([raw], 4)
    assert record == RegionRecord(3, "tree", RECORD.footprint)


def test_settings_of_an_older_version_have_the_usual_mood() -> None:
    raw = settings_to_json(Settings(seed=4))
    del raw["mood"], raw["scene_weight"]
    assert settings_from_json(raw) == Settings(seed=4)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("mood", "warmth"), 7),
        (("mood", "like"), 5),
        (("mood",), "sunny"),
        (("shuffle",), [1]),
        (("shuffle",), [-1, None]),
        (("shuffle",), [True, None]),
        (("shuffle",), [1, "x" * 65]),
        (("light",), [1, 2, 3]),
        (("light",), [1, 2, 3, 4, 5, float("inf")]),
        (("settled", "ahead_of"), [1]),
        (("settled", "confidences"), [2, 0.5]),
        (("settled",), [1, 2]),
        (("reveals",), [{}]),
        (("reveals", 0, "size"), [0, 16]),
        (("reveals", 0, "size"), [8192, 8192]),
        (("reveals", 0, "bounds"), [0, 0, 25, 16]),
        (("reveals", 0, "bounds"), [4, 0, 4, 16]),
        (("reveals", 0, "bits"), "no base64"),
        (("reveals", 0, "bits"), "AAAA"),
        (("reveals", 0, "bits"), BITS),
        (("reveals", 0, "bits"), BOMB),
        (("reveals", 0, "theta"), [1, 2]),
        (("banned_sources",), "aa"),
    ],
)
def test_a_damaged_record_is_refused_in_one_line(path: tuple[Any, ...], value: Any) -> None:
    raw: Any = _json()
    at = raw
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = value
    with pytest.raises(FieldError) as refusal:
        records_from_json([raw], 4)
    assert "\n" not in str(refusal.value)


def test_two_reveals_of_one_segment_are_refused() -> None:
    raw = _json()
    raw["reveals"] *= 2
    with pytest.raises(FieldError, match="two reveals"):
        records_from_json([raw], 4)


def test_masks_that_grow_beyond_all_measure_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_file, "MAX_REVEAL_BYTES", 100)
    with pytest.raises(FieldError, match="too large"):
        records_from_json([_json() | {"id": i} for i in range(1, 4)], 9)
