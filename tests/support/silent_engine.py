"""An engine that computes nothing: it notes what it is asked, and tests answer for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSettings

from app.engine_bridge import EngineBridge
from app.session import Session
from engine.data.sample import Provenance
from engine.document.record import ChosenBy, Footprint, RegionRecord
from engine.document.snapshot import Quality, SegmentCrop, Snapshot
from engine.geometry import Bounds
from engine.pipeline.results import Candidate, RegionResult, Result, Stamp
from engine.service.events import Update
from tests.support.street import open_street

RECORD_ID = 3


class SilentEngine(EngineBridge):
    """Starts no thread; its signals are emitted by the test."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.snapshots: list[Snapshot] = []
        self.commands: list[str] = []
        self.thumbnails: list[str] = []
        self.sources: list[tuple[str, int]] = []
        self.queries: list[tuple[Path, Callable[[Any], Any]]] = []
        self.cancels = 0

    def start(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def submit(self, snapshot: Snapshot) -> None:
        self.snapshots.append(snapshot)

    def command(self, name: str, function: Callable[[Any], Any]) -> int:
        self.commands.append(name)
        return len(self.commands)

    def cancel(self) -> None:
        self.cancels += 1

    def take_precedence(self) -> None:
        pass

    def give_precedence_back(self) -> None:
        pass

    def hold_final(self, held: bool) -> None:
        pass

    def set_banks(self, paths: Sequence[Path]) -> None:
        pass

    def set_segments(self, segments: Mapping[str, SegmentCrop]) -> None:
        pass

    def request_thumbnail(self, segment_key: str, side_px: int) -> None:
        self.thumbnails.append(segment_key)

    def request_source(self, segment_key: str, side_px: int) -> None:
        self.sources.append((segment_key, side_px))

    def request_photograph(self, source_key: str, side_px: int) -> None:
        self.thumbnails.append(source_key)

    def query(self, path: Path, function: Callable[[Any], Any]) -> int:
        self.queries.append((path, function))
        return len(self.queries)


def build_silent_session(folder: Path) -> tuple[Session, SilentEngine]:
    """Return a session with the street layout and an engine that answers nothing."""
    engine = SilentEngine()
    session = Session(engine, QSettings(str(folder / "preferences.ini"), QSettings.Format.IniFormat), open_street())
    engine.setParent(session)
    return session, engine


def segment_key(number: int) -> str:
    """Return the key of the numbered segment of these tests."""
    return f"{number:016x}"


def draw_candidates(count: int) -> tuple[Candidate, ...]:
    """Return candidates with falling scores."""
    made = Provenance("Drawn", "street/one.png", "one", "A. Painter", "CC0")
    return tuple(Candidate(segment_key(i), 0.9 - 0.05 * i, 0.6 - 0.05 * i, "source", made) for i in range(count))


def show_car_result(
    session: Session, *, candidates: int = 4, choice: int | None = 1, chosen_by: ChosenBy = "auto"
) -> Result:
    """Give the session a FINAL in which the whole layout is one region of cars, and return it."""
    document = session.document
    height, width = document.class_ids.shape
    region_ids = np.full((height, width), RECORD_ID, np.int32)
    grey = np.full((height, width), 128, np.uint8)
    key = None if choice is None else segment_key(choice)
    region = RegionResult(
        RECORD_ID, "car", Bounds(0, 0, 64, 32), 64 * 32, draw_candidates(candidates), key, chosen_by, None, 0
    )
    record = RegionRecord(RECORD_ID, "car", Footprint(1, bytes(16)), choice=key, chosen_by=chosen_by)
    result = Result(
        stamp=Stamp(document.document_id, document.generation, Quality.FINAL),
        regions=(region,),
        records=(record,),
        next_record_id=RECORD_ID + 1,
        segments={},
        region_ids=region_ids,
        effective_class_ids=document.class_ids.copy(),
        canvas=np.zeros((height, width, 3), np.uint8),
        presence=grey,
        segment_index=np.zeros((height, width), np.uint16),
        placed=(),
        image=np.zeros((height, width, 3), np.uint8),
        copy_share=grey,
        parametric=False,
        stage_ms={"retrieval": 12.0, "synthesis": 80.0},
    )
    session.engine.updated.emit(Update(result, 142.0))
    return result
